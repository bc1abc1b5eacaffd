/** What changed on the screen since somebody was last told, in words, a line for each. Pure. */
import { alertsOf } from "./alerts.ts";
import { microOf } from "./money-text.ts";
import { roleOf } from "./names.ts";
import { nextOf } from "./next.ts";
import { live } from "./peg.ts";
import { headerLine, positionLine, priceLine } from "./plain-status.ts";
import type { State } from "./state.ts";

/** What was told, and with which price. */
export interface Told {
  state: State;
  priceMicro: bigint | undefined;
}

/** A price is told again once it moved by so much; each tick would drown everything else. */
const TOLD_AGAIN_BPS = 50n;

const priceMicroOf = ({ price }: State): bigint | undefined =>
  price === undefined || price.price_usd === null ? undefined : microOf(price.price_usd);

export const toldOf = (state: State): Told => ({ state, priceMicro: priceMicroOf(state) });

export function news(told: Told, now: State): { lines: string[]; told: Told } {
  const price = priceNews(told, now);
  return {
    lines: [
      ...headerNews(told.state, now),
      ...price,
      ...activityNews(told.state, now),
      ...alertsOf(told.state, now).filter((text) => !text.startsWith("The price")),
      ...positionNews(told.state, now),
      ...nextNews(told.state, now),
    ],
    told: { state: now, priceMicro: price.length > 0 ? priceMicroOf(now) : told.priceMicro },
  };
}

function headerNews(before: State, now: State): string[] {
  if (before.roles === now.roles) return [];
  const line = headerLine(now);
  return line === headerLine(before) ? [] : [line];
}

function priceNews({ state: before, priceMicro }: Told, now: State): string[] {
  const micro = priceMicroOf(now);
  if (before.price?.status !== now.price?.status || priceMicro === undefined)
    return now.price === undefined ? [] : [priceLine(now)];
  if (micro === undefined) return [];
  const moved = micro > priceMicro ? micro - priceMicro : priceMicro - micro;
  return moved * 10_000n >= priceMicro * TOLD_AGAIN_BPS ? [priceLine(now)] : [];
}

function activityNews(before: State, now: State): string[] {
  const last = before.activity.at(-1);
  const from = last === undefined ? 0 : now.activity.lastIndexOf(last) + 1;
  return now.activity
    .slice(from)
    .filter((one) => !one.echo)
    .map((one) => `${new Date(one.at).toISOString().slice(11, 19)} ${one.role}: ${one.text}`);
}

/** Where a settlement, an agreement or an end changed it; not where the price alone did. */
function positionNews(before: State, now: State): string[] {
  return now.setting.roles.flatMap((role) => {
    const known = new Map(before.roles[role].agreements.map((one) => [one.agreement_id, one]));
    return live(now.roles[role])
      .filter((one) => one.role === "receiver" || roleOf(now, one.counterparty) === undefined)
      .filter((one) => {
        const was = known.get(one.agreement_id);
        const same = ["status", "target_usd", "settlements", "backing_msat"] as const;
        return was === undefined || same.some((field) => was[field] !== one[field]);
      })
      .map((one) => `${role}: ${positionLine(one, now)}`);
  });
}

function nextNews(before: State, now: State): string[] {
  const next = nextOf(now, "type next");
  // A step that is under way is told by what it does.
  if (now.touring) return [];
  if (next === undefined || next.text === nextOf(before, "type next")?.text) return [];
  return [`next: ${next.text}${next.line === undefined ? "" : ` ${next.line}`}`];
}
