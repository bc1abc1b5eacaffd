import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import fc from "fast-check";
import { saveEvidence } from "../../src/app/save-evidence.ts";
import { verifyCommand } from "../../src/app/verify-command.ts";
import { verifyEvidence } from "../../src/app/verify-evidence.ts";
import { systemClock } from "../../src/clock.ts";
import type { Agreement, Envelope, Settlement, Side } from "../../src/stable/agreement.ts";
import { proposedAgreement, revised, sealEnd, sealPropose, sealRevise, withPaid } from "../../src/stable/book.ts";
import { stateText } from "../../src/stable/canonical.ts";
import { payloadOf } from "../../src/stable/envelope.ts";
import type { Change } from "../../src/stable/ledger.ts";
import type { Message, Proposal } from "../../src/stable/messages.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { msat } from "../../src/stable/units.ts";
import { openStore, type SqliteLedger } from "../../src/store/open-store.ts";
import { CHANNEL, NOW, sats, usd, usdPerBtc } from "../stable/samples.ts";

const ALPHABET = "ybndrfg8ejkmcpqxot1uwisza345h769";
const secrets = {
  receiver: Uint8Array.from({ length: 32 }, () => 7),
  provider: Uint8Array.from({ length: 32 }, () => 9),
};
const idOf = (side: Side): string => Buffer.from(secp256k1.getPublicKey(secrets[side], true)).toString("hex");
const [us, peer] = [idOf("receiver"), idOf("provider")];

function sign(side: Side, text: string): string {
  const once = createHash("sha256").update(`Lightning Signed Message:${text}`).digest();
  const digest = Uint8Array.from(createHash("sha256").update(once).digest());
  const recovered = secp256k1.sign(digest, secrets[side], { prehash: false, format: "recovered" });
  const bytes = Buffer.concat([Buffer.from([31 + (recovered[0] ?? 0)]), recovered.slice(1)]);
  let bits = BigInt(`0x${bytes.toString("hex")}`);
  let out = "";
  for (let i = 0; i < 104; i++) {
    out = (ALPHABET[Number(bits & 31n)] ?? "") + out;
    bits >>= 5n;
  }
  return out;
}

function envelope(side: Side, message: Message): Envelope {
  const payload = payloadOf(message);
  return { payload, signature: sign(side, payload) };
}

const at = usdPerBtc(100_000);
const draft = {
  agreement: "01".repeat(32),
  at: NOW,
  channel_id: CHANNEL,
  from_receiver: true,
  target: usd(100),
  backing: sats(100_000),
  price: at,
  sources: 3,
  terms: defaultTerms,
  expires_at: NOW + 120,
};
const parties = { us, peer, proposedByUs: true };

function rev(agreement: Agreement, proposal: Proposal, by: Side): Change {
  const other = by === "receiver" ? "provider" : "receiver";
  const { id, rev: n, stateHash } = agreement;
  const accept = { v: 1, type: "accept", agreement: id, at: NOW, rev: n, state_hash: stateHash } as const;
  const both = { proposal: envelope(by, proposal), acceptance: envelope(other, accept) };
  const revision = { agreementId: id, rev: n, kind: proposal.type, stateHash, state: stateText(agreement), at: NOW };
  return { put: "revision", revision: { ...revision, ...both } };
}

function settlement(payer: Side, seq: number, amount: number, total: number): Settlement {
  const id = draft.agreement;
  const fields = { amount_msat: sats(amount), price: at, sources: 3, paid_total_after: sats(total) };
  return {
    paymentId: createHash("sha256").update(`${payer}${seq}`).digest("hex"),
    agreementId: id,
    payer,
    direction: payer === "receiver" ? "sent" : "received",
    seq,
    amountMsat: sats(amount),
    price: at,
    sources: 3,
    paidTotalAfterMsat: sats(total),
    envelope: envelope(payer, { v: 1, type: "settle", agreement: id, at: NOW, seq, ...fields }),
    status: "succeeded",
    createdAt: NOW + seq,
  };
}

let folder: string;
let store: SqliteLedger;
let file: string;
let text: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "evidence-"));
  store = await openStore({ path: join(folder, "ledger.sqlite"), now: () => NOW });
  const first: Agreement = { ...proposedAgreement(draft, parties, NOW), status: "active" };
  const paid = withPaid(
    withPaid(withPaid(first, "provider", sats(5), NOW), "provider", sats(7), NOW),
    "receiver",
    sats(3),
    NOW,
  );
  const sell = sealRevise(
    paid,
    { target_after: usd(150), backing_after: msat(150_009_000n), price: at, reason: "sell" },
    NOW,
  );
  const second = revised(paid, sell, NOW);
  const over = sealEnd(second, { reason: "wanted", price: at }, NOW);
  const ended: Agreement = { ...revised(second, over, NOW), status: "ended", reason: "wanted" };
  const line = (kind: string): Change => ({ put: "audit", entry: { kind, agreementId: first.id, data: { n: "1" } } });
  const elsewhere: Change = { put: "audit", entry: { kind: "price", data: { price: at.toString() } } };
  const sealed = sealPropose(draft, parties);
  await store.commit([
    { put: "agreement", agreement: ended },
    rev(first, sealed, "receiver"),
    rev(second, sell, "receiver"),
    rev(ended, over, "provider"),
    ...[settlement("provider", 1, 5, 5), settlement("receiver", 1, 3, 3), settlement("provider", 2, 7, 12)].map(
      (s): Change => ({ put: "settlement", settlement: s }),
    ),
    line("proposed"),
    elsewhere,
    { put: "audit", entry: { kind: "proposed", agreementId: "02".repeat(32), data: { secret: "of another" } } },
    line("settlement_paid"),
    line("end_accepted"),
  ]);
  file = join(folder, "evidence.json");
  const node = { sign: async (message: string) => sign("receiver", message) };
  await saveEvidence({ store, node, nodeId: us, clock: systemClock() }, ended.id, file);
  text = readFileSync(file, "utf8");
});

afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

describe("an evidence file", () => {
  test("proves the book, the settlements and the log, by its text alone", () => {
    const verdict = verifyEvidence(text);
    if (!verdict.ok) throw new Error(verdict.reason);
    expect(verdict.bundle.agreement).toMatchObject({ rev: 3, target: "150000000", status: "ended" });
    expect(verdict.lines.join("\n")).toContain("backing 150009000 msat");
    expect(verdict.lines.join("\n")).toContain("3 revs signed by both; 3 settlements signed");
  });

  test("tells of no other agreement", () => {
    expect(text).not.toContain("of another");
  });

  test("is only for its owner to read, and never written over a file", async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const node = { sign: async (message: string) => sign("receiver", message) };
    const again = saveEvidence({ store, node, nodeId: us, clock: systemClock() }, draft.agreement, file);
    await expect(again).rejects.toMatchObject({ code: "bad_argument" });
    const unknown = saveEvidence({ store, node, nodeId: us, clock: systemClock() }, "ab".repeat(32), `${file}2`);
    await expect(unknown).rejects.toMatchObject({ code: "unknown_agreement" });
  });

  test("is refused with any byte changed", () => {
    const bytes = Buffer.from(text, "utf8");
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (place, by) => {
        const changed = Buffer.from(bytes);
        changed[place] = ((changed[place] ?? 0) + by) % 256;
        expect(verifyEvidence(changed.toString("latin1")).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test("is refused cut, added to or empty", () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), (length) => {
        expect(verifyEvidence(text.slice(0, length)).ok).toBe(false);
      }),
      { numRuns: 200 },
    );
    for (const other of ["", " ", "{}", "[]", "null", `${text} `, ` ${text}`, text.replace("\n", "")]) {
      expect(verifyEvidence(other).ok).toBe(false);
    }
  });
});

/** What an exporter could try who signs a bundle of its own making. */
describe("an exporter that lies is found out", () => {
  const lies: readonly [string, () => string, RegExp][] = [
    ["another target", () => text.replace('"target":"150000000"', '"target":"190000000"'), /rev 3: the book/],
    ["a rev left out", () => without("revisions", 1), /rev 3 does not follow rev 1/],
    ["a settlement left out", () => without("settlements", 0), /./],
    [
      "another counter",
      () => text.replace('"paid_by_provider_msat":"12000"', '"paid_by_provider_msat":"13000"'),
      /do not add up/,
    ],
    [
      "a changed log line",
      () => text.replace('"kind":"settlement_paid"', '"kind":"settlement_lost"'),
      /log line \d+ was changed/,
    ],
    [
      "a log line left out is seen by its number",
      () => text.replace('"kind":"end_accepted"', '"kind":"end_refused"'),
      /log line/,
    ],
  ];

  function without(list: "revisions" | "settlements", index: number): string {
    const bundle: Record<string, unknown[]> = JSON.parse(text);
    bundle[list]?.splice(index, 1);
    return JSON.stringify(bundle);
  }

  test.each(lies)("%s", async (_, lie, reason) => {
    const { bundleText, fileText, bundleSchema } = await import("../../src/app/evidence-bundle.ts");
    const { signature: __, ...body } = JSON.parse(lie());
    const bundle = bundleSchema.parse(body);
    const verdict = verifyEvidence(fileText(bundle, sign("receiver", bundleText(bundle))));
    expect(verdict.ok).toBe(false);
    if (!verdict.ok) expect(verdict.reason).toMatch(reason);
  });

  test("a stranger's export", async () => {
    const { bundleText, fileText, bundleSchema } = await import("../../src/app/evidence-bundle.ts");
    const { signature: __, ...body } = JSON.parse(text);
    const bundle = bundleSchema.parse({ ...body, exporter: peer });
    expect(verifyEvidence(fileText(bundle, sign("provider", bundleText(bundle)))).ok).toBe(true);
    const stranger = bundleSchema.parse({ ...body, exporter: `02${"11".repeat(32)}` });
    expect(verifyEvidence(fileText(stranger, sign("provider", bundleText(stranger)))).ok).toBe(false);
  });
});

describe("peer-stables verify", () => {
  test("exits 0 with what is proved, 1 with why nothing is", async () => {
    const said: string[] = [];
    expect(verifyCommand(file, (line) => said.push(line))).toBe(0);
    expect(said.join("")).toContain("3 revs signed by both");
    const bad = join(folder, "bad.json");
    await Bun.write(bad, text.replace('"rev":3', '"rev":4'));
    expect(verifyCommand(bad, (line) => said.push(line))).toBe(1);
    expect(said.at(-1)).toContain("proves nothing: the exporter did not sign this text");
    expect(() => verifyCommand(join(folder, "none"), () => undefined)).toThrow("name a file that --evidence wrote");
  });
});
