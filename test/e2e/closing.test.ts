/** A channel with a live peg is closed, together and by either side alone: who gets what, and that nothing is missing. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chainKinds, mineUntil, openChainControl, untilBroadcast } from "./chains.ts";
import { checkMoney, collect, minedSince, outputSats } from "./kills/money.ts";
import { openPair, type Pair, PUSHED_SAT, type SideName, sides } from "./kills/pair.ts";
import { problems } from "./kills/round.ts";
import { shareOf } from "./kills/share.ts";
import { temporaryFolder } from "./program.ts";
import { until } from "./until.ts";

/** What each must keep in a channel of 2,000,000 sat: 1 %, which the balance shown leaves out. */
const RESERVE_MSAT = 20_000_000n;
/** Messages of a peg that is opened, settled and ended carry a millisatoshi each. */
const MESSAGES = 20n;

describe.each(chainKinds)("on %s", (kind) => {
  const folder = temporaryFolder();
  const agreementIds: string[] = [];
  let pair: Pair;

  beforeAll(async () => {
    pair = await openPair(await openChainControl(kind), folder.path);
  }, 300_000);
  afterAll(async () => {
    await pair?.close();
    await pair?.chain.close();
    folder.remove();
  });

  /** A peg that has settled both ways, at rest. */
  async function settledPeg(): Promise<string> {
    const agreementId = await pair.peg();
    for (const price of [100_400, 99_900, 100_000]) {
      await pair.setPrice(price);
      await until(async () => problems(pair, agreementId).length === 0 && (await pair.settled()));
    }
    expect(pair.book("user", agreementId).settlements.length).toBeGreaterThanOrEqual(2);
    await freshCommitments();
    return agreementId;
  }

  /**
   * A settlement that is through may be in the newest commitment still, and would have to be fought for on chain. A
   * satoshi each way, too small for an output of its own, brings commitments without it.
   */
  async function freshCommitments(): Promise<void> {
    for (const [from, to] of [["user", "lsp"] as const, ["lsp", "user"] as const]) {
      const { node_id } = await pair.ask(to, "nodeinfo");
      await pair.ask(from, `keysend ${String(node_id)} 1`);
    }
    await until(pair.settled);
  }

  /** The user's part of the channel in whole satoshis, once it is what the book says but for messages. */
  async function userSat(agreementId: string): Promise<bigint> {
    let balance = 0n;
    await until(async () => {
      const share = await shareOf(pair, [agreementId]);
      balance = share.outboundMsat + RESERVE_MSAT;
      const messages = balance - PUSHED_SAT * 1000n - share.netMsat;
      return messages > -MESSAGES && messages < MESSAGES;
    });
    return balance / 1000n;
  }

  /** Whether a transaction since pays this out, but for the satoshi that was on its way last. */
  async function closedWith(sat: bigint, since: number): Promise<boolean> {
    for await (const tx of minedSince(pair.chain, since)) {
      if (outputSats(tx).some((out) => out - sat <= 1n && sat - out <= 1n)) return true;
    }
    return false;
  }

  /** What was mined first may have been a sweep of the channel before: the closing transaction comes a moment later. */
  async function closesWith(sat: bigint, since: number): Promise<void> {
    await mineUntil(pair.chain, () => closedWith(sat, since));
  }

  async function untilMined(): Promise<void> {
    await untilBroadcast(pair.chain);
    await pair.chain.mine(6);
    await until(async () => (await Promise.all(sides.map((side) => pair.channels(side)))).every(isEmpty));
  }

  async function rows(agreementId: string) {
    const lists = await Promise.all(sides.map((side) => pair.agreements(side)));
    return lists.map((list) => list.find((one) => one.agreement_id === agreementId));
  }

  test("together: the peg is settled and ended first, and the user gets its part to the satoshi", async () => {
    const agreementId = await settledPeg();
    const since = (await pair.chain.height()) + 1;
    // Due is less than the band asks for: only an end settles it.
    await pair.setPrice(100_100);
    const before = await userSat(agreementId);
    const { settled_msat } = await pair.ask("user", "closechannel last");
    await untilMined();
    const paid = pair.book("user", agreementId).settlements.at(-1);
    expect(String(settled_msat)).toBe(String(paid?.amount_msat));
    expect(problems(pair, agreementId)).toEqual([]);
    expect((await rows(agreementId)).map((row) => row?.status)).toEqual(["ended", "ended"]);
    // The user paid: the price rose.
    await closesWith(before - BigInt(String(settled_msat)) / 1000n, since);
    agreementIds.push(agreementId);
  }, 180_000);

  test.each(sides)(
    "%s alone: each gets its part of the last commitment, to the satoshi",
    async (side: SideName) => {
      const agreementId = await settledPeg();
      const since = (await pair.chain.height()) + 1;
      const part = await userSat(agreementId);
      agreementIds.push(agreementId);
      await pair.ask(side, `closechannel last --force${side === "lsp" ? " --early" : ""}`);
      await untilMined();
      await closesWith(part, since);
      await until(async () => (await rows(agreementId)).every((row) => row?.status === "ended"));
      expect(problems(pair, agreementId)).toEqual([]);
      const said = /^no channel with the peer is left: (we closed it alone|the peer|the peer's commitment)/;
      for (const row of await rows(agreementId)) expect(row?.reason).toMatch(said);
    },
    180_000,
  );

  test("all of it is on chain again, but for fees and anchors", async () => {
    await collect(pair);
    const { feesSat } = await checkMoney(pair, agreementIds);
    expect(feesSat).toBeGreaterThan(0n);
  }, 300_000);
});

function isEmpty({ channels }: { channels: readonly unknown[] }): boolean {
  return channels.length === 0;
}
