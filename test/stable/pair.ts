/** Two real engines over a simulated network, for tests that tell a story. */

import type { AgreementView } from "../../src/engine/port.ts";
import type { Terms } from "../../src/stable/agreement.ts";
import { defaultPolicy, type Policy } from "../../src/stable/policy.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { type Micro, micro, msat, type Sat, sat } from "../../src/stable/units.ts";
import { type SimClock, simClock } from "../sim/clock.ts";
import { simNetwork } from "../sim/network.ts";
import type { Network } from "../sim/network-port.ts";
import { type SimPeer, simPeer, usd } from "../sim/peer.ts";

export interface Pair {
  clock: SimClock;
  network: Network;
  user: SimPeer;
  lsp: SimPeer;
  close(): Promise<void>;
}

export interface PairOptions {
  user?: Sat;
  lsp?: Sat;
  terms?: Partial<Terms>;
  userPolicy?: Partial<Policy>;
  lspPolicy?: Partial<Policy>;
}

/** A channel between user and LSP, 200,000 sat each unless told otherwise; the price is $100,000. */
export async function pair(options: PairOptions = {}): Promise<Pair> {
  const clock = simClock();
  const network = simNetwork(clock);
  network.open("user", "lsp", { a: options.user ?? sat(200_000n), b: options.lsp ?? sat(200_000n) });
  const terms = { ...defaultTerms, ...options.terms };
  const made = (name: string, policy: Partial<Policy> = {}) =>
    simPeer(name, network, clock, { price: usd(100_000), terms, policy: { ...defaultPolicy, ...policy } });
  const user = await made("user", options.userPolicy);
  const lsp = await made("lsp", options.lspPolicy);
  return {
    clock,
    network,
    user,
    lsp,
    async close() {
      await user.close();
      await lsp.close();
    },
  };
}

export function dollars(n: number): Micro {
  return micro(BigInt(Math.round(n * 1_000_000)));
}

/** Runs something that needs time to pass, and lets it. */
export async function during<T>({ clock }: Pair, work: Promise<T>, ms = 5_000): Promise<T> {
  work.catch(() => undefined);
  await clock.advance(ms);
  return work;
}

/** The user becomes the receiver of so many dollars. */
export async function peg(world: Pair, n = 100): Promise<AgreementView> {
  const [channel] = await world.user.node.channels();
  if (channel === undefined) throw new Error("no channel");
  const request = { channel, side: "receiver", targetMicro: dollars(n), keepNativeMsat: msat(0n) } as const;
  return during(world, world.user.engine.port.start(request));
}

/** A world of its own with a peg in it, and the agreement's id. */
export async function peggedPair(n = 100, options: PairOptions = {}): Promise<{ world: Pair; id: string }> {
  const world = await pair(options);
  return { world, id: (await peg(world, n)).agreement.id };
}

export async function view(peer: SimPeer): Promise<AgreementView> {
  const [first] = await peer.engine.port.list();
  if (first === undefined) throw new Error("no agreement");
  return first;
}

export async function both(world: Pair): Promise<[AgreementView, AgreementView]> {
  return [await view(world.user), await view(world.lsp)];
}

export async function priceTo(world: Pair, n: number, ms = 5_000): Promise<void> {
  world.user.feed.tick(usd(n));
  world.lsp.feed.tick(usd(n));
  await world.clock.advance(ms);
}

export async function auditKinds(peer: SimPeer): Promise<string[]> {
  return (await peer.store.audit({ limit: 10_000 })).map(({ kind }) => kind);
}

let paid = 0;

/** The user pays somebody through its channel with the LSP, as an invoice would. */
export async function pays(world: Pair, amountSat: bigint): Promise<void> {
  const { network, user, lsp } = world;
  if (!network.transfer(user.node.nodeId, lsp.node.nodeId, amountSat * 1_000n)) throw new Error("not enough to pay");
  const paymentId = (++paid).toString(16).padStart(64, "0");
  const amountMsat = msat(amountSat * 1_000n);
  const outbound = { paymentId, kind: "bolt11", direction: "outbound", status: "succeeded" } as const;
  network.record(user.node.nodeId, { ...outbound, amountMsat, updatedAt: 0 });
  network.deliver(user.node.nodeId, { kind: "payment_successful", paymentId, paymentHash: paymentId });
}
