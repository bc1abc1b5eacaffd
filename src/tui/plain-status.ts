/** The whole screen in words, a line for each thing: for screen readers, and for terminals that show nothing else. */

import type { Role } from "../node/port.ts";
import { chainTrouble } from "./chain-words.ts";
import { debtsOf, debtText, unpaidText } from "./debts.ts";
import { plainText } from "./line.ts";
import { dollars, ofMicro, percentOf, satsOf, shortSats } from "./money-text.ts";
import { nameOf } from "./names.ts";
import { exposureOf, leverageText, live, pegOn, stressDrops, stressOf } from "./peg.ts";
import type { Agreement, Channel } from "./readings.ts";
import { ranges, type State } from "./state.ts";
import { channelStatus, coverOf, settlementsText } from "./view-parts.ts";

export function statusLines(state: State): string[] {
  return [
    headerLine(state),
    priceLine(state),
    ...chartLines(state),
    ...state.setting.roles.flatMap((role) => roleLines(role, state)),
  ];
}

/** Network, height, peers: what the upper edge of the screen says. */
export function headerLine(state: State): string {
  const { network, demo, roles } = state.setting;
  const where = network === "bitcoin" ? "bitcoin, real money" : network;
  const each = roles.map((role) => {
    const { down, info, peers } = state.roles[role];
    if (down !== undefined) return `${role} is off`;
    if (info === undefined) return `${role} is being read`;
    const count = peers.filter((peer) => peer.connected).length;
    const trouble = chainTrouble(info.chain_state) ?? (info.synced ? undefined : "out of step with the chain");
    const sync = trouble === undefined ? "" : `, ${trouble}`;
    return `${role} at block ${info.block_height} with ${count} peer${count === 1 ? "" : "s"}${sync}`;
  });
  return `${demo ? "demo on " : ""}${where}: ${each.join("; ")}`;
}

export function priceLine({ price }: State): string {
  if (price === undefined || price.price_usd === null) return "price: none yet";
  const agreed = price.sources.filter((one) => one.state === "ok").length;
  const [only, ...others] = price.sources;
  const sources = others.length > 0 ? `${agreed} of ${price.sources.length} sources agree` : (only?.name ?? "");
  const ages = price.sources.flatMap((one) => one.age_ms ?? []);
  const age = Math.round(Math.min(...ages) / 1000);
  const old = ages.length > 0 && age >= 10 ? `, ${age} seconds old` : "";
  const state = price.status === "ok" ? "" : `, ${price.status === "hold" ? "ON HOLD" : "STALE"}`;
  const why = price.status === "ok" || price.reason === null ? "" : `: ${price.reason}`;
  return `price: 1 bitcoin is ${dollars(price.price_usd)}, ${sources}${old}${state}${why}`;
}

/** What the charts show: from where to where in their range. */
function chartLines(state: State): string[] {
  const seconds = ranges[state.range] ?? 60;
  const shown = (points: State["prices"]): readonly number[] => {
    const from = points.findLastIndex((point) => point.at <= state.nowMs - seconds * 1000);
    return points.slice(Math.max(from, 0)).map(({ value }) => value);
  };
  const minutes = seconds === 60 ? "last minute" : `last ${seconds / 60} minutes`;
  const prices = shown(state.prices);
  const drifts = Object.values(state.drifts).flatMap(shown);
  const usd = (n: number): string => dollars(n.toFixed(2));
  return [
    ...(prices.length > 1
      ? [`price in the ${minutes}: ${usd(Math.min(...prices))} to ${usd(Math.max(...prices))}`]
      : []),
    ...(drifts.length > 1
      ? [`drift in the ${minutes}: ${percentOf(Math.min(...drifts), true)} to ${percentOf(Math.max(...drifts), true)}`]
      : []),
  ];
}

function roleLines(role: Role, state: State): string[] {
  const own = state.roles[role];
  if (own.down !== undefined) return [`${role}: off, ${own.down}`];
  if (own.balance === undefined) return [`${role}: not read yet`];
  const { onchain_sat: onchain, lightning_sat: lightning } = own.balance;
  return [
    `${role}: ${shortSats(onchain)} on chain, ${shortSats(lightning)} in channels`,
    ...live(own).map((one) => `${role}: ${positionLine(one, state)}`),
    ...debtsOf(own).map((debt) => {
      const silent = debt.unpaid ? "does not pay: " : "";
      return `${role}: ${silent}${debtText(debt, state)} ${unpaidText(debt)}`;
    }),
    ...own.channels.map((channel) => `${role}: ${channelText(channel, role, state)}`),
    ...own.closing.map((one) => `${role}: ${shortSats(one.amount_sat)} come back from a closed channel`),
    ...(role === "lsp" ? providerLines(state) : []),
  ];
}

/** One agreement on one line, as either side may hear it. */
export function positionLine(one: Agreement, state: State): string {
  const peer = nameOf(state, one.counterparty);
  const drift = one.drift_bps === null ? "drift unknown" : `drift ${percentOf(one.drift_bps, true)}`;
  const worth = one.value_usd === null ? "worth unknown" : `worth ${dollars(one.value_usd, 4)}`;
  return [
    `${dollars(one.target_usd)} ${one.role === "receiver" ? `held, backed by ${peer}` : `owed to ${peer}`}`,
    one.status,
    worth,
    drift,
    `backing ${satsOf(one.backing_msat)} sat`,
    `${satsOf(one.native_msat)} sat outside the peg`,
    plainText(coverOf(one)).replace(", -", ", a fall of "),
    settlementsText(one),
    ...(one.reason === null ? [] : [one.reason]),
  ].join("; ");
}

function channelText(channel: Channel, role: Role, state: State): string {
  const peer = channel.alias ?? nameOf(state, channel.counterparty);
  const peg = pegOn(state.roles[role], channel.channel_id);
  return [
    `channel with ${peer} of ${shortSats(channel.capacity_sat)}, ${channelStatus(channel).status}`,
    `ours ${satsOf(channel.outbound_msat)}, theirs ${satsOf(channel.inbound_msat)}`,
    ...(channel.in_flight_msat === 0n ? [] : [`in flight ${satsOf(channel.in_flight_msat)}`]),
    ...(peg === undefined ? [] : [`${dollars(peg.target_usd)} of it pegged`]),
  ].join("; ");
}

function providerLines(state: State): string[] {
  const own = state.roles.lsp;
  const exposure = exposureOf(own);
  const price = state.price?.price_usd;
  const falls = stressDrops.map((drop) => {
    if (price === null || price === undefined) return "";
    const { owedMsat, covered } = stressOf(exposure, price, drop);
    return `${drop / 100} % costs ${satsOf(owedMsat)} sat, ${covered ? "covered" : "NOT COVERED"}`;
  });
  const { income } = own;
  return [
    ...(exposure.targetMicro === 0n
      ? []
      : [
          `lsp: owes ${dollars(ofMicro(exposure.targetMicro))} in all, leverage ${leverageText(exposure)}`,
          `lsp: if bitcoin falls, ${falls.filter((text) => text !== "").join("; ")}`,
        ]),
    ...(income === undefined
      ? []
      : [
          `lsp: earned in ${income.days} days: opening fees ${satsOf(income.opening_fees_msat)} sat, routing ` +
            `${satsOf(income.forwarding_fees_msat)} sat, conversions ${satsOf(income.conversion_fees_msat)} sat`,
        ]),
  ];
}
