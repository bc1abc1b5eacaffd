/** The edges of the screen: header, tabs, footer, command line. */

import type { Role } from "../node/port.ts";
import { chainTrouble } from "./chain-words.ts";
import { complete, hintFor } from "./complete.ts";
import { contextsOf } from "./contexts.ts";
import { search } from "./history.ts";
import { footerKeys } from "./keys.ts";
import { apart, blank, hitting, type Line, type Span, say, shorten, type Tone } from "./line.ts";
import { dollars, percentOf } from "./money-text.ts";
import { isScannable } from "./qr.ts";
import { besidePane, paneNames, ranges, type State, tabOf, tabsOf } from "./state.ts";

const networkTone: Readonly<Record<string, Tone>> = { bitcoin: "alarm", regtest: "dim" };

function priceSpans(state: State, brief: boolean): Span[] {
  const { price } = state;
  if (price === undefined || price.price_usd === null) return [say("no price yet", "warn")];
  const first = state.prices.find((point) => point.at >= state.nowMs - (ranges[state.range] ?? 60) * 1000);
  const now = Number(price.price_usd);
  const change = first === undefined ? 0 : Math.round(((now - first.value) / first.value) * 10_000);
  const arrow: Span = change > 0 ? say(" ▲ ", "good") : change < 0 ? say(" ▼ ", "bad") : say(" · ", "dim");
  const agreed = price.sources.filter((one) => one.state === "ok").length;
  const count = `${agreed}/${price.sources.length}${brief ? "" : " agree"}`;
  const sources = price.sources.length > 1 ? count : (price.sources[0]?.name ?? "");
  return [
    say("1 BTC ", "dim"),
    say(dollars(price.price_usd), "strong"),
    arrow,
    ...(change === 0 || brief ? [] : [say(`${percentOf(Math.abs(change))} `, "dim")]),
    say(sources, "dim"),
    ...ageSpans(state),
  ];
}

/** Fresh says nothing; from ten seconds on the age is told, from hold or stale on it cannot be missed. */
function ageSpans({ price, nowMs, priceAt }: State): Span[] {
  if (price === undefined) return [];
  if (price.status !== "ok")
    return [say(" "), say(` ${price.status === "hold" ? "PRICE ON HOLD" : "PRICE IS STALE"} `, "alarm")];
  const ages = price.sources.flatMap((one) => one.age_ms ?? []);
  const age = Math.floor((Math.min(...ages, 0) + nowMs - priceAt) / 10_000) * 10;
  return age >= 10 && price.sources.length > 1 ? [say(` · ${age} s old`, "warn")] : [];
}

/** Below this the name gives way to the height and the state of the node. */
const NARROW = 72;

/** From here on there is room for every word. */
const WIDE = 104;

function nodeSpans(state: State, width: number): Span[] {
  const brief = width < WIDE;
  const tab = tabOf(state);
  const shown = tab === "all" ? state.setting.roles : [tab];
  const infos = shown.flatMap((role) => state.roles[role].info ?? []);
  const height = Math.max(0, ...infos.map((info) => info.block_height));
  const synced = infos.length > 0 && infos.every((info) => info.synced);
  const trouble = infos.map((info) => chainTrouble(info.chain_state)).find((words) => words !== undefined);
  const peers = shown.reduce((sum, role) => sum + state.roles[role].peers.filter((one) => one.connected).length, 0);
  if (state.phase === "starting") return [say("starting", "warn")];
  const alias = infos[0]?.alias;
  return [
    ...(tab === "all" || brief || alias === undefined || alias === tab ? [] : [say(`${alias} · `, "strong")]),
    ...(tab === "all" || brief ? [] : [say(`${peers} peer${peers === 1 ? "" : "s"} · `, "dim")]),
    say(`${width < NARROW ? "#" : "block "}${height} `, "dim"),
    trouble === undefined ? say(synced ? "in sync" : "syncing", synced ? "good" : "warn") : say(trouble, "bad"),
  ];
}

export function header(state: State, width: number): Line {
  const { network, demo } = state.setting;
  const left = [
    say(width < NARROW ? " " : " peer-stables ", "strong"),
    say(demo ? "demo " : "", "accent"),
    say(network === "bitcoin" ? " BITCOIN, REAL MONEY " : network, networkTone[network] ?? "warn"),
  ];
  return apart(
    [...left, say("  "), ...nodeSpans(state, width)],
    [say(" "), ...priceSpans(state, width < WIDE), say(" ")],
    width,
  );
}

const roleTone: Readonly<Record<Role, Tone>> = { exchange: "exchange", user: "user", lsp: "lsp" };

export function tabs(state: State, width: number): Line {
  const tab = tabOf(state);
  const names = tabsOf(state.setting);
  const left: Span[] = [say(" ")];
  names.forEach((name, i) => {
    const number = names.length > 1 ? `${i + 1} ` : "";
    const tone = name === "all" ? "strong" : roleTone[name];
    const shown =
      name === tab ? [say(` ${number}${name} `, "select")] : [say(` ${number}`, "faint"), say(`${name} `, tone)];
    left.push(...hitting(shown, { tab: i }), say(" "));
  });
  const right: Span[] = [];
  if (width < WIDE)
    return apart(
      left,
      [
        ...hitting([say(" ‹ ", "faint")], { pane: besidePane(state.pane, -1) }),
        say(` ${state.pane} `, "select"),
        ...hitting([say(" › ", "faint"), say("tab ", "dim")], { pane: besidePane(state.pane, 1) }),
      ],
      width,
    );
  for (const pane of paneNames) {
    right.push(...hitting([say(` ${pane} `, pane === state.pane ? "select" : "dim")], { pane }));
  }
  return apart(left, [...right, say(" ")], width);
}

export function footer(state: State, width: number): Line {
  const { overlay } = state;
  if (overlay?.kind === "confirm" || overlay?.kind === "leave")
    return keyLine(
      [
        ["y", "yes"],
        ["n", "no"],
      ],
      width,
    );
  if (state.focus === "filter")
    return keyLine(
      [
        ["enter", "keep the filter"],
        ["esc", "all rows"],
      ],
      width,
    );
  const copyable =
    overlay === undefined ? state.output?.copy !== undefined || state.pane !== "overview" : overlay.kind !== "help";
  const rows = footerKeys(contextsOf(state))
    .filter((row) => row.action !== "role" || tabsOf(state.setting).length > 1)
    .filter((row) => copyable || row.action !== "copy")
    .filter((row) => row.action !== "qr" || (overlay === undefined && isScannable(state.output?.copy ?? "")));
  return keyLine(
    rows.map((row) => [row.label, short[row.action] ?? row.what]),
    width,
  );
}

/** The footer has room for a word or two. */
const short: Readonly<Record<string, string>> = {
  "next-step": "next step",
  "price-up": "price",
  command: "command",
  "next-pane": "pane",
  role: "role",
  help: "help",
  quit: "quit",
  copy: "copy",
  qr: "QR code",
  details: "details",
  filter: "filter",
  sort: "sort",
  submit: "run",
  complete: "complete",
  search: "search",
  back: "back",
};

function keyLine(pairs: readonly (readonly [string, string])[], width: number): Line {
  const line: Span[] = [say(" ")];
  let used = 1;
  for (const [key, what] of pairs) {
    const size = key.length + what.length + 3;
    if (used + size > width) break;
    used += size;
    const shown = [say(key, "key"), say(` ${what}`, "dim")];
    // A label of several keys (`1-4`) is none that could be pressed.
    line.push(...(key.includes("-") || key === "↑↓" ? shown : hitting(shown, { key })), say("  "));
  }
  return line;
}

function withCursor(text: string, at: number): Span[] {
  const [under = " "] = new Intl.Segmenter().segment(text.slice(at));
  const segment = typeof under === "string" ? under : under.segment;
  return [
    say(text.slice(0, at)),
    say(segment, "cursor"),
    say(text.slice(at + (at < text.length ? segment.length : 0))),
  ];
}

/** The prompt; where it is not in use, how to get there. */
export function prompt(state: State, width: number): Line {
  const mark = say(" › ", "key");
  switch (state.focus) {
    case "filter":
      return [say(" filter ", "key"), ...withCursor(state.list.filter, state.list.filter.length)];
    case "search": {
      const hit = search(state.history, state.searching.text, state.searching.skip);
      return [
        say(" search ", "key"),
        ...withCursor(state.searching.text, state.searching.text.length),
        say("  "),
        say(hit ?? "nothing found", "dim"),
      ];
    }
    case "line": {
      // A long line is shown around its cursor.
      const room = Math.max(width - 6, 8);
      const { text, at } = state.editor;
      const from = Math.max(0, Math.min(at - Math.floor(room * 0.7), text.length - room + 1));
      return [mark, ...withCursor(text.slice(from), at - from)];
    }
    case "screen": {
      const last = state.output;
      if (last?.status === "running") return [say(" … ", "warn"), say(last.line, "dim")];
      const idle = [mark, say("press / to type a command", "faint")];
      return state.overlay === undefined ? hitting(idle, { key: "/" }) : idle;
    }
  }
}

const LONGEST_OPTION = 24;

/** Under the prompt: what could follow, or what is expected here. */
export function hint(state: State, width: number): Line {
  if (state.focus !== "line") return blank;
  const head = state.editor.text.slice(0, state.editor.at);
  const { options, from } = complete(head, state);
  const word = head.slice(from);
  const usage = hintFor(head, state);
  const [first] = options;
  if (usage === undefined && options.length === 1 && first !== undefined) {
    return [say("   "), say(first.word, "accent"), say(`  ${first.note}`, "dim")];
  }
  if (usage !== undefined && (word === "" || options.length === 0)) {
    return [say(`   ${usage.usage}`, "dim"), say(usage.expects === "" ? "" : `  ${usage.expects}`, "accent")];
  }
  const line: Span[] = [say("   ")];
  let used = 3;
  for (const option of options) {
    // Of what is too long to read its beginning and where it is from.
    const long = option.word.length > LONGEST_OPTION;
    const rest = long
      ? `${shorten(option.word.slice(word.length), 12)} ${option.note}`
      : option.word.slice(word.length);
    if (used + word.length + rest.length + 4 > width) {
      line.push(say("…", "dim"));
      break;
    }
    used += word.length + rest.length + 2;
    line.push(say(shorten(word, LONGEST_OPTION), "accent"), say(`${rest}  `, "dim"));
  }
  return line;
}
