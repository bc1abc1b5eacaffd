/** Reads what the screen shows, after a change was told and no more often than a source allows. */
import type { Clock } from "../clock.ts";
import { reasonOf } from "../errors.ts";
import type { Role } from "../node/port.ts";
import type { Backend } from "./port.ts";
import { priceSchema } from "./readings.ts";
import { type Source, sources } from "./sources.ts";
import type { PaneName, RoleState } from "./state.ts";
import type { Event } from "./update.ts";

const SHORTEST_MS = 500;
const UNANNOUNCED_MS = 1_000;

export interface Reader {
  /** Everything again, at once. */
  refresh(): void;
  stop(): void;
}

export interface ReaderOptions {
  backend: Backend;
  roles: readonly Role[];
  clock: Clock;
  pane(): PaneName;
  dispatch(event: Event): void;
}

export function startReader({ backend, roles, clock, pane, dispatch }: ReaderOptions): Reader {
  /** Steady time of the last reading by source; of the last change told. */
  const readAt = new Map<Source, number>();
  let changedAt = clock.steadyMs();
  let stopped = false;
  let busy = false;
  let cancel: (() => void) | undefined;

  function wanted(source: Source): boolean {
    return source.panes === undefined || source.panes.includes(pane());
  }

  /** Milliseconds until a source may be read; undefined where nothing of it changed. */
  function dueIn(source: Source, now: number): number | undefined {
    const last = readAt.get(source);
    if (last === undefined) return 0;
    if (source.unannounced === true) return Math.max(last + UNANNOUNCED_MS - now, 0);
    return changedAt >= last ? Math.max(last + source.everyMs - now, 0) : undefined;
  }

  function schedule(): void {
    if (stopped || busy) return;
    const now = clock.steadyMs();
    const waits = sources.filter(wanted).flatMap((source) => dueIn(source, now) ?? []);
    if (waits.length === 0) return;
    callOff();
    cancel = clock.after(Math.min(...waits), () => void pump());
  }

  function callOff(): void {
    cancel?.();
    cancel = undefined;
  }

  async function pump(): Promise<void> {
    if (stopped || busy) return;
    busy = true;
    callOff();
    const now = clock.steadyMs();
    const due = sources.filter((source) => wanted(source) && dueIn(source, now) === 0);
    for (const source of due) readAt.set(source, now);
    try {
      await Promise.all([readPrice(), ...roles.map((role) => readRole(role, due))]);
    } finally {
      busy = false;
      // What changed while it was read is read again, after a pause.
      callOff();
      cancel = clock.after(SHORTEST_MS, () => {
        cancel = undefined;
        schedule();
      });
    }
  }

  async function readPrice(): Promise<void> {
    const ran = await backend.run("price");
    if (ran.ok && !stopped) dispatch({ type: "price", price: priceSchema.parse(ran.result) });
  }

  async function readRole(role: Role, due: readonly Source[]): Promise<void> {
    const parts: Partial<RoleState> = {};
    const results = await Promise.all(
      due
        .filter((source) => source.roles?.includes(role) ?? true)
        .map(async (source) => ({ source, ran: await backend.run(`${role} ${source.line}`) })),
    );
    let failure: string | undefined;
    for (const { source, ran } of results) {
      if (ran.ok) Object.assign(parts, readOr(source, ran.result));
      else failure ??= ran.message;
    }
    if (stopped) return;
    if (failure !== undefined && Object.keys(parts).length === 0) dispatch({ type: "down", role, reason: failure });
    else dispatch({ type: "read", role, parts });
  }

  function readOr(source: Source, result: Parameters<Source["read"]>[0]): Partial<RoleState> {
    try {
      return source.read(result);
    } catch (error) {
      dispatch({ type: "toast", text: `${source.line}: ${reasonOf(error)}`, tone: "bad" });
      return {};
    }
  }

  const forget = backend.onChange(() => {
    changedAt = clock.steadyMs();
    if (cancel === undefined) schedule();
  });
  void pump();

  return {
    refresh() {
      readAt.clear();
      changedAt = clock.steadyMs();
      if (!busy) void pump();
    },
    stop() {
      stopped = true;
      callOff();
      forget();
    },
  };
}
