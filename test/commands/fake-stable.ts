/**
 * Stable positions in memory: one book for both sides of a pair of nodes, settled inside a channel whenever the price
 * moves. The arithmetic is docs/protocol.md's in its plainest form.
 */

import type { AgreementView, CarryOverView, CheckView, StablePort } from "../../src/engine/port.ts";
import { CodedError } from "../../src/errors.ts";
import type { PriceFeed } from "../../src/price/port.ts";
import type { Agreement, Side } from "../../src/stable/agreement.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import {
  backingFloor,
  MSAT_PER_BTC,
  micro,
  msat,
  type Price,
  price as priceOf,
  valueFloor,
} from "../../src/stable/units.ts";
import type { FakeChannel, FakeNetwork } from "./fake-network.ts";

interface Book {
  id: string;
  channel: FakeChannel;
  receiver: string;
  provider: string;
  target: bigint;
  backing0: bigint;
  paidByProvider: bigint;
  paidByReceiver: bigint;
  status: "active" | "ended";
  price: Price;
  settlements: number;
  createdAt: number;
}

export interface FakeStable {
  port(nodeId: string): StablePort;
  settled(nodeId: string): { settled: boolean; detail: string };
  /** A price moves both sides; the one that owes pays, a turn of the event loop later. */
  onPrice(): void;
}

const backing = (book: Book): bigint => book.backing0 + book.paidByProvider - book.paidByReceiver;

/** Whole sats that the provider (positive) or the receiver (negative) owes. */
function due(book: Book, p: bigint): bigint {
  const gap = book.target * MSAT_PER_BTC - backing(book) * p;
  const size = gap < 0n ? -gap : gap;
  const floor = book.target * MSAT_PER_BTC * BigInt(defaultTerms.bandBps);
  if (size * 10_000n < floor || size < MSAT_PER_BTC * defaultTerms.floorMicro) return 0n;
  const sats = size / p / 1000n;
  return (gap < 0n ? -sats : sats) * 1000n;
}

export function createStable(network: FakeNetwork, feed: PriceFeed): FakeStable {
  const books: Book[] = [];
  const wishes = new Map<string, CarryOverView>();

  function price(): Price {
    const usable = feed.usable("open");
    if (!usable.ok) throw new CodedError(usable.code, `${usable.reason}; set one with price USD.`);
    return usable.price;
  }

  function settle(book: Book, p: bigint): bigint {
    const amount = due(book, p);
    if (amount === 0n || book.status !== "active") return 0n;
    const size = amount < 0n ? -amount : amount;
    network.move(book.channel, amount > 0n ? book.provider : book.receiver, size);
    if (amount > 0n) book.paidByProvider += size;
    else book.paidByReceiver += size;
    book.settlements += 1;
    network.changed();
    return size;
  }

  function view(book: Book, nodeId: string): AgreementView {
    const side: Side = book.receiver === nodeId ? "receiver" : "provider";
    const p = feed.view().price;
    const held = backing(book);
    const agreement: Agreement = {
      id: book.id,
      channelId: book.channel.channelId,
      receiver: book.receiver,
      provider: book.provider,
      asset: "USD",
      side,
      proposedByUs: true,
      rev: 1,
      targetMicro: micro(book.target),
      backing0Msat: msat(book.backing0),
      paidByProviderMsat: msat(book.paidByProvider),
      paidByReceiverMsat: msat(book.paidByReceiver),
      terms: defaultTerms,
      status: book.status,
      stateHash: "00".repeat(32),
      price: book.price,
      createdAt: book.createdAt,
      updatedAt: book.createdAt,
      strikes: 0,
    };
    const wish = wishes.get(book.id);
    const drift = p === undefined ? 0n : (held * p) / MSAT_PER_BTC - book.target;
    const [paid, received] =
      side === "provider" ? [book.paidByProvider, book.paidByReceiver] : [book.paidByReceiver, book.paidByProvider];
    return {
      agreement,
      counterparty: side === "receiver" ? book.provider : book.receiver,
      backingMsat: msat(held),
      nativeMsat: (book.channel.balanceMsat.get(book.receiver) ?? 0n) - held,
      ...(p === undefined
        ? {}
        : {
            price: p,
            valueMicro: valueFloor(msat(held), p),
            driftMicro: drift,
            driftBps: Number((drift * 10_000n) / book.target),
            coveredTo: priceOf(p / 2n),
            coveredDropBps: 5_000,
          }),
      settlements: book.settlements,
      paidMsat: msat(paid),
      receivedMsat: msat(received),
      inFlight: false,
      ...(wish === undefined ? {} : { carryOver: wish }),
    };
  }

  const live = (nodeId: string) =>
    books.filter((book) => book.status === "active" && (book.receiver === nodeId || book.provider === nodeId));

  function check(book: Book, nodeId: string): CheckView {
    const owed = due(book, price());
    const debtor = owed > 0n ? book.provider : book.receiver;
    const action = owed === 0n ? "none" : debtor === nodeId ? "pay" : "await";
    return {
      agreementId: book.id,
      action,
      dueMsat: msat(owed < 0n ? -owed : owed),
      reason: `${action}, at the present price`,
    };
  }

  return {
    port: (nodeId) => ({
      async start({ channel, side, targetMicro, keepNativeMsat }) {
        const p = price();
        const own = network.channels.find((c) => c.channelId === channel.channelId);
        if (own === undefined) throw new CodedError("unknown_channel", "the channel is gone");
        const receiver = side === "receiver" ? nodeId : channel.counterparty;
        const balance = own.balanceMsat.get(receiver) ?? 0n;
        const backing0 = backingFloor(targetMicro, p);
        if (backing0 + keepNativeMsat > balance) {
          const most = valueFloor(msat(balance > keepNativeMsat ? balance - keepNativeMsat : 0n), p);
          throw new CodedError("insufficient_balance", `at most $${most / 1_000_000n} is possible`);
        }
        const book: Book = {
          id: network.hash(),
          channel: own,
          receiver,
          provider: side === "provider" ? nodeId : channel.counterparty,
          target: targetMicro,
          backing0,
          paidByProvider: 0n,
          paidByReceiver: 0n,
          status: "active",
          price: p,
          settlements: 0,
          createdAt: network.now(),
        };
        books.unshift(book);
        network.changed();
        return view(book, nodeId);
      },
      async list() {
        const own = books.filter((book) => book.receiver === nodeId || book.provider === nodeId);
        return own.toSorted((a, b) => a.status.localeCompare(b.status)).map((book) => view(book, nodeId));
      },
      settlements: async () => [],
      async resolve(id) {
        throw new CodedError("unknown_settlement", `${id} is not known`);
      },
      async check(id) {
        const looked = live(nodeId).filter((book) => id === undefined || book.id === id);
        return looked.map((book) => {
          const found = check(book, nodeId);
          if (found.action === "pay") settle(book, price());
          return found;
        });
      },
      async stop(id) {
        const book = books.find((b) => b.id === id);
        if (book === undefined) throw new CodedError("unknown_agreement", `${id} is not known`);
        const settledMsat = msat(settle(book, price()));
        book.status = "ended";
        network.changed();
        return { settledMsat, view: view(book, nodeId) };
      },
      async revise(id, wish) {
        const book = books.find((b) => b.id === id);
        if (book === undefined) throw new CodedError("unknown_agreement", `${id} is not known`);
        if (wish.kind === "terms") return view(book, nodeId);
        const before = book.target;
        const { kind, amountMicro } = wish;
        book.target = kind === "resize" ? amountMicro : kind === "sell" ? before + amountMicro : before - amountMicro;
        book.backing0 += ((book.target - before) * MSAT_PER_BTC) / price();
        network.changed();
        return view(book, nodeId);
      },
      async spendEffects(amount) {
        return live(nodeId).flatMap((book) => {
          const native = (book.channel.balanceMsat.get(book.receiver) ?? 0n) - backing(book);
          const taken = amount - (native > 0n ? native : 0n);
          if (book.receiver !== nodeId || taken <= 0n) return [];
          return [
            {
              agreementId: book.id,
              targetMicro: micro(book.target),
              targetAfterMicro: micro((book.target * (backing(book) - taken)) / backing(book)),
              fromBackingMsat: msat(taken),
              dueMsat: msat(0n),
            },
          ];
        });
      },
      async prepareSpend(amount) {
        return this.spendEffects(amount);
      },
      async resume(id) {
        const book = books.find((b) => b.id === id);
        if (book === undefined) throw new CodedError("unknown_agreement", `${id} is not known`);
        throw new CodedError("conflict", `the agreement is ${book.status}, not frozen`);
      },
      conversionFees: async () => [],
      async carryOver(id) {
        const book = books.find((b) => b.id === id);
        if (book === undefined) throw new CodedError("unknown_agreement", `${id} is not known`);
        if (book.status !== "ended") throw new CodedError("conflict", `the agreement is ${book.status}`);
        const { agreement } = view(book, nodeId);
        const wish: CarryOverView = {
          agreementId: id,
          side: agreement.side,
          targetMicro: agreement.targetMicro,
          step: { step: "sweep", amountSat: 48_000n, untilHeight: 250 },
        };
        wishes.set(id, wish);
        return wish;
      },
      async cancelCarryOver(id) {
        const wish = wishes.get(id);
        if (wish === undefined) throw new CodedError("conflict", `${id} is not being taken up again`);
        const over: CarryOverView = { ...wish, outcome: { kind: "cancelled" } };
        wishes.set(id, over);
        return over;
      },
      withPeer: async (peer) =>
        live(nodeId).flatMap((book) => {
          const own = view(book, nodeId);
          return own.counterparty === peer ? [own] : [];
        }),
    }),
    settled(nodeId) {
      const own = live(nodeId);
      const open = own.filter((book) => due(book, price()) !== 0n).length;
      return { settled: own.length > 0 && open === 0, detail: `${open} of ${own.length} positions are due` };
    },
    onPrice() {
      setImmediate(() => {
        for (const book of books) settle(book, price());
      });
    },
  };
}
