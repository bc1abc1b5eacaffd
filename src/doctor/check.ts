/** What a check looks at and what it says. */
import type { Clock } from "../clock.ts";
import type { Settings } from "../config/settings.ts";
import type { ChainSource } from "../ffi/config.ts";
import type { Network, Role } from "../node/port.ts";
import type { Observation } from "../price/consensus.ts";
import type { Venue } from "../price/venues.ts";

/** What a chain source says of itself. */
export type ChainTip =
  | { ok: true; genesis: string; height: number; timeMs: number; catchingUp: boolean; pruned: boolean }
  | { ok: false; reason: string };

/** What a venue said when it was asked once. */
export interface VenueAnswer {
  venue: Venue;
  observation: Observation;
  /** How far this machine's clock is ahead of the `Date` of the answer, which has whole seconds; behind if negative. */
  aheadMs?: number;
}

/** One role that was named, or whose folder is there. */
export interface RoleData {
  role: Role;
  /** May not exist yet. */
  folder: string;
  /** HOST:PORT. */
  listen: string;
  /** The process that runs it now. */
  pid: number | undefined;
  /** Why the folder's node must not run any more, in a sentence that says what to do. */
  moved?: string;
}

/** An LSP that is named, was chosen once, or left its address on this machine. */
export interface KnownLsp {
  /** HOST:PORT. */
  address: string;
  /** Where a role gets its next channel from. */
  inUse: boolean;
}

/** What is examined. Checks change nothing. */
export interface Patient {
  settings: Settings;
  /** What is wrong with them, a sentence each. */
  settingProblems: readonly string[];
  network: Network;
  /** The data folder; may not exist yet. */
  root: string;
  roles: readonly RoleData[];
  chain: ChainSource | undefined;
  /** Those of the examined roles, each once. @throws where the kept choice of one can't be read */
  lsps(): KnownLsp[];
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  venues: readonly Venue[];
  /** Asked once, however many checks want it. */
  tip(): Promise<ChainTip>;
  venueAnswers(): Promise<VenueAnswer[]>;
}

export interface Finding {
  /** warn: works, and should be looked at. skip: there was nothing to examine. */
  state: "ok" | "warn" | "fail" | "skip";
  says: string;
  /** What to do. */
  remedy?: string;
}

export interface Check {
  name: string;
  /** What it looks at, for the docs. */
  summary: string;
  /** Never changes anything. What it throws becomes a failed finding. */
  run(patient: Patient): Finding[] | Promise<Finding[]>;
}

export const ok = (says: string): Finding => ({ state: "ok", says });
export const skip = (says: string): Finding => ({ state: "skip", says });
export const warn = (says: string, remedy: string): Finding => ({ state: "warn", says, remedy });
export const fail = (says: string, remedy: string): Finding => ({ state: "fail", says, remedy });
