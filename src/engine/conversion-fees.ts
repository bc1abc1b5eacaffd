/** What we earned as a provider by converting: the fees in the revisions both signed (docs/protocol.md, `revise`). */
import { conversionFee } from "../stable/convert.ts";
import type { LedgerStore, Revision } from "../stable/ledger.ts";
import { messageSchema } from "../stable/messages.ts";
import { readState } from "../stable/signed-state.ts";
import { MSAT_PER_BTC, msat, type Price } from "../stable/units.ts";
import type { ConversionFee } from "./port.ts";

type Records = Pick<LedgerStore, "revisionsSince" | "revisions">;

/** The price a proposal was made at; undefined for what is no revision of a target. */
function priceOf({ proposal }: Revision): Price | undefined {
  const message = messageSchema.safeParse(JSON.parse(proposal.payload));
  return message.success && message.data.type === "revise" ? message.data.price : undefined;
}

async function feeOf(store: Records, us: string, revision: Revision): Promise<ConversionFee | undefined> {
  const after = readState(revision.state);
  const price = priceOf(revision);
  if (after?.provider !== us || price === undefined) return undefined;
  const earlier = (await store.revisions(revision.agreementId)).findLast(({ rev }) => rev < revision.rev);
  const before = earlier === undefined ? undefined : readState(earlier.state);
  if (before === undefined) return undefined;
  const feeMicro = conversionFee(before.targetMicro, after.targetMicro, before.terms.feeBps);
  const feeMsat = msat((feeMicro * MSAT_PER_BTC) / price);
  return { agreementId: revision.agreementId, peer: after.receiver, at: revision.at, feeMicro, feeMsat };
}

/** Those of `sinceAt` (unix seconds) and later, the newest last; a conversion without a fee is none. */
export async function conversionFees(store: Records, us: string, sinceAt: number): Promise<ConversionFee[]> {
  const agreed = (await store.revisionsSince(sinceAt)).filter(
    ({ kind, acceptance }) => kind === "revise" && acceptance !== undefined,
  );
  const fees: ConversionFee[] = [];
  for (const revision of agreed) {
    const fee = await feeOf(store, us, revision);
    if (fee !== undefined && fee.feeMicro > 0n) fees.push(fee);
  }
  return fees;
}
