/**
 * What the dashboard needs of the program. Only lines go in and only results come out, so that it can as well stand
 * on the other end of a socket. Types only; `src/app` provides it.
 */
import type { ArgumentSpec } from "../commands/arguments.ts";
import type { JsonObject, View } from "../commands/view.ts";
import type { Role } from "../node/port.ts";

export type Ran =
  | { ok: true; result: JsonObject; view: View; quit: boolean }
  | { ok: false; code: string; message: string };

/** A word that begins a line and is no command of a role: `faucet`, `mine`, `wait`. */
export interface VerbWord {
  name: string;
  summary: string;
  arguments: readonly ArgumentSpec[];
}

export interface Backend {
  /** Runs one line as it would be typed. Never rejects. */
  run(line: string): Promise<Ran>;
  /** After anything that a reading could see changed. Returns the way to stop listening. */
  onChange(listener: () => void): () => void;
}

/** What is known before any node is up. */
export interface Setting {
  roles: readonly Role[];
  /** A chain and all roles of our own: faucet, mine, kill. */
  demo: boolean;
  /** It runs in another process, which goes on when the dashboard is left. */
  attached: boolean;
  network: string;
  verbs: readonly VerbWord[];
  scenarios: readonly string[];
  /** Money commands run without asking. */
  yes: boolean;
}
