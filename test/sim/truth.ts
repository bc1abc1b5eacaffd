/**
 * What must never happen, checked at every commit, send, claim and acknowledgement against what the network really
 * did. It keeps its own copy of each side's books, taken from the commits, so that no check needs a query.
 */
import type { KeysendRequest, NodeEvent } from "../../src/node/port.ts";
import { type Agreement, backingOf, type Settlement } from "../../src/stable/agreement.ts";
import { counterpartyOf } from "../../src/stable/book.ts";
import { stateHash } from "../../src/stable/canonical.ts";
import type { CarryOver } from "../../src/stable/carry-over.ts";
import type { Change } from "../../src/stable/ledger.ts";
import { type Settle, STABLE_RECORD_TYPE } from "../../src/stable/messages.ts";
import { dueOf, positionOf } from "../../src/stable/position.ts";
import { settleReader, signedByBoth } from "./evidence.ts";
import type { Flight } from "./flight.ts";
import type { Watch } from "./life.ts";
import type { Network } from "./network-port.ts";

export interface Books {
  agreements: Map<string, Agreement>;
  settlements: Map<string, Settlement>;
  carryOvers: Map<string, CarryOver>;
  seen: Set<string>;
  /** State hashes of the revs that both have signed. */
  signed: Set<string>;
}

export interface Truth {
  watch(nodeId: string): Watch;
  books(nodeId: string): Books;
  claimed(flight: Flight): void;
  /** The first rule that was broken. */
  broken(): string | undefined;
  check(holds: boolean, rule: string): void;
  /** A hash over all that happened, in order: equal for two runs only if they are the same run. */
  trace(): string;
}

export function newTruth(network: Network, nowMs: () => number): Truth {
  const all = new Map<string, Books>();
  const settleIn = settleReader();
  const claimedSettles = new Map<string, string>();
  const trace = new Bun.CryptoHasher("sha256");
  let broken: string | undefined;

  function note(nodeId: string, what: string): void {
    trace.update(`${nowMs()} ${nodeId} ${what}\n`);
  }

  function check(holds: boolean, rule: string): void {
    if (!holds) broken ??= `${rule} (at ${nowMs()} ms)`;
  }

  function books(nodeId: string): Books {
    const own = all.get(nodeId) ?? {
      agreements: new Map(),
      settlements: new Map(),
      carryOvers: new Map(),
      seen: new Set(),
      signed: new Set(),
    };
    all.set(nodeId, own);
    return own;
  }

  /** The payment that was sent under this id last; an earlier one under the same id came back. */
  function flightOf(from: string, paymentId: string): Flight | undefined {
    return network.flights.findLast((flight) => flight.from === from && flight.paymentId === paymentId);
  }

  function hasLanded(settlement: Settlement, from: string): boolean {
    const flight = flightOf(from, settlement.paymentId);
    const landed = flight?.stage === "claimed" || flight?.stage === "succeeded";
    return landed && flight?.amountMsat === settlement.amountMsat;
  }

  function checkSettlement(nodeId: string, next: Settlement): void {
    const before = books(nodeId).settlements.get(next.paymentId);
    const agreement = books(nodeId).agreements.get(next.agreementId);
    check(agreement !== undefined, `a settlement of an unknown agreement ${next.agreementId}`);
    if (agreement === undefined) return;
    const payer = next.direction === "sent" ? nodeId : counterpartyOf(agreement);
    check(before?.status !== "succeeded" || next.status === "succeeded", "a settlement that was paid is paid no more");
    if (next.status === "succeeded") check(hasLanded(next, payer), "a settlement was counted that never arrived");
    if (next.status === "failed" && next.direction === "sent") {
      const stage = flightOf(nodeId, next.paymentId)?.stage;
      check(stage === undefined || stage === "failed", `a settlement was given up while its payment is ${stage}`);
    }
    const open = (s: Settlement): boolean =>
      s.direction === "sent" && s.status !== "succeeded" && s.status !== "failed";
    if (before === undefined && open(next)) {
      checkDue(agreement, next);
      const others = [...books(nodeId).settlements.values()].filter(
        (s) => s.agreementId === next.agreementId && open(s),
      );
      check(others.length === 0, "a second settlement was begun while one is open");
    }
  }

  /** Judged when it is journaled: one that is sent again after a crash is what it was, though the book has moved on. */
  function checkDue(agreement: Agreement, { amountMsat, price }: Settlement): void {
    check(agreement.status !== "proposed" && agreement.status !== "ended", "a settlement of no agreement");
    const due = dueOf(positionOf(agreement), price);
    const owes = due?.payer === agreement.side && amountMsat <= due.amountMsat;
    const said = `${due?.amountMsat ?? 0n} are due from the ${due?.payer ?? "nobody"}`;
    check(owes, `${amountMsat} msat are to be paid while ${said}`);
  }

  /** What the settlements of a commit add to the two counters. */
  function counted(
    nodeId: string,
    agreementId: string,
    changes: readonly Change[],
  ): Record<Settlement["payer"], bigint> {
    const sums = { provider: 0n, receiver: 0n };
    for (const change of changes) {
      if ("drop" in change || change.put !== "settlement") continue;
      const { settlement } = change;
      if (settlement.agreementId !== agreementId || settlement.status !== "succeeded") continue;
      if (books(nodeId).settlements.get(settlement.paymentId)?.status === "succeeded") continue;
      sums[settlement.payer] += settlement.amountMsat;
    }
    return sums;
  }

  function checkAgreement(nodeId: string, next: Agreement, changes: readonly Change[]): void {
    const before = books(nodeId).agreements.get(next.id);
    const sums = counted(nodeId, next.id, changes);
    const provider = next.paidByProviderMsat - (before?.paidByProviderMsat ?? 0n);
    const receiver = next.paidByReceiverMsat - (before?.paidByReceiverMsat ?? 0n);
    check(provider === sums.provider && receiver === sums.receiver, "a counter moved by other than what was paid");
    const backing = next.backing0Msat + next.paidByProviderMsat - next.paidByReceiverMsat;
    check(backing === backingOf(next) && backing >= 0n, `the backing is ${backing}`);
    check(stateHash(next) === next.stateHash, "the state hash is not that of the book");
    const sameRev = before !== undefined && before.rev === next.rev && before.stateHash === next.stateHash;
    const nowBinds = next.status !== "proposed" && (before === undefined || before.status === "proposed");
    if (before === undefined && next.status === "proposed") return;
    if (sameRev && (!nowBinds || next.status === "ended")) return;
    // The peer may say that our accept came too late: then the rev before is in force again.
    if (next.rev === (before?.rev ?? 0) - 1 && books(nodeId).signed.has(next.stateHash)) return;
    check(before === undefined || next.rev === before.rev || next.rev === before.rev + 1, "a rev was passed over");
    const revision = changes.flatMap((c) => (!("drop" in c) && c.put === "revision" ? [c.revision] : []));
    const signed = revision.find((r) => r.agreementId === next.id && r.stateHash === next.stateHash);
    check(signed !== undefined && signedByBoth(next, signed), `rev ${next.rev} is in force without both signatures`);
    books(nodeId).signed.add(next.stateHash);
  }

  function committed(nodeId: string, changes: readonly Change[]): void {
    const own = books(nodeId);
    note(nodeId, changes.map((change) => ("drop" in change ? `-${change.drop}` : change.put)).join(" "));
    for (const change of changes) {
      if ("drop" in change) continue;
      if (change.put === "agreement") {
        checkAgreement(nodeId, change.agreement, changes);
        own.agreements.set(change.agreement.id, change.agreement);
      }
    }
    for (const change of changes) {
      if ("drop" in change) continue;
      if (change.put === "settlement") {
        checkSettlement(nodeId, change.settlement);
        own.settlements.set(change.settlement.paymentId, change.settlement);
      } else if (change.put === "kept") {
        if (change.kept.kind === "carry_over") own.carryOvers.set(change.kept.agreementId, change.kept.carryOver);
      } else if (change.put === "seen") {
        check(!own.seen.has(change.key), `${change.key} was handled twice`);
        own.seen.add(change.key);
      }
    }
  }

  function sending(nodeId: string, request: KeysendRequest): void {
    const settle = settleIn(request.records);
    if (settle === undefined) return;
    const own = books(nodeId);
    const intent = [...own.settlements.values()].find((s) => s.preimage === request.preimage);
    check(intent !== undefined && intent.amountMsat === request.amountMsat, "a settlement left that is not on disk");
    check(settle.amount_msat === request.amountMsat, "a settlement says another amount than it carries");
  }

  function acknowledged(nodeId: string, event: NodeEvent): void {
    const own = books(nodeId);
    note(nodeId, event.kind);
    if (event.kind === "payment_received") {
      const settle = settleIn(event.records);
      if (event.records.some(({ type }) => type === STABLE_RECORD_TYPE)) {
        check(own.seen.has(`received:${event.paymentId}`), "a message was acknowledged that is not on disk");
      }
      if (settle !== undefined) checkBooked(nodeId, event.paymentId, settle);
    } else if (event.kind === "payment_successful") {
      const status = own.settlements.get(event.paymentId)?.status;
      check(status === undefined || status === "succeeded", `a payment that arrived is ${status}`);
    }
  }

  /** Of two honest sides, what one pays as a settlement the other books as one, unless it has ended on its side. */
  function checkBooked(nodeId: string, paymentId: string, settle: Settle): void {
    const own = books(nodeId);
    const ended = own.agreements.get(settle.agreement)?.status === "ended";
    const booked = own.settlements.get(paymentId)?.status === "succeeded";
    check(booked || ended, "an honest settlement was kept as native");
  }

  function claimed(flight: Flight): void {
    note(flight.to, `${flight.paymentId} ${flight.amountMsat}`);
    const settle = settleIn([...flight.records]);
    if (settle === undefined) return;
    const key = `${settle.agreement} ${flight.from} ${settle.seq}`;
    check(!claimedSettles.has(key), `settlement ${settle.seq} was paid twice`);
    claimedSettles.set(key, flight.paymentId);
  }

  return {
    watch: (nodeId) => ({
      committed: (changes) => committed(nodeId, changes),
      sending: (request) => sending(nodeId, request),
      acknowledged: (event) => acknowledged(nodeId, event),
    }),
    books,
    claimed,
    broken: () => broken,
    trace: () => trace.copy().digest("hex"),
    check,
  };
}
