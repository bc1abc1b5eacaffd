/** Agreements as a person looks at them: the book, priced now. Pure. */
import type { PriceFeed } from "../price/port.ts";
import { type Agreement, backingOf } from "../stable/agreement.ts";
import { counterpartyOf, otherSide, paidTotal, sumsOf } from "../stable/book.ts";
import { isLive } from "../stable/check.ts";
import type { Decision } from "../stable/decision.ts";
import { isChannelsGone } from "../stable/lifecycle.ts";
import type { BalancesOf } from "../stable/peer-balances.ts";
import { actionDueOf, driftBps, driftMicro, positionOf, valueAt } from "../stable/position.ts";
import { type Cushion, coverOf, nativeOf } from "../stable/solvency.ts";
import { msat, type Price } from "../stable/units.ts";
import type { AgreementView, CarryOverView, CheckView } from "./port.ts";
import type { Live } from "./state.ts";
import { isThin, missingOf } from "./status.ts";

export interface ViewInput {
  agreement: Agreement;
  /** All agreements with the same peer, this one among them. */
  withPeer: readonly Agreement[];
  balancesOf: BalancesOf;
  price: ReturnType<PriceFeed["view"]>;
  settlements: number;
  live?: Live;
  carryOver?: CarryOverView;
}

export function agreementView(input: ViewInput): AgreementView {
  const { agreement, withPeer, settlements, live } = input;
  const peer = counterpartyOf(agreement);
  const balances = input.balancesOf(peer, agreement.side);
  const sums = sumsOf(withPeer);
  const { price } = input.price;
  return {
    agreement,
    counterparty: peer,
    backingMsat: backingOf(agreement),
    nativeMsat: nativeOf(balances.receiverMsat, [sums.backingMsat]),
    ...(price === undefined ? {} : priced(agreement, { ...sums, stakeMsat: balances.stakeMsat }, price)),
    settlements,
    paidMsat: paidTotal(agreement, agreement.side),
    receivedMsat: paidTotal(agreement, otherSide(agreement.side)),
    ...(agreement.lastSettlementAt === undefined ? {} : { lastSettlementAt: agreement.lastSettlementAt }),
    inFlight: live?.open !== undefined,
    unknownOutcome: live?.open?.status === "unknown",
    differences: live?.differences?.found ?? [],
    ...(isChannelsGone(agreement) ? { channelsGone: true as const } : {}),
    ...(input.carryOver === undefined ? {} : { carryOver: input.carryOver }),
  };
}

/** What only a price can say. */
function priced(agreement: Agreement, cushion: Cushion, price: Price) {
  const position = positionOf(agreement);
  const live = isLive(agreement);
  const cover = live && cushion.targetMicro > 0n ? coverOf(cushion, price) : undefined;
  const missing = live ? missingOf(actionDueOf(position, price), { stakeMsat: msat(cushion.stakeMsat) }) : 0n;
  return {
    price,
    valueMicro: valueAt(position, price),
    driftMicro: driftMicro(position, price),
    driftBps: driftBps(position, price),
    ...(cover === undefined ? {} : { coveredTo: cover.coveredTo, coveredDropBps: cover.dropBps }),
    ...(missing > 0n ? { missingMsat: msat(missing) } : {}),
    thin: live && isThin(agreement, cushion, price),
  };
}

/** What a decision says to a person. */
export function checkView(live: Live, decision: Decision): CheckView {
  const agreementId = live.agreement.id;
  switch (decision.action) {
    case "none":
      return { agreementId, action: "none", dueMsat: msat(0n), reason: "the peg is within its band" };
    case "pay":
      return { agreementId, action: "pay", dueMsat: decision.amountMsat, reason: "we owe it to the peer" };
    case "partial":
      return {
        agreementId,
        action: "partial",
        dueMsat: decision.due.amountMsat,
        reason: `we owe it, and can send ${decision.amountMsat / 1000n} sat of it now`,
      };
    case "await":
      return { agreementId, action: "await", dueMsat: decision.due.amountMsat, reason: "the peer owes it to us" };
    case "hold":
      return { agreementId, action: "hold", dueMsat: decision.due?.amountMsat ?? msat(0n), reason: decision.reason };
  }
}
