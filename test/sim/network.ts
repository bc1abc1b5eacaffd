/**
 * A Lightning network in memory: nodes, channels between two of them, keysends that take time, and events that come
 * at least once and in order. What a node's owner can't see and can't undo is here too: records that get lost, sends
 * that leave although they threw, payments that wait for a peer who is away.
 */
import { createHash } from "node:crypto";
import { CodedError } from "../../src/errors.ts";
import type { KeysendRequest, NodeEvent, Payment } from "../../src/node/port.ts";
import { msat, type Sat, sat } from "../../src/stable/units.ts";
import {
  addTo,
  balanceIn,
  COMMITMENT_SAT,
  channelView,
  isDust,
  newChannel,
  type OfferedHtlcs,
  otherEnd,
  type SimChannel,
  takesHtlc,
} from "./channel.ts";
import type { SimClock } from "./clock.ts";
import type { Flight } from "./flight.ts";
import { nodeIdOf, signatureOf } from "./keys.ts";
import type { Listener, Network, SimNode } from "./network-port.ts";
import { onChain } from "./onchain.ts";

class SimNodeError extends CodedError {}

/** LDK remembers a completed payment for seven of its minutes and then takes the same preimage again. */
const REMEMBERED_MS = 7 * 60_000;
const RECONNECT_MS = 100;
const ONCHAIN_MS = 3_600_000;
const UNCONFIRMED_MS = 1_000;
const CONFIRMED_MS = 50 * 60_000;

export function simNetwork(clock: SimClock): Network {
  const channels: SimChannel[] = [];
  const events = new Map<string, NodeEvent[]>();
  const done = new Map<string, NodeEvent[]>();
  const payments = new Map<string, Map<string, Payment>>();
  const flights: Flight[] = [];
  const nodes = new Map<string, SimNode>();
  const listeners = new Map<string, Listener>();
  const off = new Set<string>();
  const waiting = new Set<Flight>();
  const chain = onChain();
  const unresolved = new Set<Flight>();
  let linked = true;
  let attempts = 0;

  const isLinked = (c: SimChannel): boolean =>
    c.ready && c.connected && !c.closed && c.ends.every((end) => !off.has(end));
  const now = (): number => Math.floor(clock.wallMs() / 1000);

  /** The payee has claimed it, and the payer's node still sees an HTLC. */
  function unheardMsat(channel: SimChannel, payer: string): bigint {
    let sum = 0n;
    for (const { stage, amountMsat } of unresolvedIn(channel, payer)) if (stage === "claimed") sum += amountMsat;
    return sum;
  }

  /** HTLCs that its sender's node still sees. */
  function unresolvedIn(channel: SimChannel, from: string): Flight[] {
    return [...unresolved].filter((flight) => flight.channel === channel && flight.from === from);
  }

  function htlcsIn(channel: SimChannel, from: string): OfferedHtlcs {
    const own = unresolvedIn(channel, from);
    const dust = own.filter(({ amountMsat }) => isDust(amountMsat));
    return { count: own.length, dustMsat: dust.reduce((sum, { amountMsat }) => sum + amountMsat, 0n) };
  }

  function setStatus(flight: Flight, status: Payment["status"]): void {
    const known = payments.get(flight.from)?.get(flight.paymentId);
    if (known !== undefined) network.record(flight.from, { ...known, status, updatedAt: now() });
  }

  function fail(flight: Flight, reason: string): void {
    flight.stage = "failed";
    unresolved.delete(flight);
    flight.endedAtMs = clock.steadyMs();
    addTo(flight.channel, flight.from, flight.amountMsat);
    if (flight.silent === true) return;
    setStatus(flight, "failed");
    const { paymentId } = flight;
    network.deliver(flight.from, { kind: "payment_failed", paymentId, paymentHash: paymentId, reason });
  }

  function complete(flight: Flight): void {
    flight.stage = "succeeded";
    unresolved.delete(flight);
    flight.endedAtMs = clock.steadyMs();
    const { from, paymentId, turned, silent } = flight;
    if (silent === true) return;
    setStatus(flight, turned === true ? "failed" : "succeeded");
    const event = { paymentId, paymentHash: paymentId };
    network.deliver(from, { kind: "payment_successful", ...event, feePaidMsat: msat(0n) });
    if (turned === true) network.deliver(from, { kind: "payment_failed", ...event });
  }

  function claim(flight: Flight): void {
    const { paymentId, to, amountMsat } = flight;
    flight.stage = "claimed";
    addTo(flight.channel, to, amountMsat);
    const inbound = { paymentId, kind: "spontaneous", direction: "inbound", status: "succeeded" } as const;
    network.record(to, { ...inbound, amountMsat, updatedAt: now() });
    network.onClaim(flight);
    const received = { paymentId, paymentHash: paymentId, amountMsat, records: [...flight.records] };
    network.deliver(to, { kind: "payment_received", ...received });
    if (flight.backMs === 0) complete(flight);
    else clock.after(flight.backMs, () => progress(flight));
  }

  /** What still waited for its turn is gone with the process; nobody says so. */
  function loseHeld(nodeId: string): void {
    for (const flight of flights) {
      if (flight.from !== nodeId || flight.held !== true || flight.stage !== "offered") continue;
      flight.stage = "failed";
      flight.endedAtMs = clock.steadyMs();
      unresolved.delete(flight);
      addTo(flight.channel, nodeId, flight.amountMsat);
    }
  }

  function progress(flight: Flight): void {
    if (flight.channel.closed) return;
    if (!isLinked(flight.channel)) {
      waiting.add(flight);
      return;
    }
    // ldk-node refuses a keysend whose payment it has already.
    const repeated = payments.get(flight.to)?.has(flight.paymentId) ?? false;
    if (flight.stage === "claimed") complete(flight);
    else if (flight.stage !== "offered") return;
    else if (flight.fails !== undefined || repeated) fail(flight, flight.fails ?? "the payee refused it");
    else claim(flight);
  }

  function resolveOnChain(flight: Flight): void {
    if (flight.stage === "offered") fail(flight, "the channel was closed");
    else if (flight.stage === "claimed") complete(flight);
    sweepAgain(flight.channel);
  }

  function linksChanged(): void {
    for (const flight of [...waiting]) {
      if (!isLinked(flight.channel)) continue;
      waiting.delete(flight);
      clock.after(RECONNECT_MS, () => progress(flight));
    }
    for (const [nodeId, listener] of listeners) if (!off.has(nodeId)) listener.changed();
  }

  function refuseRepeat(from: string, paymentId: string, again: boolean): void {
    const recorded = payments.get(from)?.get(paymentId);
    const last = flights.findLast((flight) => flight.from === from && flight.paymentId === paymentId);
    const remembered =
      last !== undefined && last.stage !== "failed" && clock.steadyMs() - (last.endedAtMs ?? Infinity) < REMEMBERED_MS;
    const stands = recorded?.status === "succeeded" || (recorded?.status === "pending" && !again);
    if (remembered || stands) {
      throw new SimNodeError("already_paid", "duplicate payment");
    }
  }

  function keysend(from: string, request: KeysendRequest): string {
    const { nodeId: to, amountMsat, preimage = "", records = [], again = false } = request;
    const paymentId = createHash("sha256").update(Buffer.from(preimage, "hex")).digest("hex");
    refuseRepeat(from, paymentId, again);
    const fits = (c: SimChannel): boolean =>
      isLinked(c) &&
      c.ends.includes(from) &&
      c.ends.includes(to) &&
      channelView(c, from, true).outboundMsat >= amountMsat &&
      takesHtlc(c, htlcsIn(c, from), amountMsat);
    const channel = channels.find(fits);
    if (channel === undefined) throw new SimNodeError("payment_failed", "no route");
    const {
      ms,
      backMs = 0,
      fails,
      turned,
      held,
      unrecorded,
      throws,
      silent,
    } = network.policy({ from, to, amountMsat, attempt: attempts++ });
    const flight: Flight = { paymentId, from, to, amountMsat, records, channel, stage: "offered", backMs };
    if (fails !== undefined) flight.fails = fails;
    if (turned === true) flight.turned = true;
    if (silent === true) flight.silent = true;
    if (held === true) flight.held = true;
    flights.push(flight);
    unresolved.add(flight);
    addTo(channel, from, -amountMsat);
    const outbound = { paymentId, kind: "spontaneous", direction: "outbound", status: "pending" } as const;
    if (unrecorded !== true) network.record(from, { ...outbound, amountMsat, updatedAt: now() });
    clock.after(ms, () => progress(flight));
    if (throws !== undefined) throw new SimNodeError(throws, "the node does not know whether it left");
    return paymentId;
  }

  function closeByUser(nodeId: string, userChannelId: string, together: boolean): void {
    const channel = channels.find(
      (c) => c.ends.includes(nodeId) && channelView(c, nodeId, false).userChannelId === userChannelId,
    );
    if (channel === undefined) return;
    if (together && !isLinked(channel)) throw new SimNodeError("native_failure", "the peer is not connected");
    if (!together || network.closesTogether) network.forceClose(channel.id, ONCHAIN_MS);
  }

  /** What came back after the channel's own money did. */
  function sweepAgain(channel: SimChannel): void {
    if (channel.swept === true) chain.sweep(channel);
  }

  function close(channel: SimChannel, onchainMs: number): void {
    channel.closed = true;
    for (const flight of flights.filter((f) => f.channel === channel)) {
      clock.after(onchainMs, () => resolveOnChain(flight));
    }
    clock.after(onchainMs, () => sweepOnce(channel));
  }

  function sweepOnce(channel: SimChannel): void {
    if (channel.swept === true) return;
    chain.sweep(channel);
    linksChanged();
  }

  /** The LSP's channels are taken before they confirm; those of others wait for six blocks. */
  function openChannel(from: string, to: string, amountSat: Sat): string {
    if (!isPeer(from, to)) throw new SimNodeError("peer_unreachable", "not connected");
    if (!chain.spend(from, amountSat * 1000n, COMMITMENT_SAT * 1000n)) {
      throw new SimNodeError("insufficient_balance", "not enough on chain");
    }
    const made = newChannel(`${from}-${to}-${channels.length}`, [from, to], sat(amountSat - COMMITMENT_SAT), sat(0n));
    made.ready = false;
    channels.push(made);
    clock.after(from === nodeIdOf("lsp") ? UNCONFIRMED_MS : CONFIRMED_MS, () => confirm(made));
    return channelView(made, from, false).userChannelId;
  }

  function confirm(channel: SimChannel): void {
    if (channel.ready) return;
    channel.ready = true;
    linksChanged();
  }

  function isPeer(nodeId: string, other: string): boolean {
    return linked && nodeId !== other && !off.has(nodeId) && !off.has(other);
  }

  function nodeOf(nodeId: string): SimNode {
    return {
      nodeId,
      balances: async () => chain.balances(nodeId, channels, flights),
      peers: async () =>
        [...nodes.keys()]
          .filter((other) => other !== nodeId)
          .map((other) => ({ nodeId: other, address: other, connected: isPeer(nodeId, other), persisted: true })),
      openChannel: async ({ nodeId: to, amountSat }) => ({ userChannelId: openChannel(nodeId, to, amountSat) }),
      channels: async () => network.viewsOf(nodeId),
      keysend: async (request) => ({ paymentId: keysend(nodeId, request) }),
      payment: async (id) => payments.get(nodeId)?.get(id),
      payments: async () => [...(payments.get(nodeId)?.values() ?? [])],
      sign: async (message) => signatureOf(nodeId, message),
      verify: async (message, given, signer) => given === signatureOf(signer, message),
      closeChannel: async (userChannelId) => closeByUser(nodeId, userChannelId, true),
      forceCloseChannel: async (userChannelId) => closeByUser(nodeId, userChannelId, false),
      peekEvent: () => events.get(nodeId)?.[0],
      acknowledge: () => {
        const [first, ...rest] = events.get(nodeId) ?? [];
        if (first === undefined) return;
        events.set(nodeId, rest);
        done.set(nodeId, [...(done.get(nodeId) ?? []), first]);
      },
      balanceMsat: () => channels.reduce((sum, c) => sum + balanceIn(c, nodeId), chain.heldMsat(nodeId)),
    };
  }

  const network: Network = {
    closesTogether: true,
    policy: () => ({ ms: 50 }),
    feesMsat: chain.feesMsat,
    fund: (name, amountSat) => chain.fund(nodeIdOf(name), amountSat),
    onClaim: () => undefined,
    channels,
    flights,
    viewsOf: (nodeId) =>
      channels
        .filter((c) => !c.closed && c.ends.includes(nodeId))
        .map((c) => {
          const view = channelView(c, nodeId, isLinked(c), unheardMsat(c, nodeId));
          return htlcsIn(c, nodeId).count < c.maxHtlcs ? view : { ...view, nextOutboundHtlcLimitMsat: msat(0n) };
        }),
    node(name) {
      const nodeId = nodeIdOf(name);
      const node = nodes.get(nodeId) ?? nodeOf(nodeId);
      nodes.set(nodeId, node);
      return node;
    },
    open(a, b, balances) {
      const label = `${a}-${b}-${channels.length}`;
      const channel = newChannel(label, [nodeIdOf(a), nodeIdOf(b)], balances.a, balances.b);
      channels.push(channel);
      return channel.id;
    },
    connect(up) {
      linked = up;
      for (const channel of channels) channel.connected = up;
      linksChanged();
    },
    power(nodeId, on) {
      if (on) off.delete(nodeId);
      else off.add(nodeId);
      if (!on) loseHeld(nodeId);
      linksChanged();
    },
    forceClose(channelId, onchainMs) {
      const channel = channels.find((c) => c.id === channelId && !c.closed);
      if (channel === undefined) return;
      close(channel, onchainMs);
      for (const end of channel.ends) {
        const { userChannelId } = channelView(channel, end, false);
        const counterparty = otherEnd(channel, end);
        network.deliver(end, { kind: "channel_closed", channelId, userChannelId, counterparty });
      }
      linksChanged();
    },
    hurry() {
      for (const flight of flights.filter(({ stage }) => stage === "offered" || stage === "claimed")) {
        if (flight.channel.closed) clock.after(RECONNECT_MS, () => resolveOnChain(flight));
        else clock.after(RECONNECT_MS, () => progress(flight));
      }
      for (const channel of channels) {
        if (channel.closed) clock.after(2 * RECONNECT_MS, () => sweepOnce(channel));
        else clock.after(RECONNECT_MS, () => confirm(channel));
      }
    },
    transfer(from, to, amountMsat) {
      const fits = (c: SimChannel): boolean =>
        isLinked(c) && c.ends.includes(to) && channelView(c, from, true).outboundMsat >= amountMsat;
      const channel = channels.filter((c) => c.ends.includes(from)).find(fits);
      if (channel === undefined) return false;
      addTo(channel, from, -amountMsat);
      addTo(channel, to, amountMsat);
      return true;
    },
    listen: (nodeId, listener) => listeners.set(nodeId, listener),
    deliver(nodeId, event) {
      events.set(nodeId, [...(events.get(nodeId) ?? []), event]);
      listeners.get(nodeId)?.event();
    },
    acknowledged: (nodeId) => done.get(nodeId) ?? [],
    record(nodeId, payment) {
      const own = payments.get(nodeId) ?? new Map<string, Payment>();
      payments.set(nodeId, own.set(payment.paymentId, payment));
    },
    inFlightMsat: () =>
      flights.reduce((sum, flight) => (flight.stage === "offered" ? sum + flight.amountMsat : sum), 0n),
  };
  return network;
}
