/**
 * A settlement whose outcome nobody can tell, decided by a person. Only where nothing will tell any more: its time for
 * being sent again is over, the node's record has no outcome, and no HTLC with the peer could still be it.
 */
import { inFlightMsat } from "../node/in-flight.ts";
import type { Payment } from "../node/port.ts";
import type { Settlement } from "../stable/agreement.ts";
import { counterpartyOf } from "../stable/book.ts";
import { StableError } from "../stable/stable-error.ts";
import { ageOf, failedSettlement, paidSettlement, RESEND_SECONDS, settlementAudit } from "./settle.ts";
import { commit, type Engine } from "./state.ts";
import { isClosing } from "./sync.ts";

export type Resolution = "paid" | "failed";

/** What is written beside the settlement, so that nobody takes it for something the node said. */
const BY_HAND = "by hand";

/**
 * @param resolution `paid`: our counter rises by its amount, as if the node had said so. `failed`: nothing was paid,
 *   and what is due is decided anew. Whichever is wrong shows in the peer's next sync.
 * @throws StableError `unknown_settlement`; `conflict` where the outcome is known or may yet be told
 */
export async function resolveSettlement(
  engine: Engine,
  paymentId: string,
  resolution: Resolution,
): Promise<Settlement> {
  const settlement = await engine.deps.store.settlement(paymentId);
  if (settlement === undefined || settlement.direction !== "sent") {
    throw new StableError(
      "unknown_settlement",
      `No settlement of ours has the id ${paymentId.slice(0, 16)}…; see \`settlements\`.`,
    );
  }
  const record = await refuseKnown(engine, settlement);
  const said = { resolution, node_record: record?.status ?? "none", status_before: settlement.status };
  await commit(engine, [settlementAudit("settlement_resolved_by_hand", settlement, said)]);
  const marked: Settlement = { ...settlement, flag: BY_HAND };
  if (resolution === "paid") await paidSettlement(engine, marked, []);
  else await failedSettlement(engine, marked, "a person said so");
  return (await engine.deps.store.settlement(paymentId)) ?? marked;
}

async function refuseKnown(engine: Engine, settlement: Settlement): Promise<Payment | undefined> {
  const name = `Settlement ${settlement.paymentId.slice(0, 8)}…`;
  const { status, paymentId } = settlement;
  if (status === "succeeded" || status === "failed") {
    throw new StableError("conflict", `${name} has ${status}; there is nothing to resolve.`);
  }
  const record = await engine.deps.node.payment(paymentId);
  if (record?.status === "succeeded" || record?.status === "failed") {
    if (record.status === "succeeded") await paidSettlement(engine, settlement, []);
    else await failedSettlement(engine, settlement, "the node's record says it failed");
    throw new StableError("conflict", `${name}: the node knows, it has ${record.status}, and that is booked now.`);
  }
  const age = ageOf(engine, settlement);
  if (age <= RESEND_SECONDS) {
    const left = RESEND_SECONDS - age;
    throw new StableError(
      "conflict",
      `${name} is only ${age} s old and may yet tell by itself; wait another ${left} s.`,
    );
  }
  if (await mayBeUnderWay(engine, settlement)) {
    throw new StableError(
      "conflict",
      `${name}: a payment is under way with the peer, or a closed channel with it is not resolved on chain, and may be this one; wait until it is through.`,
    );
  }
  return record;
}

async function mayBeUnderWay(engine: Engine, { agreementId }: Settlement): Promise<boolean> {
  const agreement = await engine.deps.store.agreement(agreementId);
  if (agreement === undefined) return false;
  const peer = counterpartyOf(agreement);
  const channels = (await engine.deps.node.channels()).filter((c) => c.counterparty === peer);
  return channels.some((channel) => inFlightMsat(channel) > 0n) || isClosing(engine, peer);
}
