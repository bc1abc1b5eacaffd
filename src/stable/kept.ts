/**
 * What the engine has to remember over a restart besides the book: at most one of each kind for an agreement, replaced
 * as a whole. Types only; `src/store/kept.ts` has their form on disk.
 */
import type { CarryOver } from "./carry-over.ts";

export type Kept =
  | { kind: "carry_over"; agreementId: string; carryOver: CarryOver }
  /** The owner's policy leaves a peer that won't pay: its end is asked for since then (unix seconds). */
  | { kind: "exit"; agreementId: string; peer: string; since: number }
  /** That agreement is over, and these channels with the peer are being closed, together until the time is up. */
  | { kind: "exit_close"; agreementId: string; peer: string; since: number; channels: LeavingChannel[] };

export interface LeavingChannel {
  channelId: string;
  userChannelId: string;
}

export type KeptKind = Kept["kind"];
export type KeptOf<K extends KeptKind> = Extract<Kept, { kind: K }>;
