/**
 * What the engine has to remember over a restart besides the book: at most one of each kind for an agreement, replaced
 * as a whole. Types only; `src/store/kept.ts` has their form on disk.
 */
import type { CarryOver } from "./carry-over.ts";

export type Kept = { kind: "carry_over"; agreementId: string; carryOver: CarryOver };

export type KeptKind = Kept["kind"];
