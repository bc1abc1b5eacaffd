/** What the dashboard and the plain prompt see of a stage: lines in, results out. */
import type { Clock } from "../clock.ts";
import { CodedError, reasonOf } from "../errors.ts";
import type { Role } from "../node/port.ts";
import { scenarioNames } from "../price/scenarios.ts";
import { execute, type Machine } from "../script/execute.ts";
import type { Stage } from "../script/stage.ts";
import { parseStatement } from "../script/statement.ts";
import { verbs } from "../script/verbs.ts";
import type { Backend, Ran, Setting } from "../tui/port.ts";

export interface ScreenSubject {
  roles: readonly Role[];
  demo: boolean;
  attached: boolean;
  network: string;
  /** Money commands run without asking. */
  yes: boolean;
}

export function settingOf({ roles, demo, attached, network, yes }: ScreenSubject): Setting {
  return {
    roles,
    demo,
    attached,
    network,
    yes,
    scenarios: scenarioNames,
    verbs: verbs
      .filter((verb) => demo || !verb.needsWorld)
      .map((verb) => ({ name: verb.name, summary: verb.summary, arguments: verb.arguments })),
  };
}

/** @param crash told of a native panic: nothing the node says can be relied on after it */
export function backendOf(stage: Stage, clock: Clock, crash: (error: unknown) => void): Backend {
  const machine: Machine = { stage, clock, variables: new Map() };
  return {
    async run(line): Promise<Ran> {
      try {
        const scope = { roles: stage.roles, world: stage.world !== undefined, variables: machine.variables };
        const statement = parseStatement(line, scope);
        if (statement === undefined) return { ok: true, result: {}, view: { kind: "lines", lines: [] }, quit: false };
        const outcome = await execute(statement, machine);
        return { ok: true, result: outcome.result, view: outcome.view(), quit: outcome.quit === true };
      } catch (error) {
        const code = error instanceof CodedError ? error.code : "internal";
        if (code === "native_panic") crash(error);
        return { ok: false, code, message: reasonOf(error) };
      }
    },
    onChange: (listener) => onEvery(stage, clock, listener),
  };
}

const LOOK_MS = 1_000;

/** Sessions come and go with `kill` and `start`: those that run now are listened to. */
function onEvery(stage: Stage, clock: Clock, listener: () => void): () => void {
  let stops: (() => void)[] = [];
  let running = "";
  let cancel: (() => void) | undefined;
  function look(): void {
    for (const stop of stops) stop();
    const sessions = stage.roles.flatMap((role) => stage.session(role) ?? []);
    stops = sessions.map((session) => session.onChange(listener));
    const names = stage.roles.filter((role) => stage.session(role) !== undefined).join();
    if (names !== running) listener();
    running = names;
    cancel = clock.after(LOOK_MS, look);
  }
  look();
  return () => {
    cancel?.();
    for (const stop of stops) stop();
  };
}
