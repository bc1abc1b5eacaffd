import { describe, expect, test } from "bun:test";
import { type Agreement, backingOf } from "../../src/stable/agreement.ts";
import { revised, sealEnd, sealRevise, sealSpent, withPaid } from "../../src/stable/book.ts";
import {
  checkAccept,
  checkEnd,
  checkRevise,
  checkSpent,
  type RevisionInput,
  rejectMatches,
} from "../../src/stable/check-revision.ts";
import type { Accept, Reject } from "../../src/stable/messages.ts";
import { defaultPolicy } from "../../src/stable/policy.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { micro, msat } from "../../src/stable/units.ts";
import { plainMessages } from "./message-samples.ts";
import { agreement, NOW, sats, usd, usdPerBtc } from "./samples.ts";

const at = usdPerBtc(100_000);
const book = agreement("provider");

function around<M>(message: M, changes: Partial<RevisionInput<M>> = {}): RevisionInput<M> {
  return {
    agreement: book,
    message,
    now: NOW + 1,
    price: { ok: true, price: at },
    policy: defaultPolicy,
    balances: { receiverMsat: sats(200_000), stakeMsat: sats(200_000) },
    withPeer: [changes.agreement ?? book],
    settling: false,
    totalMicro: 0n,
    ...changes,
  };
}

describe("revise", () => {
  const sell = { target_after: usd(150), backing_after: sats(150_000), price: at, reason: "sell" } as const;
  const message = sealRevise(book, sell, NOW);

  test("is accepted when it converts exactly the difference", () => {
    const verdict = checkRevise(around(message));
    expect(verdict).toMatchObject({ ok: true, kind: "new", dropPending: false });
    if (!verdict.ok || verdict.kind !== "new") throw new Error("not accepted");
    expect(verdict.agreement).toEqual(revised(book, message, NOW + 1));
    expect(verdict.agreement).toMatchObject({ rev: 2, targetMicro: usd(150), stateHash: message.state_hash });
  });

  test("keeps the drift and takes the fee of the terms", () => {
    const drifted = agreement("provider", { backing0Msat: sats(110_000), terms: { ...defaultTerms, feeBps: 100 } });
    const fields = { ...sell, target_after: usd(50), backing_after: sats(60_500), reason: "buy" } as const;
    const verdict = checkRevise(around(sealRevise(drifted, fields, NOW), { agreement: drifted }));
    expect(verdict).toMatchObject({ ok: true, kind: "new" });
    const without = { ...fields, backing_after: sats(60_000) };
    expect(checkRevise(around(sealRevise(drifted, without, NOW), { agreement: drifted })).ok).toBe(false);
  });

  test("that was accepted before is a repeat", () => {
    expect(checkRevise(around(message, { agreement: revised(book, message, NOW), now: NOW + 9_999 }))).toEqual({
      ok: true,
      kind: "repeat",
    });
  });

  const pendingEnd = sealEnd(book, { reason: "x", price: at }, NOW);
  const receiverBook = agreement("receiver");
  const proposed = agreement("provider", { status: "proposed" });
  const poor = { receiverMsat: sats(149_999), stakeMsat: sats(200_000) };
  const thin = { receiverMsat: sats(200_000), stakeMsat: sats(37_499) };

  test.each<[string, string, Partial<RevisionInput<typeof message>>]>([
    ["an old price", "stale", { now: NOW + 121 }],
    ["a later rev", "conflict", { message: sealRevise({ ...book, rev: 2 }, sell, NOW) }],
    ["an earlier rev", "conflict", { message: sealRevise({ ...book, rev: 0 }, sell, NOW) }],
    ["before it is agreed", "conflict", { agreement: proposed, message: sealRevise(proposed, sell, NOW) }],
    ["while frozen", "conflict", { agreement: agreement("provider", { status: "frozen" }) }],
    ["while a settlement is under way", "conflict", { settling: true }],
    ["a price too far off", "price_out_of_range", { price: { ok: true, price: usdPerBtc(101_000) } }],
    [
      "a backing that does not follow",
      "conflict",
      { message: sealRevise(book, { ...sell, backing_after: sats(150_001) }, NOW) },
    ],
    ["a hash of another state", "conflict", { message: { ...message, state_hash: "00".repeat(32) } }],
    ["the provider changing the target", "policy", { agreement: receiverBook }],
    ["terms under another reason", "conflict", { message: sealRevise(book, { ...sell, terms: defaultTerms }, NOW) }],
    ["more than the cap", "policy", { policy: { ...defaultPolicy, maxPerPeerMicro: usd(149) } }],
    ["native that is not there", "insufficient_balance", { balances: poor }],
    ["too thin a stake", "insufficient_cover", { balances: thin }],
  ])("refuses %s", (_, code, changes) => {
    expect(checkRevise(around(message, changes))).toMatchObject({ ok: false, code });
  });

  test("an absurd backing is refused, not computed with", () => {
    const paid = withPaid(book, "receiver", sats(50_000), NOW);
    const absurd = { ...message, backing_after: msat(2_100_000_000_000_000_000n) };
    expect(checkRevise(around(absurd, { agreement: paid }))).toMatchObject({ ok: false, code: "conflict" });
  });

  test("books that differ by a settlement refuse, and agree once both have booked it", () => {
    const paid = withPaid(book, "provider", sats(10), NOW);
    const fields = { ...sell, backing_after: sats(150_010) };
    const ours = sealRevise(withPaid(agreement("receiver"), "provider", sats(10), NOW), fields, NOW);
    expect(checkRevise(around(ours))).toMatchObject({ ok: false, code: "conflict" });
    expect(checkRevise(around(ours, { agreement: paid }))).toMatchObject({ ok: true, kind: "new" });
  });

  test("of two that cross, the receiver's stands", () => {
    const pending = { proposal: pendingEnd, rev: 2 };
    expect(checkRevise(around(message, { pending }))).toMatchObject({ ok: true, dropPending: true });
    const terms = { ...defaultTerms, bandBps: 20 };
    const fields = { target_after: usd(100), backing_after: sats(100_000), price: at, reason: "terms", terms } as const;
    const theirs = sealRevise(receiverBook, fields, NOW);
    expect(checkRevise(around(theirs, { agreement: receiverBook, pending }))).toMatchObject({
      ok: false,
      code: "conflict",
    });
    expect(checkRevise(around(theirs, { agreement: receiverBook }))).toMatchObject({ ok: true, dropPending: false });
  });

  test("new terms may come from either, but change no amount and stay within the policy", () => {
    const fields = { target_after: usd(100), backing_after: sats(100_000), price: at, reason: "terms" } as const;
    const withTerms = (terms: Agreement["terms"]) => checkRevise(around(sealRevise(book, { ...fields, terms }, NOW)));
    expect(withTerms({ ...defaultTerms, bandBps: 50 })).toMatchObject({ ok: true, kind: "new" });
    expect(withTerms({ ...defaultTerms, bandBps: 5_000 })).toMatchObject({ ok: false, code: "policy" });
    expect(checkRevise(around(sealRevise(book, fields, NOW)))).toMatchObject({ ok: false, code: "conflict" });
    const more = { ...fields, target_after: usd(101), terms: defaultTerms };
    expect(checkRevise(around(sealRevise(book, more, NOW)))).toMatchObject({ ok: false, code: "conflict" });
  });
});

test("a change that changes nothing is refused: its accept would be one of an end", () => {
  const same = { target_after: usd(100), backing_after: sats(100_000), price: at } as const;
  for (const change of [
    { ...same, reason: "terms", terms: defaultTerms },
    { ...same, reason: "resize" },
    { ...same, reason: "buy" },
  ] as const) {
    const message = sealRevise(book, change, NOW);
    expect(message.state_hash).toBe(sealEnd(book, { reason: "", price: at }, NOW).state_hash);
    expect(checkRevise(around(message))).toMatchObject({ ok: false, code: "conflict" });
  }
});

describe("spent", () => {
  const spent = { target_after: usd(80), backing_after: sats(80_000), price: at };
  const message = sealSpent(book, spent, NOW);
  const left = { balances: { receiverMsat: sats(80_000), stakeMsat: sats(200_000) } };

  test("lowers the target in proportion, whatever its age", () => {
    const verdict = checkSpent(around(message, { ...left, now: NOW + 86_400 }));
    expect(verdict).toMatchObject({ ok: true, kind: "new", agreement: { targetMicro: usd(80), rev: 2 } });
    if (verdict.ok && verdict.kind === "new") expect(backingOf(verdict.agreement)).toBe(sats(80_000));
    expect(checkSpent(around(message, { agreement: revised(book, message, NOW) }))).toEqual({
      ok: true,
      kind: "repeat",
    });
  });

  test("may take everything", () => {
    const all = sealSpent(book, { target_after: usd(0), backing_after: sats(0), price: at }, NOW);
    const gone = { balances: { receiverMsat: sats(0), stakeMsat: sats(200_000) } };
    expect(checkSpent(around(all, gone))).toMatchObject({ ok: true, agreement: { targetMicro: usd(0) } });
  });

  test.each<[string, Partial<RevisionInput<typeof message>>]>([
    ["one that raises the target", { message: sealSpent(book, { ...spent, target_after: usd(101) }, NOW) }],
    ["one out of proportion", { message: sealSpent(book, { ...spent, target_after: usd(81) }, NOW) }],
    [
      "one that leaves too little target",
      { message: sealSpent(book, { ...spent, target_after: micro(79_999_999n) }, NOW) },
    ],
    ["one that raises the backing", { message: sealSpent(book, { ...spent, backing_after: sats(100_000) }, NOW) }],
    ["while the balance is still there", { balances: { receiverMsat: sats(100_000), stakeMsat: sats(0) } }],
    ["one of more than is missing", { balances: { receiverMsat: sats(80_001), stakeMsat: sats(0) } }],
    ["while the receiver owes", { price: { ok: true, price: usdPerBtc(101_000) } }],
    ["while we can't tell whether it owes", { price: { ok: false, reason: "the venues do not agree" } }],
    ["while a settlement is under way", { settling: true }],
    ["the provider's", { agreement: agreement("receiver") }],
    ["a hash of another state", { message: { ...message, state_hash: "00".repeat(32) } }],
  ])("refuses %s", (_, changes) => {
    expect(checkSpent(around(message, { ...left, ...changes })).ok).toBe(false);
  });
});

describe("end", () => {
  const message = sealEnd(book, { reason: "stopstable", price: at }, NOW);

  test("is accepted once nothing is due at its price", () => {
    const ours = { price: { ok: true, price: usdPerBtc(100_400) } } as const;
    expect(checkEnd(around(message, ours))).toMatchObject({ ok: true, kind: "new", agreement: { rev: 2 } });
    const ended = { ...revised(book, message, NOW), status: "ended" } as const;
    expect(checkEnd(around(message, { agreement: ended }))).toEqual({ ok: true, kind: "repeat" });
  });

  test("waits for what is due, from one satoshi on, by whoever owes it", () => {
    const price = usdPerBtc(99_999);
    const due = { payer: "provider", amountMsat: sats(1) } as const;
    expect(checkEnd(around(sealEnd(book, { reason: "", price }, NOW)))).toEqual({
      ok: true,
      kind: "settle_first",
      due,
    });
    const paid = withPaid(book, "provider", sats(1), NOW);
    expect(checkEnd(around(sealEnd(paid, { reason: "", price }, NOW), { agreement: paid })).ok).toBe(true);
  });

  test("waits while a settlement of ours is under way", () => {
    expect(checkEnd(around(message, { settling: true }))).toEqual({
      ok: true,
      kind: "settle_first",
      due: { payer: "provider", amountMsat: sats(0) },
    });
  });

  test("settled in between, its hash still holds", () => {
    const paid = withPaid(book, "provider", sats(1), NOW);
    const lower = sealEnd(book, { reason: "", price: usdPerBtc(99_999) }, NOW);
    expect(checkEnd(around(lower, { agreement: paid }))).toMatchObject({ ok: true, kind: "new" });
  });

  test("refuses a price too far off, and what is no next rev", () => {
    const far = { price: { ok: true, price: usdPerBtc(101_000) } } as const;
    expect(checkEnd(around(message, far))).toMatchObject({ ok: false, code: "price_out_of_range" });
    const ended = agreement("provider", { status: "ended" });
    expect(checkEnd(around(message, { agreement: ended }))).toMatchObject({ ok: false, code: "conflict" });
  });

  test("is no repeat of another change with the same state", () => {
    const other = revised(book, message, NOW);
    expect(checkEnd(around(message, { agreement: { ...other, status: "active" } }))).toMatchObject({ ok: false });
  });

  test("can be had from a frozen or drowned agreement", () => {
    for (const status of ["frozen", "underwater", "ending"] as const) {
      expect(checkEnd(around(message, { agreement: agreement("provider", { status }) }))).toMatchObject({ ok: true });
    }
  });
});

describe("answers", () => {
  const proposal = plainMessages.propose;
  const pending = { proposal, rev: 1 };
  const accept: Accept = { ...plainMessages.accept, state_hash: proposal.state_hash };

  test("an accept fits by rev and hash, until the deadline and a minute for the clocks", () => {
    expect(checkAccept({ message: accept, pending, now: proposal.expires_at + 60 })).toEqual({
      ok: true,
      kind: "ours",
    });
    expect(checkAccept({ message: accept, pending, now: proposal.expires_at + 61 })).toMatchObject({ code: "stale" });
    expect(checkAccept({ message: { ...accept, rev: 2 }, pending, now: NOW })).toMatchObject({ code: "conflict" });
    const other = { ...accept, state_hash: "00".repeat(32) };
    expect(checkAccept({ message: other, pending, now: NOW })).toMatchObject({ code: "conflict" });
    expect(checkAccept({ message: accept, now: NOW })).toMatchObject({ code: "conflict" });
  });

  test("an accept of a spend never lapses", () => {
    const spent = { proposal: plainMessages.spent, rev: 2 };
    const message = { ...accept, rev: 2, state_hash: plainMessages.spent.state_hash };
    expect(checkAccept({ message, pending: spent, now: NOW + 1_000_000 })).toEqual({ ok: true, kind: "ours" });
  });

  test("an accept that comes again is a repeat, but not of a mere proposal", () => {
    const live = agreement("receiver");
    const again = { ...accept, state_hash: live.stateHash };
    expect(checkAccept({ message: again, agreement: live, now: NOW })).toEqual({ ok: true, kind: "repeat" });
    const proposed = { ...live, status: "proposed" as const };
    expect(checkAccept({ message: again, agreement: proposed, now: NOW })).toMatchObject({ ok: false });
  });

  test("a reject fits by rev, and by hash where it names one", () => {
    const reject: Reject = plainMessages.reject;
    expect(rejectMatches(reject, pending)).toBe(true);
    expect(rejectMatches({ ...reject, state_hash: proposal.state_hash }, pending)).toBe(true);
    expect(rejectMatches({ ...reject, state_hash: "00".repeat(32) }, pending)).toBe(false);
    expect(rejectMatches({ ...reject, rev: 2 }, pending)).toBe(false);
    expect(rejectMatches(reject, undefined)).toBe(false);
  });
});
