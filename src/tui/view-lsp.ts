/** The LSP in full: what it owes, what a fall would cost, what it earned, who does not pay. */
import { type Debt, debtsOf, debtText, unpaidText } from "./debts.ts";
import { beside, block, heading, type Line, say } from "./line.ts";
import { dollars, ofMicro, satsOf, shortSats } from "./money-text.ts";
import { type Exposure, exposureOf, leverageText, live, stressDrops, stressOf } from "./peg.ts";
import type { RoleState, State } from "./state.ts";
import { channelSection, charts, positions } from "./view-parts.ts";
import { pair, ROOMY, whatNext } from "./view-stack.ts";

/** From here on what was earned has a column of its own. */
const THREE_COLUMNS = 100;
const GAP = 2;

export function lspSections(state: State, width: number, height: number): Line[][] {
  const own = state.roles.lsp;
  const wide = width >= THREE_COLUMNS;
  const count = wide ? 3 : 2;
  const column = Math.floor((width - (count - 1) * GAP) / count);
  const exposure = exposureOf(own);
  const falls = fallLines(exposure, state, column);
  const blocks = wide
    ? [exposureLines(exposure, column), falls, earnedLines(own, column)]
    : [exposureLines(exposure, column), [...falls, pair("earned", [say(earnedText(own), "good")], column)]];
  return [
    beside(
      blocks.map((lines) => block(lines, column, 5)),
      GAP,
    ),
    whatNext(state, width, 2),
    [
      heading([say("positions", "strong")], width),
      ...debtLines(state, height >= ROOMY ? 4 : 2),
      ...positions("lsp", state, width, height >= ROOMY ? 3 : 1),
    ],
    channelSection("lsp", state, width, height >= ROOMY ? 5 : 2),
    height >= 24 ? charts(state, width, height >= ROOMY ? 8 : 5) : [],
  ];
}

function exposureLines(exposure: Exposure, width: number): Line[] {
  return [
    heading([say("exposure", "strong")], width),
    pair("owed to users", [say(dollars(ofMicro(exposure.targetMicro)), "dollar")], width),
    pair("backing it", [say(shortSats(exposure.backingMsat / 1000n))], width),
    pair("our stake in those channels", [say(shortSats(exposure.stakeMsat / 1000n), "bitcoin")], width),
    pair("leverage", [say(leverageText(exposure))], width),
  ];
}

function fallLines(exposure: Exposure, state: State, width: number): Line[] {
  const price = state.price?.price_usd ?? undefined;
  const rows = stressDrops.map((drop): Line => {
    const label = `-${drop / 100} %`;
    if (price === undefined) return pair(label, [say("no price", "dim")], width);
    const { owedMsat, covered } = stressOf(exposure, price, drop);
    const verdict = covered ? say("covered", "good") : say("NOT COVERED", "bad");
    return pair(label, [say(`pay ${satsOf(owedMsat)} sat `), verdict], width);
  });
  return [heading([say("if bitcoin falls", "strong")], width), ...rows];
}

function earnedText({ income }: RoleState): string {
  if (income === undefined) return "–";
  return `${satsOf(income.total_msat)} sat in ${income.days} days`;
}

function earnedLines({ income }: RoleState, width: number): Line[] {
  const rows = [
    ["opening fees", income?.opening_fees_msat],
    ["routing", income?.forwarding_fees_msat],
    ["conversions", income?.conversion_fees_msat],
    ["in all", income?.total_msat],
  ] as const;
  const title = income === undefined ? "earned" : `earned in ${income.days} days`;
  return [
    heading([say(title, "strong")], width),
    ...rows.map(([label, msat]) => pair(label, [say(msat === undefined ? "–" : `${satsOf(msat)} sat`, "good")], width)),
  ];
}

/** Who does not pay, who owes whom, who is away. @param most rows of debts */
function debtLines(state: State, most: number): Line[] {
  const own = state.roles.lsp;
  const debts = debtsOf(own);
  const away = live(own).filter(
    (one) => !own.peers.some((peer) => peer.node_id === one.counterparty && peer.connected),
  );
  const more = debts.length - most;
  return [
    ...(away.length === 0
      ? []
      : [[say(`${away.length} peer${away.length === 1 ? " is" : "s are"} away and cannot settle`, "warn")]]),
    ...debts.slice(0, most).map((debt) => debtLine(debt, state)),
    ...(more > 0 ? [[say(`and ${more} more that owe or are owed`, "faint")]] : []),
  ];
}

function debtLine(debt: Debt, state: State): Line {
  const tone = debt.unpaid ? "bad" : "warn";
  return [
    say(debt.unpaid ? "DOES NOT PAY  " : "", "bad"),
    say(debtText(debt, state), tone),
    say(`  ${unpaidText(debt)}`, "dim"),
  ];
}
