/**
 * One spend of the wallet after the other. ldk-node 0.7.1 does not tell its wallet of the transactions it makes
 * (wallet/mod.rs): until the next look at the chain, two seconds to more than a minute later, the next one would spend
 * the same coins. The chain refuses it and LDK never hears of that: a channel that counts unconfirmed, as one opened
 * just in time, would hold nothing. So the wallet looks as soon as such a transaction is out, or one of LDK's own after a
 * forced close, what is asked for here waits until then, and a funding transaction that was refused is told of.
 */
import { type Clock, unixNow } from "../clock.ts";
import type { Channel, Node, NodeEvent } from "../node/port.ts";
import { sat } from "../stable/units.ts";
import { AppError } from "./app-error.ts";

/** Milliseconds from one look to the next: the transaction is on its way while the first one is made. */
const LOOKS_MS = [50, 150, 300, 600, 1_200, 2_400];
/** By then a peer has agreed on a channel, and a payment that opens one is claimed: mostly. */
const LONGEST_MS = 15_000;
const LOG_LINES = 2_000;
/** LDK's own claims and fee bumps after a forced close take coins of the wallet as well; the log alone says so. */
const BUMPS = "lightning::events::bump_transaction";
const CLAIM = /^Broadcasting (HTLC claim tx|anchor transaction) /;
/** Until such a transaction is with the source, and was not in the second of the newest that the wallet has seen. */
const CLAIM_MS = 1_500;
/** What a source says of a transaction that LDK sends once more: it is in a block or in the mempool (bitcoind's -27 and others). */
const IS_THERE = /already|same-nonwitness-data/;
/** A block or two have come by then, or it never left. */
const UNSEEN_MS = 1_800_000;

export interface WalletTurns<N extends Node> {
  /** The node, whose channels and transactions are paid for one after the other. */
  node: N;
  /** The same for who can't wait for its turn: until it comes nothing can be spent, and no channel is opened. */
  unwaiting: N;
  onEvent(event: NodeEvent): void;
  stop(): void;
}

interface Spend {
  /** It is out, or never will be. */
  out(): void;
  /** Why the chain did not take it, where that is known. */
  over: Promise<string | undefined>;
}

interface Around {
  clock: Clock;
  /** Whether the chain source is a bitcoind. */
  ownBitcoind: boolean;
  /** Told of a channel whose funding transaction the chain did not take. */
  refused(channel: Channel): void;
}

export function walletTurns<N extends Node>(node: N, { clock, ownBitcoind, refused }: Around): WalletTurns<N> {
  /** By user channel id, or the address that is paid. */
  const spends = new Map<string, Spend>();
  /** Channels that a payment opens: their funding is out once that payment is passed on. By channel id. */
  const claimed = new Map<string, string>();
  const cancels = new Set<() => void>();
  let last: Promise<unknown> = Promise.resolve();
  /** What the wallet held before a transaction that it has not learnt of, and until when that counts. */
  const unseen = new Set<{ before: bigint; untilMs: number }>();
  let stopped = false;
  /** The newest line of LDK's log in which a claim was looked for. */
  let searched: bigint | undefined;

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancels.delete(cancel);
        resolve();
      };
      const stopTimer = clock.after(ms, done);
      const cancel = () => {
        stopTimer();
        done();
      };
      cancels.add(cancel);
    });
  }

  /** Whether the wallet learns of it: it looks at the chain until it holds something else, a few times at most. */
  async function learns(before: bigint): Promise<boolean> {
    for (const ms of LOOKS_MS) {
      await pause(ms);
      if (stopped) return true;
      await node.sync().catch(() => undefined); // a source that is away is told of elsewhere
      if ((await node.balances()).onchainTotalSat !== before) return true;
    }
    return false;
  }

  /** The log alone says that the chain did not take it (chain/*.rs of ldk-node). */
  async function refusalOf(txid: string): Promise<string | undefined> {
    const says = `Failed to broadcast transaction ${txid}: `;
    const lines = await node.log({ maxLines: LOG_LINES, minLevel: "error" });
    const refusals = lines.filter(({ message }) => message.startsWith(says) && !IS_THERE.test(message));
    return refusals[0]?.message.slice(says.length);
  }

  async function follow(name: string, before: bigint, isChannel: boolean): Promise<string | undefined> {
    const learnt = await learns(before);
    if (stopped) return undefined;
    const channel = isChannel ? (await node.channels()).find((one) => one.userChannelId === name) : undefined;
    const txid = isChannel ? channel?.fundingTxid : name;
    if (txid === undefined) return undefined; // there is no transaction: the peer did not agree
    const refusal = await refusalOf(txid);
    if (refusal !== undefined && channel !== undefined) refused(channel);
    if (refusal === undefined && !learnt) unseen.add({ before, untilMs: clock.steadyMs() + UNSEEN_MS });
    return refusal;
  }

  /** @throws AppError `conflict` while the wallet would spend coins that are spent */
  async function refuseUnseen(): Promise<void> {
    if (unseen.size === 0) return;
    await node.sync();
    const { onchainTotalSat } = await node.balances();
    for (const one of unseen) {
      if (one.before !== onchainTotalSat || clock.steadyMs() > one.untilMs) unseen.delete(one);
    }
    if (unseen.size === 0) return;
    const why = "has not seen its last transaction yet, and would spend the same coins again";
    throw new AppError("conflict", `The wallet ${why}; try again when a block has come.`);
  }

  /** Has the wallet look where LDK has spent coins of it since the last turn. */
  async function learnClaims(): Promise<void> {
    const since = searched === undefined ? {} : { afterSeq: searched };
    const lines = await node.log({ maxLines: LOG_LINES, minLevel: "info", ...since });
    if (lines.some(({ module, message }) => module === BUMPS && CLAIM.test(message))) {
      await pause(CLAIM_MS);
      if (!stopped) await node.sync();
    }
    searched = lines.at(-1)?.seq ?? searched;
  }

  /** From now on coins may be spent that the wallet still counts. */
  function begin(name: string, before: bigint, isChannel: boolean): Spend {
    const known = spends.get(name);
    if (known !== undefined) return known;
    const sent = Promise.withResolvers<void>();
    const over = (async () => {
      await Promise.race([sent.promise, pause(LONGEST_MS)]);
      return stopped ? undefined : follow(name, before, isChannel);
      // A node that can't be asked is stopping.
    })().catch(() => undefined);
    const spend = { out: sent.resolve, over };
    spends.set(name, spend);
    void over.then(() => {
      spends.delete(name);
      for (const [channelId, id] of claimed) if (id === name) claimed.delete(channelId);
    });
    return spend;
  }

  /** Of a bitcoind ldk-node passes over what came in within the second of the newest it has seen (chain/bitcoind.rs). */
  async function nextSecond(): Promise<void> {
    for (const at = unixNow(clock); ownBitcoind && !stopped && unixNow(clock) === at; ) {
      await pause(1_000 - (clock.wallMs() % 1_000));
    }
  }

  /** Once nothing is on its way any more. */
  function inTurn<T>(work: (before: bigint) => Promise<T>): Promise<T> {
    const next = last.then(async () => {
      await Promise.all([...spends.values()].map(({ over }) => over));
      await refuseUnseen();
      await learnClaims();
      await nextSecond();
      return work((await node.balances()).onchainTotalSat);
    });
    last = next.catch(() => undefined);
    return next;
  }

  async function funded(userChannelId: string): Promise<void> {
    const asked = spends.get(userChannelId);
    if (asked !== undefined) return asked.out();
    const channel = (await node.channels()).find((one) => one.userChannelId === userChannelId);
    if (channel === undefined || !channel.isOutbound) return;
    begin(userChannelId, (await node.balances()).onchainTotalSat, true);
    claimed.set(channel.channelId, userChannelId);
  }

  function end(userChannelId: string | undefined): void {
    if (userChannelId !== undefined) spends.get(userChannelId)?.out();
  }

  const waiting: N = {
    ...node,
    openChannel: (request) =>
      inTurn(async (before) => {
        const opened = await node.openChannel(request);
        begin(opened.userChannelId, before, true);
        return opened;
      }),
    async sendOnchain(request) {
      const { sent, over } = await inTurn(async (before) => {
        const sent = await node.sendOnchain(request);
        const spend = begin(sent.txid, before, false);
        spend.out();
        return { sent, over: spend.over };
      });
      const refusal = await over;
      if (refusal === undefined) return sent;
      throw new AppError(
        "rejected",
        `The chain did not take the transaction (${refusal}), so nothing was sent; sync and try again, or pay a higher FEERATE.`,
      );
    },
  };

  return {
    node: waiting,
    unwaiting: {
      ...waiting,
      async balances() {
        const balances = await node.balances();
        return spends.size === 0 ? balances : { ...balances, onchainSpendableSat: sat(0n) };
      },
      async openChannel(request) {
        if (spends.size === 0) return waiting.openChannel(request);
        throw new AppError("conflict", "Another channel or payment is just being paid for; try again in a moment.");
      },
    },
    onEvent(event) {
      if (event.kind === "channel_pending") void funded(event.userChannelId).catch(() => undefined);
      else if (event.kind === "payment_forwarded") end(claimed.get(event.nextChannelId));
      else if (event.kind === "channel_closed") end(event.userChannelId);
    },
    stop() {
      stopped = true;
      for (const cancel of [...cancels]) cancel();
    },
  };
}
