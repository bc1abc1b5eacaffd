/**
 * Messages that are spelled as they should be and are wrong all the same. Each line of the table: which types it is
 * for, and what it makes of a plausible message. None may change the book.
 */
import { otherSide } from "../../src/stable/book.ts";
import { payloadOf } from "../../src/stable/envelope.ts";
import type { Message, MessageType } from "../../src/stable/messages.ts";
import { MAX_MICRO, micro, msat, type Price, price } from "../../src/stable/units.ts";
import { usd } from "../sim/peer.ts";
import type { Random } from "../sim/random.ts";
import { freshId, type Plain, plausible } from "./plausible.ts";
import { DOLLARS, type Victim } from "./victim.ts";

/** A payload and who signed it; the amount that comes with it. */
export interface Lie {
  payload: string;
  signedBy: "peer" | "stranger" | "nobody";
  amountMsat: bigint;
  byStranger?: boolean;
}

interface Context {
  victim: Victim;
  random: Random;
  type: MessageType;
  plain: Plain;
}

interface Kind {
  types: readonly MessageType[] | "all";
  make: (context: Context) => Lie;
}

const proposals: readonly MessageType[] = ["propose", "revise", "spent", "end"];
const aged: readonly MessageType[] = ["propose", "revise", "end", "claim", "reject", "sync"];
const priced: readonly MessageType[] = ["propose", "revise", "end"];

function told(message: Message, amountMsat = 1n): Lie {
  return { payload: payloadOf(message), signedBy: "peer", amountMsat };
}

/** The same type with other fields; signed as it stands, whether it makes sense or not. */
function changed({ plain }: Context, fields: Record<string, unknown>): Lie {
  const wire: unknown = JSON.parse(payloadOf(plain.message));
  const text = JSON.stringify(sorted({ ...Object(wire), ...fields }));
  return { payload: text, signedBy: "peer", amountMsat: plain.amountMsat };
}

function sorted(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function farPrice(random: Random): Price {
  const far = random.pick([
    1n,
    MAX_MICRO,
    usd(DOLLARS / 2),
    usd(DOLLARS * 2),
    usd(DOLLARS * 1.006),
    usd(DOLLARS * 0.994),
  ]);
  return price(far);
}

const some = (random: Random, most: number): bigint => BigInt(random.int(1, most));

export const lies: Readonly<Record<string, Kind>> = {
  wrong_key: {
    types: "all",
    make: ({ plain, random }) => ({
      payload: payloadOf(plain.message),
      signedBy: random.pick(["stranger", "nobody"]),
      amountMsat: plain.amountMsat,
      byStranger: random.chance(0.5),
    }),
  },
  unknown_agreement: {
    types: ["accept", "reject", "settle", "revise", "spent", "claim", "end", "sync"],
    make: (context) => changed(context, { agreement: freshId(context.random) }),
  },
  old: {
    types: aged,
    make: (context) => {
      const at = context.victim.nowSeconds() - context.random.pick([601, 3_600, 86_400, 400_000_000]);
      return changed(context, { at, ...(context.type === "propose" ? { expires_at: at + 120 } : {}) });
    },
  },
  future: {
    types: aged,
    make: (context) => {
      const at = context.victim.nowSeconds() + context.random.pick([62, 3_600, 86_400, 400_000_000]);
      return changed(context, { at, ...(context.type === "propose" ? { expires_at: at + 120 } : {}) });
    },
  },
  other_channel: {
    types: ["propose"],
    make: (context) => {
      const { random, victim } = context;
      return changed(context, { channel_id: random.pick([victim.otherChannelId, freshId(random), "00".repeat(32)]) });
    },
  },
  expired: {
    types: ["propose"],
    make: (context) => {
      const now = context.victim.nowSeconds();
      return changed(context, { expires_at: now + context.random.pick([0, -1, -100_000, 700, 86_400]) });
    },
  },
  bad_price: {
    types: priced,
    make: ({ type, victim, random }) => told(plausible(type, victim, random, farPrice(random)).message),
  },
  other_state: {
    types: [...proposals, "accept"],
    make: (context) => changed(context, { state_hash: freshId(context.random) }),
  },
  other_rev: {
    types: ["revise", "spent", "end", "accept"],
    make: (context) => changed(context, { rev: context.random.pick([1, 3, 4, 1_000, 4_294_967_295]) }),
  },
  greedy_backing: {
    types: ["propose", "revise", "spent"],
    make: (context) => {
      const field = context.type === "propose" ? "backing" : "backing_after";
      return changed(context, { [field]: context.random.pick(["0", "1", "1000", "2100000000000000000"]) });
    },
  },
  greedy_target: {
    types: ["propose", "revise", "spent"],
    make: (context) => {
      const field = context.type === "propose" ? "target" : "target_after";
      return changed(context, { [field]: context.random.pick(["1", "999999999", "1000000001", `${MAX_MICRO}`]) });
    },
  },
  greedy_terms: {
    types: ["propose"],
    make: (context) => {
      const wire: { terms: object } = JSON.parse(payloadOf(context.plain.message));
      const worse = context.random.pick([
        ...[{ band_bps: 10_000 }, { floor: `${MAX_MICRO}` }, { check_s: 86_400 }, { cooldown_s: 86_400 }],
        ...[{ fee_bps: 10_000 }, { tolerance_bps: 0, band_bps: 101 }, { cover_bps: 9_999 }],
      ]);
      return changed(context, { terms: { ...wire.terms, ...worse } });
    },
  },
  wrong_side: {
    types: ["propose"],
    make: (context) => changed(context, { from_receiver: context.victim.agreement().side === "receiver" }),
  },
  wrong_amount: {
    types: ["settle"],
    make: ({ plain, random }) => ({
      ...told(plain.message),
      amountMsat: random.pick([1n, 1_000n, plain.amountMsat - 1n, plain.amountMsat + 1n, plain.amountMsat * 2n]),
    }),
  },
  one_sat_payer: {
    types: ["settle"],
    make: ({ random, plain: { message } }) => {
      if (message.type !== "settle") throw new Error("a settle was asked for");
      const claimed = msat(some(random, 100_000_000) * 1_000n);
      const total = msat(message.paid_total_after - message.amount_msat + claimed);
      return { ...told({ ...message, amount_msat: claimed, paid_total_after: total }), amountMsat: 1_000n };
    },
  },
  wrong_number: {
    types: ["settle"],
    make: (context) => changed(context, { seq: context.random.pick([1, 3, 4, 1_000, 4_294_967_295]) }),
  },
  wrong_total: {
    types: ["settle"],
    make: (context) => {
      const { plain, random } = context;
      const total = plain.message.type === "settle" ? plain.message.paid_total_after : 0n;
      const wrong = [total - 1n, total + 1n, total + 1_000n, 0n, 2_100_000_000_000_000_000n];
      return changed(context, { paid_total_after: random.pick(wrong).toString() });
    },
  },
  not_asked: {
    types: ["accept", "reject"],
    make: ({ plain }) => told(plain.message),
  },
  not_theirs: {
    // The receiver alone changes the target and spends; a victim that is the receiver hears neither.
    types: ["revise", "spent"],
    make: ({ victim, plain, random }) =>
      victim.agreement().side === "receiver"
        ? told(plain.message)
        : { ...told(plain.message), signedBy: random.pick(["stranger", "nobody"]) },
  },
  not_spent: {
    types: ["spent"],
    make: ({ plain }) => told(plain.message),
  },
  claimed: {
    types: ["claim"],
    make: ({ plain }) => told(plain.message),
  },
  other_book: {
    types: ["sync"],
    make: (context) => {
      const { random, victim } = context;
      const total = otherSide(victim.agreement().side) === "provider" ? "paid_by_me" : "paid_by_you";
      const wrong = { [total]: `${micro(some(random, 1_000_000_000))}` };
      return changed(context, random.pick([wrong, { rev: 9 }, { state_hash: freshId(random) }, wrong]));
    },
  },
  tampered: {
    types: "all",
    make: (context) => {
      const lie = told(context.plain.message, context.plain.amountMsat);
      return { ...lie, signedBy: "nobody" };
    },
  },
};

export function liesFor(type: MessageType): string[] {
  return Object.entries(lies).flatMap(([name, { types }]) => (types === "all" || types.includes(type) ? [name] : []));
}
