import type { ErrorCode } from "../../src/errors.ts";
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
  held?: true;
  backMs: number;
  endedAtMs?: number;
}

/** What happens to one keysend. */
export interface Fate {
  ms: number;
  /** From the payee's claim until the payer knows. */
  backMs?: number;
  fails?: string;
  /** The node's own record of it is lost (ldk-node #969). */
  unrecorded?: boolean;
  /** The call throws this although the payment left. */
  throws?: ErrorCode;
  /** It succeeds, and is said to have failed right after, by the record and by an event (ldk-node #1065). */
  turned?: true;
  /** However it ends, the record stays pending and no event says so (ldk-node #966). */
  silent?: true;
  /** The sender's process dies right after it left. */
  kills?: boolean;
  /** It waits for its turn in the channel: if the process dies first it is lost, and its record stays. */
  held?: true;
}
