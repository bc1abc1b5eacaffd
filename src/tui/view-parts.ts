/** Pieces that several screens show: positions, channels, charts, activity. */
import type { Role } from "../node/port.ts";
import { capacityBar } from "./capacity-bar.ts";
import { brailleChart, gauge, scaleOf } from "./chart.ts";
import { debtOn, debtText } from "./debts.ts";
import { beside, blank, block, heading, type Line, padTo, type Span, say, sized, type Tone, wrap } from "./line.ts";
import { dollars, percentOf, satsOf, shortSats, worth } from "./money-text.ts";
import { confirmationsText, nameOf } from "./names.ts";
import { GAUGE_BPS, live } from "./peg.ts";
import type { Agreement, Channel } from "./readings.ts";
import { slots } from "./series.ts";
import { type Activity, ranges, type State } from "./state.ts";

export const roleTone: Readonly<Record<Role, Tone>> = { exchange: "exchange", user: "user", lsp: "lsp" };

const statusTone: Readonly<Record<string, Tone>> = { active: "good", proposed: "accent", ended: "dim" };

/** `-92 %`, whole. */
function dropOf(bps: number): string {
  return `-${Math.round(bps / 100)} %`;
}

/** @param brief without the percentage */
export function coverOf(one: Agreement, brief = false): Line {
  if (one.covered_to_usd === null || one.covered_drop_bps === null) return [say("cover unknown", "warn")];
  const tone: Tone = one.covered_drop_bps < 1000 ? "bad" : one.covered_drop_bps < 2500 ? "warn" : "plain";
  const drop = brief ? [] : [say(`, ${dropOf(one.covered_drop_bps)}`, "dim")];
  return [say("covered to ", "dim"), say(dollars(one.covered_to_usd, 0), tone), ...drop];
}

export function driftOf(one: Agreement, width: number): Line {
  if (one.drift_bps === null) return [say("no price, no drift", "warn")];
  return [
    ...gauge(one.drift_bps, one.band_bps, Math.max(GAUGE_BPS, 2 * one.band_bps), width - 9),
    say(padTo(percentOf(one.drift_bps, true), 9, "right"), driftTone(one.drift_bps)),
  ];
}

export function driftTone(bps: number): Tone {
  const size = Math.abs(bps);
  return size <= GAUGE_BPS / 2 ? "good" : size <= GAUGE_BPS ? "warn" : "bad";
}

/** ` $4.00`, at the present price; nothing where there is none. */
function inDollars(msat: bigint, state: State): string {
  const value = worth(msat, state.price?.price_usd);
  return value === undefined ? "" : ` ${dollars(value)}`;
}

export function settlementsText({ settlements, last_settlement_at: last }: Agreement): string {
  if (settlements === 0) return "not settled yet";
  return `${settlements} settlement${settlements === 1 ? "" : "s"}, last ${last?.slice(11, 19) ?? ""}`;
}

/** One agreement on a few rows, as both sides may read it. */
export function position(one: Agreement, role: Role, state: State, width: number): Line[] {
  const debt = debtOn(state, role, one.agreement_id);
  const side = one.role === "receiver" ? "held by us, backed by " : "owed to ";
  const lines: Line[] = [
    [
      say(dollars(one.target_usd), "dollar"),
      say(`  ${side}${nameOf(state, one.counterparty)}  `, "dim"),
      say(one.status, statusTone[one.status] ?? "warn"),
    ],
    [
      say("worth ", "dim"),
      say(one.value_usd === null ? "unknown" : dollars(one.value_usd, 4)),
      say("  drift ", "dim"),
      ...driftOf(one, Math.min(width - 24, 34)),
      say(debt === undefined ? "" : `  ${debtText(debt, state)}`, "warn"),
    ],
    [
      say("backing ", "dim"),
      say(`${satsOf(one.backing_msat)} sat`, "dollar"),
      say(inDollars(one.backing_msat, state), "dim"),
      say("  outside the peg ", "dim"),
      say(`${satsOf(one.native_msat)} sat`, "bitcoin"),
      say(inDollars(one.native_msat, state), "dim"),
    ],
    [...coverOf(one), say(`  ${settlementsText(one)}`, "dim")],
  ];
  return one.reason === null ? lines : [...lines, [say(one.reason, "warn")]];
}

/** @param most agreements; how many there are beyond is said */
export function positions(role: Role, state: State, width: number, most: number): Line[] {
  const own = live(state.roles[role]);
  if (own.length === 0) return [[say("No stable channel yet.", "dim")]];
  const lines = own
    .slice(0, most)
    .flatMap((one, n) => [...(n === 0 ? [] : [blank]), ...position(one, role, state, width)]);
  const more = own.length - most;
  return more > 0 ? [...lines, [say(`and ${more} more; the command stable lists them all`, "faint")]] : lines;
}

/** A channel between two ends, ours at the left. */
export function channelLine(channel: Channel, role: Role, state: State, width: number): Line {
  const own = state.roles[role];
  const peer = channel.alias ?? nameOf(state, channel.counterparty);
  const { status, tone } = channelStatus(channel);
  const tail = ` ${padTo(shortSats(channel.capacity_sat), 12, "right")}  ${padTo(status, 10)}`;
  const names = 20;
  const room = Math.max(width - names - tail.length, 6);
  return [
    say(padTo(role, 9), roleTone[role]),
    ...capacityBar(channel, own, room),
    say(` ${padTo(peer, 10)}`, roleTone[toRole(peer) ?? "exchange"]),
    say(tail.slice(0, 13), "dim"),
    say(tail.slice(13), tone),
  ];
}

function toRole(name: string): Role | undefined {
  return name === "user" || name === "lsp" || name === "exchange" ? name : undefined;
}

export function channelStatus(channel: Channel): { status: string; tone: Tone } {
  if (channel.usable && channel.confirmations > 0) return { status: "ready", tone: "good" };
  // It can be used all the same: whoever trusts its peer so far should see that.
  if (channel.usable) return { status: confirmationsText(channel), tone: "warn" };
  if (channel.channel_ready) return { status: "peer away", tone: "warn" };
  if (channel.confirmations > 0 || channel.phase === "CHANNELD_AWAITING_LOCKIN")
    return { status: confirmationsText(channel), tone: "warn" };
  return { status: "opening", tone: "warn" };
}

/** The first channels of a role under a heading. @param most how many */
export function channelSection(role: Role, state: State, width: number, most: number): Line[] {
  const { channels } = state.roles[role];
  if (channels.length === 0) return [];
  const more = channels.length - most;
  return [
    heading([say("channels", "strong"), say(more > 0 ? ` and ${more} more, tab` : "", "faint")], width),
    ...channels.slice(0, most).map((channel) => channelLine(channel, role, state, width)),
  ];
}

/** For the labels at the left of a chart. */
const GUTTER = 9;
const rangeWords = ["1 min", "5 min", "30 min", "2 h"];

function chart(
  title: Line,
  values: readonly number[],
  height: number,
  width: number,
  least: number,
  label: (n: number) => string,
  tone: Tone,
): Line[] {
  const head = heading(title, width);
  if (values.length === 0) return block([head, [say("nothing to draw yet", "faint")]], width, height);
  const scale = scaleOf(values, least);
  const labels = [label(scale.high), label(scale.low)];
  const rows = brailleChart(values, width - GUTTER, height - 1, scale);
  return [
    head,
    ...rows.map((row, i) =>
      sized(
        [
          say(
            padTo(i === 0 ? (labels[0] ?? "") : i === rows.length - 1 ? (labels[1] ?? "") : "", GUTTER - 1, "right"),
            "faint",
          ),
          say(" "),
          say(row, tone),
        ],
        width,
      ),
    ),
  ];
}

export function priceChart(state: State, width: number, height: number): Line[] {
  const range = ranges[state.range] ?? 60;
  const values = slots(state.prices, state.nowMs, range, Math.max(width - GUTTER, 1) * 2);
  const title = [
    say("price", "strong"),
    say(` ${rangeWords[state.range] ?? ""}`, "faint"),
    ...(state.price === undefined ? [] : [say(` ${state.price.label}`, "faint")]),
  ];
  const last = values.at(-1) ?? 0;
  return chart(title, values, height, width, Math.max(last * 0.002, 0.01), (n) => dollars(n.toFixed(2), 0), "bitcoin");
}

/** Of the agreement that has drifted furthest. */
export function driftChart(state: State, width: number, height: number): Line[] {
  const range = ranges[state.range] ?? 60;
  const series =
    Object.values(state.drifts).toSorted(
      (a, b) => Math.abs(b.at(-1)?.value ?? 0) - Math.abs(a.at(-1)?.value ?? 0),
    )[0] ?? [];
  const values = slots(series, state.nowMs, range, Math.max(width - GUTTER, 1) * 2);
  const title = [say("drift from the target", "strong"), say(` ${rangeWords[state.range] ?? ""}`, "faint")];
  return chart(title, values, height, width, 40, (n) => `${(n / 100).toFixed(1)} %`, "dollar");
}

export function charts(state: State, width: number, height: number): Line[] {
  const left = Math.floor((width - 2) / 2);
  return beside([priceChart(state, left, height), driftChart(state, width - 2 - left, height)], 2);
}

function activityLine(one: Activity, withRole: boolean): Span[] {
  const time = new Date(one.at).toISOString().slice(11, 19);
  return [
    say(`${time} `, "faint"),
    ...(withRole ? [say(`${padTo(one.role, 9)}`, roleTone[one.role])] : []),
    say(one.text, one.tone),
  ];
}

/** Newest at the bottom. @param of left out: all roles */
export function activity(state: State, of: Role | undefined, width: number, height: number): Line[] {
  const all =
    of === undefined ? state.activity.filter((one) => !one.echo) : state.activity.filter((one) => one.role === of);
  const shown = all.slice(-Math.max(height - 1, 0));
  const lines = shown.map((one) => activityLine(one, of === undefined));
  if (lines.length === 0) lines.push([say("Quiet so far.", "faint")]);
  return block([heading([say("activity", "strong")], width), ...lines], width, height);
}

/** Text on its rows, one tone. */
export function paragraph(text: string, width: number, tone: Tone): Line[] {
  return wrap(text, width).map((row) => [say(row, tone)]);
}
