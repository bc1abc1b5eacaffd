/** What is worth a bell: a drift beyond the gauge, thin cover, a peer that is gone, a price that can't be used. */
import { dollars, percentOf } from "./money-text.ts";
import { roleOf } from "./names.ts";
import { GAUGE_BPS } from "./peg.ts";
import type { Agreement } from "./readings.ts";
import type { State } from "./state.ts";

export type AlertKind = "off" | "bell" | "notify";

/** A fall of so much would exhaust the provider: too near to leave it at a line on the screen. */
const THIN_COVER_BPS = 1000;

const adrift = (one: Agreement | undefined): boolean => Math.abs(one?.drift_bps ?? 0) > GAUGE_BPS;
const thin = (one: Agreement | undefined): boolean => (one?.covered_drop_bps ?? THIN_COVER_BPS) < THIN_COVER_BPS;

/** Each once, when it begins. */
export function alertsOf(before: State, after: State): string[] {
  if (before.roles === after.roles && before.price === after.price) return [];
  return [...priceAlerts(before, after), ...after.setting.roles.flatMap((role) => roleAlerts(before, after, role))];
}

function priceAlerts({ price: was }: State, { price: is }: State): string[] {
  if (was?.status !== "ok" || is === undefined || is.status === "ok") return [];
  return [`The price is ${is.status === "hold" ? "on hold" : "stale"}${is.reason === null ? "" : `: ${is.reason}`}`];
}

function roleAlerts(before: State, after: State, role: State["setting"]["roles"][number]): string[] {
  const [was, is] = [before.roles[role], after.roles[role]];
  if (was === is) return [];
  const pegs = new Map(was.agreements.map((one) => [one.agreement_id, one]));
  const peers = new Map(was.peers.map((one) => [one.node_id, one]));
  // Both ends of a peg drift alike: where both are here, the receiver tells.
  const drifted = is.agreements.filter(
    (one) =>
      adrift(one) &&
      !adrift(pegs.get(one.agreement_id)) &&
      (one.role === "receiver" || roleOf(after, one.counterparty) === undefined),
  );
  const uncovered = is.agreements.filter((one) => thin(one) && !thin(pegs.get(one.agreement_id)));
  const gone = is.peers.filter((one) => !one.connected && peers.get(one.node_id)?.connected === true);
  return [
    ...drifted.map(
      (one) => `${role}: the ${dollars(one.target_usd)} peg is ${percentOf(one.drift_bps ?? 0, true)} off`,
    ),
    ...uncovered.map(
      (one) =>
        `${role}: the ${dollars(one.target_usd)} peg is covered for ${percentOf(one.covered_drop_bps ?? 0)} only`,
    ),
    ...gone.map((one) => `${role}: ${one.alias ?? one.node_id.slice(0, 10)} is gone`),
  ];
}

/** BEL, or OSC 9 as several terminals turn it into a notice of the desktop. */
export function alertSequence(kind: AlertKind, text: string): string {
  if (kind === "off") return "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing in the text may end the sequence early
  return kind === "bell" ? "\u0007" : `\u001b]9;${text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ")}\u0007`;
}
