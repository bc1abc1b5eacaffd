/**
 * What the engine has to remember over a restart besides the book: at most one of each kind for an agreement, replaced
 * as a whole. Types only; `src/store/kept.ts` has their form on disk.
 */
import type { Envelope } from "./agreement.ts";
import type { CarryOver } from "./carry-over.ts";
import type { Price } from "./units.ts";

export type Kept =
  | { kind: "carry_over"; agreementId: string; carryOver: CarryOver }
  /** The owner's policy leaves a peer that won't pay: its end is asked for since then (unix seconds). */
  | { kind: "exit"; agreementId: string; peer: string; since: number }
  /** That agreement is over, and these channels with the peer are being closed, together until the time is up. */
  | { kind: "exit_close"; agreementId: string; peer: string; since: number; channels: LeavingChannel[] }
  /** The last proposal of ours that was refused: if it was heard twice it may be accepted yet. */
  | { kind: "refused"; agreementId: string; rev: number; stateHash: string; state: string; proposal: Envelope }
  /** Both proposed the end: the peer's answer to ours is still to come, and is none to our accept. */
  | { kind: "crossed_end"; agreementId: string }
  /** The peer accepted this state of ours too late and was told: it stays so, whatever the price does. */
  | { kind: "too_late"; agreementId: string; stateHash: string }
  /** What the peer's last message said of the price, beside ours of that moment (unix seconds). */
  | { kind: "peer_price"; agreementId: string; theirs: Price; ours: Price; at: number };

export interface LeavingChannel {
  channelId: string;
  userChannelId: string;
}

export type KeptKind = Kept["kind"];
export type KeptOf<K extends KeptKind> = Extract<Kept, { kind: K }>;
