/** All roles at once, with the money that moves between them. */

import type { Role } from "../node/port.ts";
import { beside, blank, centred, type Line, panel, type Span, say, sized } from "./line.ts";
import { dollars, ofMicro, percentOf, satsOf, shortSats } from "./money-text.ts";
import { exposureOf, leverageText, live } from "./peg.ts";
import type { State } from "./state.ts";
import { activity, channelLine, charts, coverOf, driftOf, roleTone } from "./view-parts.ts";
import { pair, ROOMY, stack, whatNext } from "./view-stack.ts";

const LINK = 3;

export function allRoles(state: State, width: number, height: number): Line[] {
  const card = Math.floor((width - 2 * LINK) / 3);
  const rest = width - 2 * LINK - 3 * card;
  const tall = 7;
  const cards = beside([
    roleCard("exchange", state, card, tall),
    link(state, "exchange", "lsp", tall),
    roleCard("lsp", state, card + rest, tall),
    link(state, "lsp", "user", tall),
    roleCard("user", state, card, tall),
  ]);
  const chartRows = height >= ROOMY ? 9 : height >= 24 ? 6 : 4;
  return stack(
    [
      { lines: cards },
      { lines: channelLines(state, width) },
      { lines: whatNext(state, width, 3) },
      { lines: charts(state, width, chartRows) },
    ],
    (left) => (left < 2 ? [] : activity(state, undefined, width, left)),
    width,
    height,
  );
}

/** The two links of the demo, each channel once. */
function channelLines(state: State, width: number): Line[] {
  const exchange = state.roles.exchange.info?.node_id;
  const ordered = state.roles.lsp.channels.toSorted(
    (a, b) => Number(b.counterparty === exchange) - Number(a.counterparty === exchange),
  );
  const lines = ordered.slice(0, 3).map((channel) => {
    const from = state.setting.roles.find((role) => state.roles[role].info?.node_id === channel.counterparty);
    const mirrored =
      from === undefined ? undefined : state.roles[from].channels.find((one) => one.channel_id === channel.channel_id);
    if (from === undefined || mirrored === undefined) return channelLine(channel, "lsp", state, width);
    return from === "exchange" ? channelLine(mirrored, from, state, width) : channelLine(channel, "lsp", state, width);
  });
  return lines.length === 0 ? [sized([say("no channels between them yet", "faint")], width)] : lines;
}

/** Between two cards: the way money takes, lit for a moment when some moves. */
function link(state: State, left: Role, right: Role, height: number): Line[] {
  const { flow } = state;
  const joined = state.roles[left].channels.some((one) => one.counterparty === state.roles[right].info?.node_id);
  const moving = flow !== undefined && [flow.from, flow.to].every((role) => role === left || role === right);
  const arrow = !moving ? (joined ? "───" : " · ") : flow.from === left ? "━━▶" : "◀━━";
  const middle = Math.floor(height / 2);
  return Array.from({ length: height }, (_, i) =>
    i === middle ? [say(arrow, moving ? "dollar" : joined ? "dim" : "faint")] : sized(blank, LINK),
  );
}

/** Where a card is so narrow, every word is the short one. */
const NARROW = 18;
const shortWords: Readonly<Record<string, string>> = {
  "on chain": "chain",
  channels: "chans",
  lightning: "chans",
  bitcoin: "btc",
  "worth now": "worth",
  leverage: "lever",
  "fees earned": "fees",
  payments: "paid",
};

/** A label and its value; in a narrow card without what goes without saying. */
function row(label: string, value: Span, width: number): Line {
  if (width >= NARROW) return pair(label, [value], width);
  return pair(shortWords[label] ?? label, [{ ...value, text: value.text.replace(/ sat$/, "") }], width);
}

function roleCard(role: Role, state: State, width: number, height: number): Line[] {
  const own = state.roles[role];
  const { flow } = state;
  const title: Span[] = [say(role, roleTone[role])];
  if (flow?.to === role) title.push(say(` +${satsOf(flow.msat)} sat`, "dollar"));
  if (flow?.from === role) title.push(say(` -${satsOf(flow.msat)} sat`, "bitcoin"));
  if (own.down !== undefined)
    return panel([say(role, roleTone[role]), say(" is off", "bad")], [[say(own.down, "warn")]], width, height, "bad");
  if (own.balance === undefined)
    return panel(title, [[say(state.phase === "starting" ? "starting" : "reading", "faint")]], width, height);
  const body =
    role === "user"
      ? userCard(state, width - 4)
      : role === "lsp"
        ? lspCard(state, width - 4)
        : exchangeCard(state, width - 4);
  return panel(title, body, width, height);
}

function userCard(state: State, width: number): Line[] {
  const own = state.roles.user;
  const [peg] = live(own);
  const balance = own.balance;
  if (peg === undefined) {
    return [
      centred([say("$0.00", "dim")], width),
      row("lightning", say(shortSats(balance?.lightning_sat ?? 0n), "bitcoin"), width),
      row("on chain", say(shortSats(balance?.onchain_sat ?? 0n), "bitcoin"), width),
      [say("nothing is stable yet", "faint")],
    ];
  }
  return [
    centred([say(dollars(peg.target_usd), "dollar")], width),
    row("bitcoin", say(`${satsOf(peg.native_msat)} sat`, "bitcoin"), width),
    row("worth now", say(peg.value_usd === null ? "unknown" : dollars(peg.value_usd, 4)), width),
    width < NARROW
      ? row("to", say(peg.covered_to_usd === null ? "–" : dollars(peg.covered_to_usd, 0)), width)
      : coverOf(peg, width < 26),
    width < NARROW
      ? row("drift", say(peg.drift_bps === null ? "–" : percentOf(peg.drift_bps, true)), width)
      : driftOf(peg, width),
  ];
}

function lspCard(state: State, width: number): Line[] {
  const own = state.roles.lsp;
  const exposure = exposureOf(own);
  return [
    row("owed", say(dollars(ofMicro(exposure.targetMicro)), exposure.targetMicro > 0n ? "dollar" : "dim"), width),
    row("on chain", say(shortSats(own.balance?.onchain_sat ?? 0n), "bitcoin"), width),
    row("channels", say(shortSats(own.balance?.lightning_sat ?? 0n), "bitcoin"), width),
    row("leverage", say(leverageText(exposure)), width),
    row("fees earned", say(own.income === undefined ? "–" : `${satsOf(own.income.total_msat)} sat`, "good"), width),
  ];
}

function exchangeCard(state: State, width: number): Line[] {
  const own = state.roles.exchange;
  const ready = own.channels.filter((one) => one.usable).length;
  const payments = own.payments.filter(
    (one) => one.direction === "outbound" && one.kind !== "onchain" && one.status === "succeeded",
  );
  return [
    row("on chain", say(shortSats(own.balance?.onchain_sat ?? 0n), "bitcoin"), width),
    row("channels", say(shortSats(own.balance?.lightning_sat ?? 0n), "bitcoin"), width),
    row(
      "ready",
      say(own.channels.length > 0 ? `${ready} of ${own.channels.length}` : width < NARROW ? "none" : "no channel"),
      width,
    ),
    row("payments", say(String(payments.length)), width),
  ];
}
