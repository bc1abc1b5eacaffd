/** What a script plays on: one role or all three, with or without a world of its own. `src/app` provides it. */
import type { Clock } from "../clock.ts";
import type { Action, Call, Outcome } from "../commands/command.ts";
import type { CommandContext, World } from "../commands/context.ts";
import type { Role } from "../node/port.ts";

export interface StageSession {
  run(call: Call<CommandContext>): Promise<Outcome>;
  /**
   * Whether at least one agreement is live, none has a settlement in flight and none is due, for either side, at the
   * present price; `detail` says in words what is missing.
   */
  settled(): Promise<{ settled: boolean; detail: string }>;
  /** After anything that a wait could see changed: node, agreements, price. Returns the way to stop listening. */
  onChange(listener: () => void): () => void;
}

export interface Stage {
  roles: readonly Role[];
  /** Chain and power switches; only where the program holds them itself, as in the demo. */
  world?: World;
  /** Lets the price that all roles here share follow a scenario. @throws `price_not_settable`, `bad_argument` */
  scenario(name: string): Promise<void>;
  /** Undefined while the role is down. */
  session(role: Role): StageSession | undefined;
}

/** What a line of a script is run with. */
export interface StageContext {
  stage: Stage;
  clock: Clock;
}

export interface Verb extends Action<StageContext> {
  /** Needs a chain and nodes of our own: the demo. */
  needsWorld: boolean;
}
