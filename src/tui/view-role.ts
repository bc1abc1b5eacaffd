/** One role in full. */

import type { Role } from "../node/port.ts";
import { bigText } from "./big-text.ts";
import { blank, block, centred, heading, type Line, padTo, say } from "./line.ts";
import { dollars, ofMicro, percentOf, satsOf, shortSats, worth } from "./money-text.ts";
import { GAUGE_BPS, live } from "./peg.ts";
import type { State } from "./state.ts";
import { lspSections } from "./view-lsp.ts";
import { activity, channelSection, charts, driftChart, driftTone, positions, priceChart } from "./view-parts.ts";
import { ROOMY, stack, whatNext } from "./view-stack.ts";

export function oneRole(role: Role, state: State, width: number, height: number): Line[] {
  const own = state.roles[role];
  if (own.down !== undefined)
    return block([[say(`${role} is off: ${own.down}`, "bad")], ...whatNext(state, width, 2)], width, height);
  const sections = { user: userSections, lsp: lspSections, exchange: exchangeSections }[role](state, width, height);
  return stack(
    sections.map((lines) => ({ lines })),
    (left) => (left < 2 ? [] : activity(state, role, width, left)),
    width,
    height,
  );
}

/** Dollars large, bitcoin small. */
function userSections(state: State, width: number, height: number): Line[][] {
  const own = state.roles.user;
  const pegs = live(own);
  const micro = pegs
    .filter((one) => one.role === "receiver")
    .reduce((sum, one) => sum + BigInt(one.target_usd.replace(".", "")), 0n);
  const native = own.balance?.native_sat ?? 0n;
  const value = worth(native * 1000n, state.price?.price_usd);
  const big = bigText(
    dollars(ofMicro(micro)),
    pegs.length > 0 && pegs.every((one) => one.status === "active") ? "dollar" : "dim",
  );
  const beneath: Line = [
    say("and ", "dim"),
    say(`${shortSats(native)}`, "bitcoin"),
    say(value === undefined ? " outside the peg" : ` outside the peg, ${dollars(value)} today`, "dim"),
  ];
  const [peg] = pegs;
  const verdict: Line =
    peg === undefined ? [say("Nothing is stable yet.", "dim")] : verdictOf(state, peg.drift_bps, peg.status);
  return [
    [blank, ...big.map((line) => centred(line, width)), centred(beneath, width), centred(verdict, width), blank],
    whatNext(state, width, 2),
    [heading([say("position", "strong")], width), ...positions("user", state, width, height >= ROOMY ? 3 : 1)],
    channelSection("user", state, width, height >= ROOMY ? 4 : 1),
    height >= 24 ? charts(state, width, height >= ROOMY ? 9 : 6) : driftChart(state, width, 4),
  ];
}

function verdictOf(state: State, drift: number | null, status: string): Line {
  if (state.price?.status === "hold") return [say(" ON HOLD ", "alarm"), say(` ${state.price.reason ?? ""}`, "warn")];
  if (status !== "active") return [say(`the peg is ${status.replaceAll("_", " ")}`, "warn")];
  if (drift === null) return [say("no price, so nothing is known of the drift", "warn")];
  return Math.abs(drift) <= GAUGE_BPS / 2
    ? [say("stable", "good"), say(`, ${percentOf(drift, true)} from the target`, "dim")]
    : [say("settling", "warn"), say(`, ${percentOf(drift, true)} from the target`, driftTone(drift))];
}

function exchangeSections(state: State, width: number, height: number): Line[][] {
  const own = state.roles.exchange;
  const balance: Line[] = [
    heading([say("funds", "strong")], width),
    [
      say(padTo("on chain", 14), "dim"),
      say(shortSats(own.balance?.onchain_sat ?? 0n), "bitcoin"),
      say(`   spendable ${shortSats(own.balance?.onchain_spendable_sat ?? 0n)}`, "dim"),
    ],
    [say(padTo("in channels", 14), "dim"), say(shortSats(own.balance?.lightning_sat ?? 0n), "bitcoin")],
  ];
  const payments = own.payments.filter((one) => one.amount_msat !== 1n).slice(-(height >= ROOMY ? 8 : 4));
  const rows = payments.map(
    (one): Line => [
      say(`${one.updated_at.slice(11, 19)} `, "faint"),
      one.direction === "inbound" ? say("in   ", "good") : say("out  ", "bitcoin"),
      say(padTo(one.kind.replaceAll("_", " "), 13), "dim"),
      say(padTo(`${satsOf(one.amount_msat ?? 0n)} sat`, 18, "right")),
      say(`  ${one.status}`, one.status === "succeeded" ? "good" : one.status === "failed" ? "bad" : "warn"),
    ],
  );
  return [
    balance,
    whatNext(state, width, 2),
    channelSection("exchange", state, width, height >= ROOMY ? 6 : 3),
    [heading([say("payments", "strong")], width), ...(rows.length === 0 ? [[say("none yet", "faint")]] : rows)],
    height >= 20 ? priceChart(state, width, height >= ROOMY ? 9 : 5) : [],
  ];
}
