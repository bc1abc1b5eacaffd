/** A price a simulation sets. It stays fresh until it is held, as that of live venues does. */
import type { PriceFeed, Usable } from "../../src/price/port.ts";
import type { Price } from "../../src/stable/units.ts";

export interface SimFeed extends PriceFeed {
  /** The next accepted price, as a venue would bring it. */
  tick(price: Price): void;
  /** Why there is no price to settle by; undefined: there is one again. */
  hold(reason: string | undefined): void;
}

export function simFeed(first: Price): SimFeed {
  const listeners = new Set<(update: { byHand: boolean }) => void>();
  let current = first;
  let held: string | undefined;

  function notify(byHand: boolean): void {
    for (const listener of [...listeners]) listener({ byHand });
  }

  function usable(): Usable {
    return held === undefined
      ? { ok: true, price: current, sources: 4 }
      : { ok: false, code: "stale_price", reason: held };
  }

  return {
    usable,
    view: () => ({
      price: current,
      status: held === undefined ? "ok" : "hold",
      ...(held === undefined ? {} : { reason: held }),
      sources: [],
      agreeing: 4,
      label: "simulated",
      synthetic: true,
    }),
    onUpdate(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(price) {
      current = price;
      notify(true);
    },
    tick(price) {
      current = price;
      notify(false);
    },
    hold(reason) {
      held = reason;
      notify(false);
    },
    scenario: () => undefined,
    start: () => undefined,
    stop: () => undefined,
  };
}
