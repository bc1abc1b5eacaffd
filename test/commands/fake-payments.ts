/** Invoices and payments of the network in memory. */
import type { JitInvoice, Network, Payment, PaymentKind } from "../../src/node/port.ts";
import { type Msat, msat } from "../../src/stable/units.ts";
import { channelOf, type FakeNetwork, other, refuse } from "./fake-network.ts";

const BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const prefixes: Record<Network, string> = {
  regtest: "lnbcrt",
  mutinynet: "lntbs",
  signet: "lntbs",
  testnet: "lntb",
  bitcoin: "lnbc",
};

export interface InvoiceRequest {
  payee: string;
  amountMsat?: Msat;
  description?: string;
  expirySeconds?: number;
  network?: Network;
  jitLsp?: string;
  openingFeeMsat?: Msat;
}

/** An invoice with the look of BOLT 11, known to the network. */
export function makeInvoice(fake: FakeNetwork, request: InvoiceRequest): JitInvoice {
  const { payee, amountMsat, jitLsp, openingFeeMsat, network = "regtest" } = request;
  const paymentHash = fake.hash();
  const body = [...(paymentHash + paymentHash)].map((digit) => BECH32[Number.parseInt(digit, 16)]).join("");
  const invoice = `${prefixes[network]}${amountMsat === undefined ? "" : `${amountMsat * 10n}p`}1${body}`;
  const made = {
    invoice,
    paymentHash,
    ...(amountMsat === undefined ? {} : { amountMsat }),
    description: request.description ?? "",
    payee,
    createdAt: fake.now(),
    expiresAt: fake.now() + (request.expirySeconds ?? 3600),
    network,
    hintNodeIds: jitLsp === undefined ? [] : [jitLsp],
    ...(jitLsp === undefined ? {} : { jitLsp }),
    ...(openingFeeMsat === undefined ? {} : { openingFeeMsat }),
  };
  fake.invoices.set(invoice, made);
  return made;
}

/** What a node can send to a peer over one channel. */
function route(fake: FakeNetwork, from: string, to: string, amountMsat: bigint) {
  return fake.channels.find((channel) => {
    if (!channel.balanceMsat.has(from) || !channel.balanceMsat.has(to)) return false;
    const view = channelOf(fake, channel, from);
    return view.usable && view.nextOutboundHtlcLimitMsat >= amountMsat;
  });
}

/** Straight, or over one node between. */
function carry(fake: FakeNetwork, from: string, to: string, amountMsat: bigint): void {
  const direct = route(fake, from, to, amountMsat);
  if (direct !== undefined) {
    fake.move(direct, from, amountMsat);
    return;
  }
  for (const first of fake.channels.filter((channel) => channel.balanceMsat.has(from))) {
    const hub = other(first, from);
    const second = route(fake, hub, to, amountMsat);
    if (second === undefined || route(fake, from, hub, amountMsat) === undefined) continue;
    fake.move(first, from, amountMsat);
    fake.move(second, hub, amountMsat);
    return;
  }
  throw refuse("payment_failed", "no route was found");
}

/** The LSP takes the payment, opens the channel with its own share beside it, and passes on the rest. */
function carryJit(fake: FakeNetwork, from: string, lsp: string, to: string, amountMsat: bigint, feeMsat: bigint): void {
  carry(fake, from, lsp, amountMsat);
  const forwarded = amountMsat - feeMsat;
  const opened = fake.openChannel(lsp, to, (forwarded * 2n) / 1000n, { zeroConf: true });
  opened.balanceMsat.set(to, forwarded);
  opened.balanceMsat.set(lsp, forwarded);
}

export interface Send {
  from: string;
  to: string;
  amountMsat: Msat;
  kind: PaymentKind;
  paymentHash: string;
  jit?: { lsp: string; feeMsat: bigint };
}

/** Books a pending payment at once and its outcome a turn of the event loop later. */
export function send(fake: FakeNetwork, { from, to, amountMsat, kind, paymentHash, jit }: Send): { paymentId: string } {
  const payer = fake.wallets.get(from);
  const paymentId = fake.hash();
  const base = { paymentId, kind, amountMsat, paymentHash, updatedAt: fake.now() };
  const outgoing: Payment = { ...base, direction: "outbound", status: "pending" };
  payer?.payments.push(outgoing);
  setImmediate(() => {
    const payee = fake.wallets.get(to);
    try {
      if (payee?.online !== true) throw refuse("payment_failed", "the payee is away");
      if (jit === undefined) carry(fake, from, to, amountMsat);
      else carryJit(fake, from, jit.lsp, to, amountMsat, jit.feeMsat);
      outgoing.status = "succeeded";
      outgoing.feePaidMsat = msat(0n);
      const opening =
        jit === undefined
          ? {}
          : { kind: "bolt11_jit" as const, skimmedFeeMsat: msat(jit.feeMsat), maxOpeningFeeMsat: msat(jit.feeMsat) };
      payee.payments.push({ ...base, ...opening, direction: "inbound", status: "succeeded" });
    } catch {
      outgoing.status = "failed";
    }
    fake.changed();
  });
  return { paymentId };
}
