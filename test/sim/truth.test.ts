/** The rules themselves: each has to notice what it is there for. */
import { beforeEach, describe, expect, test } from "bun:test";
import type { Agreement, Settlement } from "../../src/stable/agreement.ts";
import { encodeEnvelope, payloadOf } from "../../src/stable/envelope.ts";
import { STABLE_RECORD_TYPE } from "../../src/stable/messages.ts";
import { msat, sat } from "../../src/stable/units.ts";
import { plainMessages, SIGNATURE } from "../stable/message-samples.ts";
import { agreement, sats, usd, usdPerBtc } from "../stable/samples.ts";
import { simClock } from "./clock.ts";
import { simNetwork } from "./network.ts";
import type { Network } from "./network-port.ts";
import { newTruth, type Truth } from "./truth.ts";

let network: Network;
let truth: Truth;
const clock = simClock();
const [user, lsp] = [simNetwork(clock).node("user").nodeId, simNetwork(clock).node("lsp").nodeId];

/** $100 at $100,000 with the user as receiver; at $80,000 the provider owes 25,000 sat. */
function book(changes: Partial<Agreement> = {}): Agreement {
  return agreement("provider", { receiver: user, provider: lsp, ...changes });
}

const settle = { ...plainMessages.settle, agreement: book().id, price: usdPerBtc(80_000) };
const envelope = { payload: payloadOf(settle), signature: SIGNATURE };
const records = [{ type: STABLE_RECORD_TYPE, value: encodeEnvelope(envelope) }];
const preimage = "11".repeat(32);
const paymentId = new Bun.CryptoHasher("sha256").update(Buffer.from(preimage, "hex")).digest("hex");

function settlement(changes: Partial<Settlement> = {}): Settlement {
  return {
    paymentId,
    agreementId: book().id,
    payer: "provider",
    direction: "sent",
    seq: 1,
    amountMsat: sats(1_000),
    price: usdPerBtc(80_000),
    sources: 4,
    paidTotalAfterMsat: sats(1_000),
    preimage,
    envelope,
    status: "intent",
    createdAt: 0,
    ...changes,
  };
}

beforeEach(() => {
  network = simNetwork(clock);
  network.open("user", "lsp", { a: sat(200_000n), b: sat(200_000n) });
  truth = newTruth(network, () => 0);
  network.onClaim = truth.claimed;
  truth.watch(lsp).committed([{ put: "agreement", agreement: book({ status: "proposed" }) }]);
  truth.books(lsp).agreements.set(book().id, book());
});

const watch = () => truth.watch(lsp);
const send = (amountMsat = sats(1_000)) => network.node("lsp").keysend({ nodeId: user, amountMsat, preimage, records });

describe("noticed:", () => {
  test("a counter that moves without a payment", () => {
    watch().committed([{ put: "agreement", agreement: book({ paidByProviderMsat: sats(1_000) }) }]);
    expect(truth.broken()).toContain("a counter moved");
  });

  test("a counter that moves by more than the payment", async () => {
    await send();
    await clock.advance(1_000);
    watch().committed([
      { put: "settlement", settlement: settlement({ status: "succeeded" }) },
      { put: "agreement", agreement: book({ paidByProviderMsat: sats(1_001) }) },
    ]);
    expect(truth.broken()).toContain("a counter moved");
  });

  test("a target that changes without both signatures", () => {
    watch().committed([{ put: "agreement", agreement: book({ rev: 2, targetMicro: usd(50) }) }]);
    expect(truth.broken()).toContain("without both signatures");
  });

  test("a settlement that is counted before it arrived", () => {
    watch().committed([{ put: "settlement", settlement: settlement({ status: "succeeded" }) }]);
    expect(truth.broken()).toContain("never arrived");
  });

  test("a settlement that is given up while it is under way", async () => {
    watch().committed([{ put: "settlement", settlement: settlement() }]);
    await send();
    watch().committed([{ put: "settlement", settlement: settlement({ status: "failed" }) }]);
    expect(truth.broken()).toContain("given up");
  });

  test("a second settlement while one is open", () => {
    watch().committed([{ put: "settlement", settlement: settlement() }]);
    watch().committed([{ put: "settlement", settlement: settlement({ paymentId: "22".repeat(32) }) }]);
    expect(truth.broken()).toContain("while one is open");
  });

  test("a settlement that leaves before it is on disk", () => {
    watch().sending({ nodeId: user, amountMsat: sats(1_000), preimage, records });
    expect(truth.broken()).toContain("not on disk");
  });

  test("a settlement nobody owes", () => {
    truth.books(lsp).agreements.set(book().id, book({ backing0Msat: sats(125_000) }));
    watch().committed([{ put: "settlement", settlement: settlement() }]);
    watch().sending({ nodeId: user, amountMsat: sats(1_000), preimage, records });
    expect(truth.broken()).toContain("are due");
  });

  test("the same settlement paid twice", async () => {
    await send();
    await network.node("lsp").keysend({ nodeId: user, amountMsat: sats(1_000), preimage: "33".repeat(32), records });
    await clock.advance(1_000);
    expect(truth.broken()).toContain("paid twice");
  });

  test("an event that is acknowledged before it is on disk", () => {
    const received = { paymentId, paymentHash: paymentId, amountMsat: msat(1n), records };
    watch().acknowledged({ kind: "payment_received", ...received });
    expect(truth.broken()).toContain("not on disk");
  });
});

test("an intent, its send, its arrival and its count break nothing", async () => {
  watch().committed([{ put: "settlement", settlement: settlement() }]);
  watch().sending({ nodeId: user, amountMsat: sats(1_000), preimage, records });
  await send();
  await clock.advance(1_000);
  watch().committed([
    { put: "settlement", settlement: settlement({ status: "succeeded" }) },
    { put: "agreement", agreement: book({ paidByProviderMsat: sats(1_000) }) },
  ]);
  expect(truth.broken()).toBeUndefined();
});
