/** What the rest of the program sees of a price. Types only. */
import type { Price } from "../stable/units.ts";

export interface SourceView {
  name: string;
  price?: Price;
  ageMs?: number;
  /** ok, stale, out_of_band, banned, error, pending; `detail` says more in words. */
  state: "ok" | "stale" | "out_of_band" | "banned" | "error" | "pending" | "reference";
  detail?: string;
}

export interface PriceView {
  /** The last accepted price, if any. */
  price?: Price;
  /** Milliseconds on the price's own clock when it was accepted. */
  acceptedAtMs?: number;
  /** ok: fresh; stale: older than the freshest purpose allows; hold: nothing may be settled on it. */
  status: "ok" | "stale" | "hold";
  /** Why it is on hold or stale. */
  reason?: string;
  sources: SourceView[];
  /** How many sources agreed on the accepted price. */
  agreeing: number;
  /** e.g. "scenario calm (synthetic)", "fixed", "live". */
  label: string;
  synthetic: boolean;
}

/** For what a price is wanted: 10 s old at most for open, resize and close, 60 s for settle. */
export type Purpose = "open" | "settle";

export type Usable =
  | { ok: true; price: Price; sources: number }
  | { ok: false; code: "no_price" | "stale_price"; reason: string };

export interface PriceFeed {
  view(): PriceView;
  /** The accepted price if it is fresh enough for the purpose. */
  usable(purpose: Purpose): Usable;
  /** Called for every accepted price, hold and recovery; `byHand` when a person set it. Returns the way to stop. */
  onUpdate(listener: (update: { byHand: boolean }) => void): () => void;
  /** Sets the price by hand. @throws PriceError `price_not_settable` where the source is not one for that */
  set(price: Price): void;
  /** Goes over to a named scenario. @throws PriceError `price_not_settable`, `bad_argument` */
  scenario(name: string): void;
  start(): void;
  stop(): void;
}
