import { describe, expect, test } from "bun:test";
import { revised, sealEnd, sealPropose } from "../../src/stable/book.ts";
import { checkClaim, checkSync, type SyncDifference } from "../../src/stable/check-sync.ts";
import type { Claim, Sync } from "../../src/stable/messages.ts";
import { plainMessages } from "./message-samples.ts";
import { agreement, NOW, sats, usdPerBtc } from "./samples.ts";

describe("claim", () => {
  const book = agreement("provider");
  const claim: Claim = { ...plainMessages.claim, due_msat: sats(25_000), price: usdPerBtc(80_000) };
  const seen = (dollars: number, changes: Partial<Parameters<typeof checkClaim>[0]> = {}) =>
    checkClaim({
      agreement: book,
      message: claim,
      now: NOW,
      price: { ok: true, price: usdPerBtc(dollars) },
      ...changes,
    });

  test("is owed when we have to act at our own price, whatever the claim says is due", () => {
    expect(seen(80_100)).toEqual({ ok: true, claim: "owed", due: { payer: "provider", amountMsat: sats(24_843) } });
  });

  test("is not due while we are within the band, or the other side owes", () => {
    const close = { message: { ...claim, price: usdPerBtc(99_900) } };
    const due = { payer: "provider", amountMsat: sats(100) } as const;
    expect(seen(99_900, close)).toEqual({ ok: true, claim: "not_due", due });
    expect(seen(100_300, { message: { ...claim, price: usdPerBtc(100_300) } })).toEqual({ ok: true, claim: "not_due" });
  });

  test("is disputed when the prices lie too far apart, and open while we have none", () => {
    expect(seen(80_500)).toEqual({ ok: true, claim: "price_dispute" });
    expect(seen(80_000, { price: { ok: false, reason: "stale" } })).toEqual({ ok: true, claim: "no_price" });
  });

  test("changes nothing when it is old or the agreement is not in force", () => {
    expect(seen(80_000, { now: NOW + 601 })).toMatchObject({ ok: false, code: "stale" });
    expect(seen(80_000, { agreement: agreement("provider", { status: "ended" }) })).toMatchObject({ code: "conflict" });
  });
});

describe("sync", () => {
  const book = agreement("receiver", { paidByReceiverMsat: sats(5), paidByProviderMsat: sats(9) });
  const same: Sync = {
    ...plainMessages.sync,
    rev: 1,
    state_hash: book.stateHash,
    paid_by_me: sats(9),
    paid_by_you: sats(5),
  };
  const kinds = (message: Sync, changes: Partial<Parameters<typeof checkSync>[0]> = {}) => {
    const verdict = checkSync({ agreement: book, message, now: NOW, ...changes });
    return verdict.ok ? verdict.differences.map(({ kind }) => kind) : verdict.code;
  };

  test("of the same book names nothing", () => {
    expect(kinds(same)).toEqual([]);
  });

  test.each<[SyncDifference, Partial<Sync>]>([
    ["state", { state_hash: "00".repeat(32) }],
    ["peer_behind", { state_hash: "00".repeat(32) }],
    ["peer_ahead", { rev: 2 }],
    ["we_paid_more", { paid_by_you: sats(4) }],
    ["we_paid_less", { paid_by_you: sats(6) }],
    ["peer_paid_more", { paid_by_me: sats(10) }],
    ["peer_paid_less", { paid_by_me: sats(8) }],
  ])("names %s", (kind, changes) => {
    const at = kind === "peer_behind" ? { agreement: { ...book, rev: 2 } } : {};
    expect(kinds({ ...same, ...changes }, at)).toEqual([kind]);
  });

  test("gives both figures, and every difference there is", () => {
    const verdict = checkSync({
      agreement: book,
      message: { ...same, rev: 3, paid_by_you: sats(0), paid_by_me: sats(0) },
      now: NOW,
    });
    expect(verdict).toEqual({
      ok: true,
      differences: [
        { kind: "peer_ahead", ours: 1n, theirs: 3n },
        { kind: "we_paid_more", ours: 5_000n, theirs: 0n },
        { kind: "peer_paid_less", ours: 9_000n, theirs: 0n },
      ],
    });
  });

  test("at the rev we proposed stands for the lost accept, within its time", () => {
    const proposal = sealEnd(book, { reason: "", price: usdPerBtc(100_000) }, NOW);
    const pending = { proposal, rev: 2 };
    const theirs = { ...same, rev: 2, state_hash: revised(book, proposal, NOW).stateHash };
    expect(kinds(theirs, { pending })).toEqual(["peer_accepted"]);
    const late = { ...theirs, at: NOW + 700 };
    expect(kinds(late, { pending, now: NOW + 661 })).toEqual(["peer_accepted_late"]);
    expect(kinds({ ...theirs, state_hash: "00".repeat(32) }, { pending })).toEqual(["peer_ahead"]);
  });

  test("stands for the accept of a propose too", () => {
    const proposed = agreement("receiver", { status: "proposed" });
    const proposal = sealPropose(plainMessages.propose, {
      us: proposed.receiver,
      peer: proposed.provider,
      proposedByUs: true,
    });
    const message = { ...same, state_hash: proposal.state_hash, paid_by_me: sats(0), paid_by_you: sats(0) };
    expect(kinds(message, { agreement: proposed, pending: { proposal, rev: 1 } })).toEqual(["peer_accepted"]);
  });

  test("too old changes nothing", () => {
    expect(kinds(same, { now: NOW + 601 })).toBe("stale");
  });
});
