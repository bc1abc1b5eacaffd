import type { Agreement, Envelope } from "../stable/agreement.ts";
import type { Message } from "../stable/messages.ts";
import type { Msat } from "../stable/units.ts";

/** A message that parsed and was signed by `peer`. */
export interface Incoming<M extends Message = Message> {
  message: M;
  envelope: Envelope;
  peer: string;
  paymentId: string;
  amountMsat: Msat;
  /** The agreement it names, ended ones too. */
  agreement: Agreement | undefined;
}
