/** What must be true once the faults are over: the peg in its band, one book on both sides, the ledger as committed. */

import { balancesWith } from "../../src/engine/state.ts";
import type { Agreement } from "../../src/stable/agreement.ts";
import { counterpartyOf } from "../../src/stable/book.ts";
import { actionDueOf, positionOf } from "../../src/stable/position.ts";
import { usd } from "./peer.ts";
import type { Books } from "./truth.ts";
import type { Name, World } from "./world.ts";

export function booksOf({ truth, peers }: World, name: Name): Books {
  return truth.books(peers[name].node.nodeId);
}

/**
 * Nobody owes by the act rule, unless what is owed waits for a payment whose fate the node does not tell: that is found
 * out, which takes longer than two checks. `slackBps`: not even at a price that lies so far from ours in the debtor's favour, for
 * one that remembers that the peer's price was another excuses as much.
 */
export function inBand(world: World, slackBps: number): void {
  for (const name of world.names) {
    for (const agreement of booksOf(world, name).agreements.values()) {
      if (agreement.status !== "active" && agreement.status !== "underwater") continue;
      if (slackBps > 0 && (hasOpen(world, name, agreement.id) || waitsInVain(world, name))) continue;
      const kindest = 1 + ((agreement.side === "provider" ? 1 : -1) * slackBps) / 10_000;
      const due = actionDueOf(positionOf(agreement), usd(world.dollars * kindest));
      if (due === undefined || due.payer !== agreement.side) continue;
      const reachable = sendable(world, name, agreement) / 1000n > 0n;
      world.truth.check(!reachable, `${name} still owes ${due.amountMsat} msat of ${agreement.id.slice(0, 8)}`);
    }
  }
}

/** For a message whose payment the node never tells the end of: what hangs on it goes on after five minutes. */
function waitsInVain({ network, peers }: World, name: Name): boolean {
  return network.flights.some(({ from, silent }) => silent === true && from === peers[name].node.nodeId);
}

function hasOpen(world: World, name: Name, agreementId: string): boolean {
  const own = [...booksOf(world, name).settlements.values()];
  return own.some((s) => s.agreementId === agreementId && s.status !== "succeeded" && s.status !== "failed");
}

function sendable({ network, peers }: World, name: Name, agreement: Agreement): bigint {
  return balancesWith(network.viewsOf(peers[name].node.nodeId), counterpartyOf(agreement), agreement.side).sendableMsat;
}

/** Both have the same book of every agreement, and nothing is under way. */
export function agreed(world: World): void {
  const { truth } = world;
  const clients = world.names.filter((name) => name !== "lsp").map((name) => booksOf(world, name));
  const theirs = booksOf(world, "lsp");
  const ours = {
    agreements: new Map(clients.flatMap(({ agreements }) => [...agreements])),
    settlements: new Map(clients.flatMap(({ settlements }) => [...settlements])),
  };
  for (const [id, a] of ours.agreements) {
    const b = theirs.agreements.get(id);
    const label = id.slice(0, 8);
    if (b === undefined) {
      // A peg that is taken up again is proposed for as long as the provider's stake is missing.
      const asked = clients.some(({ carryOvers }) => [...carryOvers.values()].some((c) => c.proposalId === id));
      const waits = a.status === "proposed" && asked;
      truth.check(a.status === "ended" || waits, `only the user knows ${label}, and it is ${a.status}`);
      continue;
    }
    const [byProvider, byReceiver] = [
      b.paidByProviderMsat - a.paidByProviderMsat,
      a.paidByReceiverMsat - b.paidByReceiverMsat,
    ];
    truth.check(
      isExplained(theirs, a, byProvider),
      `${label}: the provider's count of what it paid is ${byProvider} off`,
    );
    truth.check(
      isExplained(ours, a, byReceiver),
      `${label}: the receiver's count of what it paid is ${byReceiver} off`,
    );
    // A dispute is held and shown, for a person to decide.
    const disputed = a.status === "frozen" || b.status === "frozen";
    const same = (a.status === "ended") === (b.status === "ended");
    truth.check(same || disputed, `${label} is ${a.status} and ${b.status}`);
    if (a.status !== "ended" && !disputed) truth.check(a.stateHash === b.stateHash, `${label}: the states differ`);
  }
  for (const [id, b] of theirs.agreements) {
    truth.check(ours.agreements.has(id) || b.status === "ended", `only the provider knows ${id.slice(0, 8)}`);
  }
  for (const books of [ours, theirs]) {
    for (const { status, agreementId } of books.settlements.values()) {
      // One that never left before the agreement ended is of no account any more.
      const over = status === "intent" && books.agreements.get(agreementId)?.status === "ended";
      truth.check(status === "succeeded" || status === "failed" || over, `a settlement is ${status} for ever`);
    }
  }
}

/**
 * Two books are one; or, where all channels were closed before the payer could find out how its last settlement ended,
 * which it never will by itself, they differ by that.
 */
function isExplained(
  { settlements }: Pick<Books, "settlements">,
  { id, status }: Agreement,
  payerIsOff: bigint,
): boolean {
  if (payerIsOff === 0n) return true;
  const open = [...settlements.values()].filter(
    (s) => s.agreementId === id && s.direction === "sent" && s.status !== "succeeded" && s.status !== "failed",
  );
  return status === "ended" && open.some(({ amountMsat }) => payerIsOff === -amountMsat);
}

/** The ledger on disk is what its commits said, and its log is unbroken. */
export async function whole(world: World): Promise<void> {
  for (const name of world.names) {
    const { store } = world.peers[name];
    const books = booksOf(world, name);
    const onDisk = await store.agreements();
    const same = onDisk.every((a) => Bun.deepEquals(a, books.agreements.get(a.id)));
    world.truth.check(same && onDisk.length === books.agreements.size, `${name}'s ledger is not what was committed`);
    const audit = await store.verifyAudit();
    world.truth.check(audit.ok, `${name}'s audit log is broken`);
  }
}
