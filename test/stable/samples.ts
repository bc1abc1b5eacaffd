/** Plain, fixed agreements and messages to start a test from. */
import type { Agreement, Side } from "../../src/stable/agreement.ts";
import { proposedAgreement } from "../../src/stable/book.ts";
import { stateHash } from "../../src/stable/canonical.ts";
import { defaultTerms } from "../../src/stable/terms.ts";
import { MICRO_PER_USD, type Micro, type Msat, micro, msat, type Price, price } from "../../src/stable/units.ts";

export const RECEIVER = `02${"aa".repeat(32)}`;
export const PROVIDER = `03${"bb".repeat(32)}`;
export const CHANNEL = "cd".repeat(32);
export const AGREEMENT = "01".repeat(32);
export const NOW = 1_790_000_000;

export function usd(dollars: number | bigint): Micro {
  return micro(BigInt(dollars) * MICRO_PER_USD);
}

export function usdPerBtc(dollars: number | bigint): Price {
  return price(BigInt(dollars) * MICRO_PER_USD);
}

export function sats(n: number | bigint): Msat {
  return msat(BigInt(n) * 1_000n);
}

/** $100 with its fair backing at $100,000, as the given side sees it; anything may be overridden. */
export function agreement(side: Side, changes: Partial<Agreement> = {}): Agreement {
  const draft = {
    agreement: AGREEMENT,
    at: NOW,
    channel_id: CHANNEL,
    from_receiver: true,
    target: usd(100),
    backing: sats(100_000),
    price: usdPerBtc(100_000),
    sources: 3,
    terms: defaultTerms,
    expires_at: NOW + 300,
  };
  const weAre = side === "receiver";
  const parties = { us: weAre ? RECEIVER : PROVIDER, peer: weAre ? PROVIDER : RECEIVER, proposedByUs: weAre };
  const made: Agreement = { ...proposedAgreement(draft, parties, NOW), status: "active", ...changes };
  return { ...made, stateHash: stateHash(made) };
}
