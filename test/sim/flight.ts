import type { CustomRecord } from "../../src/node/port.ts";
import type { Msat } from "../../src/stable/units.ts";
import type { SimChannel } from "./channel.ts";

/** One keysend on its way. */
export interface Flight {
  paymentId: string;
  from: string;
  to: string;
  amountMsat: Msat;
  records: readonly CustomRecord[];
  channel: SimChannel;
  /** offered: in flight. claimed: the payee has it, the payer does not know yet. */
  stage: "offered" | "claimed" | "succeeded" | "failed";
  fails?: string;
  turned?: true;
  silent?: true;
  backMs: number;
  endedAtMs?: number;
}
