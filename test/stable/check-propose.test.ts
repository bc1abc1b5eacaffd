import { describe, expect, test } from "bun:test";
import { sealPropose } from "../../src/stable/book.ts";
import { checkPropose, type ProposeInput } from "../../src/stable/check-propose.ts";
import type { Propose } from "../../src/stable/messages.ts";
import { defaultPolicy } from "../../src/stable/policy.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { micro, msat } from "../../src/stable/units.ts";
import { AGREEMENT, agreement, CHANNEL, NOW, PROVIDER, RECEIVER, sats, usd, usdPerBtc } from "./samples.ts";

type Draft = Parameters<typeof sealPropose>[0];

function propose(changes: Partial<Draft> = {}): Propose {
  const draft: Draft = {
    agreement: AGREEMENT,
    at: NOW,
    channel_id: CHANNEL,
    from_receiver: true,
    target: usd(40),
    backing: sats(40_000),
    price: usdPerBtc(100_000),
    sources: 3,
    terms: defaultTerms,
    expires_at: NOW + 120,
    ...changes,
  };
  return sealPropose(draft, { us: RECEIVER, peer: PROVIDER, proposedByUs: true });
}

/** The provider of a 100,000 sat channel, half of it the receiver's, is asked to hold $40. */
function input(changes: Partial<ProposeInput> = {}, draft: Partial<Draft> = {}): ProposeInput {
  return {
    message: propose(draft),
    us: PROVIDER,
    peer: RECEIVER,
    now: NOW + 1,
    price: { ok: true, price: usdPerBtc(100_000) },
    policy: defaultPolicy,
    channelIds: [CHANNEL],
    balances: { receiverMsat: sats(50_000), stakeMsat: sats(50_000) },
    withPeer: [],
    totalMicro: 0n,
    ...changes,
  };
}

test("what fits is accepted as it was proposed, with its cover", () => {
  const verdict = checkPropose(input());
  expect(verdict).toMatchObject({ ok: true, kind: "new", cover: { dropBps: 5_555, dry: false } });
  if (!verdict.ok) throw new Error(verdict.reason);
  expect(verdict.agreement).toMatchObject({
    status: "proposed",
    side: "provider",
    proposedByUs: false,
    rev: 1,
    targetMicro: usd(40),
    receiver: RECEIVER,
    provider: PROVIDER,
    stateHash: propose().state_hash,
  });
});

describe("refuses", () => {
  const other = agreement("provider", { id: "ee".repeat(32), targetMicro: usd(20), backing0Msat: sats(20_000) });
  const strict = { ...defaultPolicy, maxPerPeerMicro: usd(30) };
  const crumb = { targetMicro: micro(1n), backing0Msat: msat(1n) };
  const crowd = Array.from({ length: 20 }, (_, i) => agreement("provider", { id: `${i}`.padStart(64, "0"), ...crumb }));
  const beside = { withPeer: [other], totalMicro: usd(20) };

  test.each<[string, string, Partial<ProposeInput>, Partial<Draft>]>([
    ["an id in use", "conflict", { existing: agreement("provider") }, {}],
    ["an old one", "stale", { now: NOW + 601 }, { expires_at: NOW + 600 }],
    ["one from the future", "stale", { now: NOW - 61 }, {}],
    ["an expired one", "stale", { now: NOW + 120 }, {}],
    ["one that stands too long", "policy", {}, { expires_at: NOW + 601 }],
    ["another channel", "unknown_channel", { channelIds: ["00".repeat(32)] }, {}],
    ["a stranger", "policy", { policy: { ...defaultPolicy, peers: [PROVIDER] } }, {}],
    ["a wide band", "policy", {}, { terms: { ...defaultTerms, bandBps: 101 } }],
    ["a high floor", "policy", {}, { terms: { ...defaultTerms, floorMicro: micro(1_000_001n) } }],
    ["long pauses", "policy", {}, { terms: { ...defaultTerms, cooldownSeconds: 601 } }],
    ["rare checks", "policy", {}, { terms: { ...defaultTerms, checkSeconds: 601 } }],
    [
      "a tolerance within which nothing is ever claimed",
      "policy",
      {},
      { terms: { ...defaultTerms, toleranceBps: 51 } },
    ],
    ["strikes without end", "policy", {}, { terms: { ...defaultTerms, strikes: 4 } }],
    ["a crowd of crumbs", "policy", { withPeer: crowd }, { target: micro(1n), backing: msat(1n) }],
    ["too low a fee", "policy", { policy: { ...defaultPolicy, feeBps: 10 } }, {}],
    ["a price too far off", "price_out_of_range", { price: { ok: true, price: usdPerBtc(100_503) } }, {}],
    ["having no price", "price_out_of_range", { price: { ok: false, reason: "stale" } }, {}],
    ["more backing than the target is worth", "conflict", {}, { backing: sats(40_001) }],
    ["less backing than the target is worth", "conflict", {}, { backing: sats(39_999) }],
    ["more than the peer's cap", "policy", { policy: strict }, {}],
    ["more than the cap in all", "policy", { totalMicro: defaultPolicy.maxTotalMicro - 1n }, {}],
    [
      "a backing that is not there",
      "insufficient_balance",
      { balances: { receiverMsat: sats(39_999), stakeMsat: sats(99_999) } },
      {},
    ],
    ["a backing another agreement holds", "insufficient_balance", beside, {}],
    [
      "a stake too thin",
      "insufficient_cover",
      { balances: { receiverMsat: sats(50_000), stakeMsat: sats(9_999) } },
      {},
    ],
    [
      "a stake too thin for its own terms",
      "insufficient_cover",
      {},
      { terms: { ...defaultTerms, minCoverBps: 5_556 } },
    ],
    ["the other way round beside this", "conflict", { withPeer: [agreement("receiver", { id: "ee".repeat(32) })] }, {}],
  ])("%s", (_, code, changes, draft) => {
    expect(checkPropose(input(changes, draft))).toMatchObject({ ok: false, code });
  });

  test("a state hash of something else", () => {
    const message = { ...propose(), state_hash: "00".repeat(32) };
    expect(checkPropose(input({ message }))).toMatchObject({ ok: false, code: "conflict" });
  });

  test("as receiver, a fee above what it pays", () => {
    const draft = { from_receiver: false, terms: { ...defaultTerms, feeBps: 1 } };
    const message = sealPropose({ ...propose(), ...draft }, { us: PROVIDER, peer: RECEIVER, proposedByUs: true });
    const asReceiver = input({ message, us: RECEIVER, peer: PROVIDER });
    expect(checkPropose(asReceiver)).toMatchObject({ ok: false, code: "policy" });
    expect(checkPropose({ ...asReceiver, policy: { ...defaultPolicy, feeBps: 1 } })).toMatchObject({ ok: true });
  });
});

describe("counter-offers", () => {
  const cases: readonly [string, Partial<ProposeInput>][] = [
    ["the cap", { policy: { ...defaultPolicy, maxPerPeerMicro: usd(30) } }],
    ["the balance", { balances: { receiverMsat: sats(25_000), stakeMsat: sats(50_000) } }],
    ["the cover", { balances: { receiverMsat: sats(50_000), stakeMsat: sats(5_000) } }],
    [
      "our own price",
      {
        price: { ok: true, price: usdPerBtc(100_400) },
        balances: { receiverMsat: sats(50_000), stakeMsat: sats(5_000) },
      },
    ],
  ];

  test.each(cases)("fit %s: proposed again, they are accepted", (_, changes) => {
    const first = checkPropose(input(changes));
    if (first.ok || first.counter === undefined) throw new Error("a counter-offer was expected");
    const { target, backing, price: at, terms } = first.counter;
    expect(target).toBeLessThan(usd(40));
    const again = { target, backing, price: at, terms };
    expect(checkPropose(input(changes, again))).toMatchObject({ ok: true, kind: "new" });
    const more = micro(target + 1_000n);
    expect(checkPropose(input(changes, { ...again, target: more, backing: sats(0) })).ok).toBe(false);
  });

  test("to terms that would do: proposed again, they are accepted", () => {
    const asked = { terms: { ...defaultTerms, toleranceBps: 10_000, strikes: 100, bandBps: 5_000 } };
    const first = checkPropose(input({}, asked));
    if (first.ok || first.counter === undefined) throw new Error("a counter-offer was expected");
    const { target, backing, price: at, terms } = first.counter;
    expect(checkPropose(input({}, { target, backing, price: at, terms }))).toMatchObject({ ok: true, kind: "new" });
  });

  test("are not made when nothing would do", () => {
    const verdict = checkPropose(input({ balances: { receiverMsat: sats(50_000), stakeMsat: sats(0) } }));
    expect(verdict).toMatchObject({ ok: false, code: "insufficient_cover" });
    expect(verdict).not.toHaveProperty("counter");
  });
});

test("a proposal that was accepted before is accepted again, even when it is old by now", () => {
  const verdict = checkPropose(input());
  if (!verdict.ok) throw new Error(verdict.reason);
  const existing = { ...verdict.agreement, status: "active" as const };
  const repeat = { ok: true, kind: "repeat" } as const;
  expect(checkPropose(input({ existing, now: NOW + 9_999 }))).toMatchObject(repeat);
  const ended = { ...existing, status: "ended" as const };
  expect(checkPropose(input({ existing: ended }))).toMatchObject({ ok: false, code: "conflict" });
  expect(checkPropose(input({ existing }, { target: usd(41), backing: sats(41_000) }))).toMatchObject({
    code: "conflict",
  });
});

test("a second agreement is measured together with the first", () => {
  const other = agreement("provider", { id: "ee".repeat(32), targetMicro: usd(20), backing0Msat: sats(20_000) });
  const beside = { withPeer: [other], totalMicro: usd(20) };
  const enough = { receiverMsat: sats(60_000), stakeMsat: sats(15_000) };
  expect(checkPropose(input({ ...beside, balances: enough }))).toMatchObject({ ok: true, cover: { dropBps: 2_000 } });
  const short = { receiverMsat: sats(60_000), stakeMsat: sats(14_999) };
  expect(checkPropose(input({ ...beside, balances: short }))).toMatchObject({ code: "insufficient_cover" });
});
