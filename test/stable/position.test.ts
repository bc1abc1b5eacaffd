import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  actionDueOf,
  driftBps,
  driftMicro,
  dueOf,
  isTriggered,
  type Position,
  scaledDrift,
  triggerPrices,
  valueAt,
} from "../../src/stable/position.ts";
import { termsPresets } from "../../src/stable/terms.ts";
import { MAX_MICRO, MAX_MSAT, type Msat, micro, msat, type Price, price } from "../../src/stable/units.ts";
import { anyPosition, anyPrice, nearPosition } from "./arbitraries.ts";
import { positionVectors } from "./position-vectors.ts";
import { sats, usd, usdPerBtc } from "./samples.ts";

const { bandBps, floorMicro } = termsPresets["stable-channels"];

/** The backing once `amount` is paid by whoever owes at `p`. */
function after(position: Position, p: Price, amount: Msat): Position {
  const paid = scaledDrift(position, p) > 0n ? -amount : amount;
  return { ...position, backingMsat: msat(position.backingMsat + paid) };
}

describe("vectors", () => {
  test.each(positionVectors)("target $target, backing $backing sat, price $price: $payer pays $pays", (vector) => {
    const position = { targetMicro: usd(vector.target), backingMsat: sats(vector.backing), bandBps, floorMicro };
    const p = usdPerBtc(vector.price);
    const due = actionDueOf(position, p);
    expect(due?.payer ?? "none").toBe(vector.payer);
    expect(due?.amountMsat ?? 0n).toBe(sats(vector.pays));
    const settled = due === undefined ? position : after(position, p, due.amountMsat);
    expect(settled.backingMsat).toBe(sats(vector.backingAfter));
  });

  test("a dollar figure is exact at a round price", () => {
    const position = { targetMicro: usd(500), backingMsat: sats(500_000), bandBps, floorMicro };
    expect(valueAt(position, usdPerBtc(100_050))).toBe(micro(500_250_000n));
    expect(driftMicro(position, usdPerBtc(100_050))).toBe(250_000n);
    expect(driftBps(position, usdPerBtc(100_050))).toBe(5);
    expect(driftMicro(position, usdPerBtc(90_000))).toBe(-50_000_000n);
    expect(driftBps(position, usdPerBtc(90_000))).toBe(-1_000);
  });

  test("an empty target has no relative drift, and its backing is owed whole", () => {
    const position = { targetMicro: usd(0), backingMsat: msat(5_999n), bandBps: 0, floorMicro: usd(0) };
    expect(driftBps(position, usdPerBtc(100_000))).toBe(0);
    expect(actionDueOf(position, usdPerBtc(100_000))).toEqual({ payer: "receiver", amountMsat: sats(5) });
  });

  test("what is due is capped at all the bitcoin there are", () => {
    const position = { targetMicro: usd(10_000_000_000n), backingMsat: msat(0n), bandBps, floorMicro };
    expect(actionDueOf(position, price(1n))).toEqual({ payer: "provider", amountMsat: msat(MAX_MSAT) });
  });
});

test("after what is due is paid, less than a satoshi of drift is left and nobody has to act at that price", () => {
  fc.assert(
    fc.property(nearPosition, ({ position, at }) => {
      const due = dueOf(position, at);
      const settled = due === undefined ? position : after(position, at, due.amountMsat);
      const drift = scaledDrift(settled, at);
      expect(drift < 0n ? -drift : drift).toBeLessThan(at * 1_000n);
      expect(dueOf(settled, at)).toBeUndefined();
      expect(actionDueOf(settled, at)).toBeUndefined();
    }),
    { numRuns: 2_000 },
  );
});

test("the receiver pays when it holds too much, the provider when too little, whole satoshis, never past the target", () => {
  fc.assert(
    fc.property(nearPosition, ({ position, at }) => {
      const due = dueOf(position, at);
      if (due === undefined) return;
      expect(due.amountMsat % 1_000n).toBe(0n);
      expect(due.payer).toBe(scaledDrift(position, at) > 0n ? "receiver" : "provider");
      const left = scaledDrift(after(position, at, due.amountMsat), at);
      if (left !== 0n) expect(left > 0n).toBe(due.payer === "receiver");
    }),
    { numRuns: 2_000 },
  );
});

test("a payment of one satoshi pays off one satoshi", () => {
  fc.assert(
    fc.property(nearPosition, ({ position, at }) => {
      const before = dueOf(position, at);
      if (before === undefined) return;
      const rest = dueOf(after(position, at, sats(1)), at)?.amountMsat ?? 0n;
      expect(rest).toBe(before.amountMsat - 1_000n);
    }),
    { numRuns: 2_000 },
  );
});

describe("trigger prices", () => {
  function agrees(position: Position, p: bigint): void {
    if (p < 1n || p > MAX_MICRO) return;
    expect(isTriggered(triggerPrices(position), p)).toBe(actionDueOf(position, price(p)) !== undefined);
  }

  test("say the same as the rule at any price", () => {
    fc.assert(fc.property(anyPosition, anyPrice, agrees), { numRuns: 20_000 });
    fc.assert(
      fc.property(nearPosition, ({ position, at }) => agrees(position, at)),
      { numRuns: 20_000 },
    );
  });

  test("are exact to the last micro-dollar", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyPosition,
          nearPosition.map((near) => near.position),
        ),
        (position) => {
          const { low, high } = triggerPrices(position);
          for (const p of [low - 1n, low, low + 1n, high - 1n, high, high + 1n]) agrees(position, p);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  test("an empty position is never triggered", () => {
    const triggers = triggerPrices({ targetMicro: usd(0), backingMsat: msat(0n), bandBps: 0, floorMicro: usd(0) });
    expect(isTriggered(triggers, 1n)).toBe(false);
    expect(isTriggered(triggers, MAX_MICRO)).toBe(false);
  });
});
