/** What is on the screen, at the two sizes everybody has. The clock stands still. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { commands } from "../../src/commands/table.ts";
import { keyTable } from "../../src/tui/keys.ts";
import { plainText, widthOf } from "../../src/tui/line.ts";
import { nextOf } from "../../src/tui/next.ts";
import { statusLines } from "../../src/tui/plain-status.ts";
import { screenOf } from "../../src/tui/screen.ts";
import { paneNames, type State } from "../../src/tui/state.ts";
import { paint, themeNames } from "../../src/tui/theme.ts";
import { helpLines } from "../../src/tui/view-overlay.ts";
import {
  after,
  channelOf,
  demoSetting,
  ids,
  pegOf,
  priceOf,
  readOf,
  settledDemo,
  starting,
  userSetting,
} from "./samples.ts";

const textOf = (state: State): string =>
  screenOf(state)
    .map((line) => plainText(line).trimEnd())
    .join("\n");
const key = (name: string) => ({ type: "press", presses: [{ kind: "text", text: name }] }) as const;
const named = (name: string) => ({ type: "press", presses: [{ kind: "key", name }] }) as const;

const sizes = [
  [80, 24],
  [120, 40],
] as const;

describe.each(sizes)("%ix%i", (columns, rows) => {
  const settled = () => settledDemo(columns, rows);
  const screens: readonly (readonly [string, () => State])[] = [
    ["starting", () => starting(demoSetting, columns, rows)],
    ["all roles", settled],
    ["exchange", () => after(settled(), key("2"))],
    ["user", () => after(settled(), key("3"))],
    ["lsp", () => after(settled(), key("4"))],
    ["channels of all", () => after(settled(), named("tab"))],
    [
      "a payment in flight, and a channel in full",
      () => {
        const busy = channelOf("lsp", { outbound_msat: 29_000_000n, in_flight_msat: 20_000_000n });
        const peg = pegOf("receiver", { backing_msat: 5_000_000n, native_msat: 24_000_000n });
        const read = readOf("user", { channels: [busy], agreements: [peg] });
        return after(settled(), read, key("3"), named("tab"), named("enter"));
      },
    ],
    [
      "log of all",
      () => {
        const lines = [1, 2].map((seq) => ({
          seq: String(seq),
          at: `2026-11-21T12:00:0${seq}Z`,
          level: seq === 1 ? "info" : "warn",
          module: "lightning::ln::channelmanager",
          message: "Funding of 漢字🚀 seen",
        }));
        return after(settled(), readOf("lsp", { log: lines }), named("shift-tab"), named("shift-tab"));
      },
    ],
    [
      "audit of the user",
      () => {
        const line = { seq: 7, at: "2026-11-21T12:00:41Z", kind: "settlement_sent", agreement_id: "a9".repeat(32) };
        const audit = [{ ...line, peer: null, data: '{"msat":"1000000"}', hash: "ff".repeat(32) }];
        return after(settled(), readOf("user", { audit }), key("3"), named("shift-tab"));
      },
    ],
    [
      "a peer that does not pay",
      () => {
        const owed = { value_usd: "4.050000", drift_bps: 125, strikes: 2 };
        const frozen = { status: "frozen", reason: "3 claims went unanswered, 55 sat are due" };
        return after(settled(), readOf("lsp", { agreements: [pegOf("provider", { ...owed, ...frozen })] }), key("4"));
      },
    ],
    ["forwards of the lsp", () => after(settled(), key("4"), ...Array.from({ length: 4 }, () => named("tab")))],
    ["money asks", () => after(settled(), key("/"), key("user closechannel last"), named("enter"))],
    [
      "price on hold",
      () => after(settled(), priceOf("80000.000000", { status: "hold", reason: "3 of 5 sources disagree" })),
    ],
    [
      "a role is off",
      () => after(settled(), { type: "down", role: "user", reason: "user is not running; start user brings it back." }),
    ],
    [
      "a user alone, without a channel",
      () => after(starting(userSetting, columns, rows), { type: "up" }, priceOf("100000.00"), readOf("user")),
    ],
    [
      "a user alone, waiting for confirmations",
      () => {
        const opening = channelOf("lsp", {
          channel_ready: false,
          usable: false,
          confirmations: 3,
          phase: "CHANNELD_AWAITING_LOCKIN",
        });
        return after(starting(userSetting, columns, rows), { type: "up" }, readOf("user", { channels: [opening] }));
      },
    ],
  ];

  test.each(screens)("%s", (_, make) => {
    expect(textOf(make())).toMatchSnapshot();
  });
});

test.each([
  [60, 20],
  [250, 70],
])("all roles on %ix%i", (columns, rows) => {
  expect(textOf(settledDemo(columns, rows))).toMatchSnapshot();
});

test("the help is made from the tables of keys and commands", () => {
  const help = helpLines(settledDemo(), 200).map(plainText).join("\n");
  for (const row of keyTable.filter(({ contexts, action }) => contexts.length > 0 && action !== "price-down")) {
    expect(help).toContain(row.what);
  }
  for (const command of commands) expect(help).toContain(command.summary);
  for (const verb of demoSetting.verbs) expect(help).toContain(verb.summary);
});

test("the palette finds commands by name and by what they do", () => {
  expect(textOf(after(settledDemo(), named("ctrl-k"), key("listall")))).toContain("listallchannels");
  expect(textOf(after(settledDemo(), named("ctrl-k"), key("opens a channel")))).toContain("getjitinvoice");
});

test("the line says what stands at its cursor, with the form it has", () => {
  const hinted = textOf(after(settledDemo(160, 24), key("/"), key("user startstablechannel last true ")));
  expect(hinted).toContain("USD: dollars such as 4, 4.00 or $4.00");
});

test("who owes whom is said from a cent on, from either side", () => {
  const high = { value_usd: "4.050000", drift_bps: 125 };
  const state = after(
    settledDemo(),
    readOf("user", { agreements: [pegOf("receiver", high)] }),
    readOf("lsp", { agreements: [pegOf("provider", high)] }),
  );
  expect(textOf(after(state, key("3")))).toContain("we owe lsp $0.05");
  expect(textOf(after(state, key("4")))).toContain("user owes us $0.05");
  const low = after(
    state,
    readOf("user", { agreements: [pegOf("receiver", { value_usd: "3.900000", drift_bps: -250 })] }),
  );
  expect(textOf(after(low, key("3")))).toContain("lsp owes us $0.10");
  expect(textOf(after(settledDemo(), key("3")))).not.toContain("owe");
});

test("a channel in use that no block has confirmed is not called ready, and the peg on it not safe", () => {
  const unconfirmed = channelOf("lsp", { confirmations: 0, confirmations_required: 0 });
  const read = readOf("user", { channels: [unconfirmed], agreements: [pegOf("receiver", {})] });
  const alone = after(starting(userSetting, 120, 40), { type: "up" }, priceOf("100000.00"), read);
  for (const shown of [textOf(alone), textOf(after(alone, named("tab"))), statusLines(alone).join("\n")]) {
    expect(shown).toContain("0 conf.");
    expect(shown).not.toMatch(/\bready\b/);
  }
  expect(nextOf(alone)?.text).toContain("it rests on the LSP's word");
  const confirmed = readOf("user", { channels: [channelOf("lsp", { confirmations: 1, confirmations_required: 0 })] });
  expect(textOf(after(alone, confirmed))).toMatch(/\bready\b/);
});

test("while the nodes are being stopped it says so", () => {
  expect(textOf(after(settledDemo(), { type: "leaving" }))).toContain("Stopping cleanly");
});

test("too small a screen says so, in the room there is", () => {
  expect(textOf(settledDemo(50, 15))).toContain("peer-stables needs 60x20; this is 50x15.");
});

const anySize = fc.record({ columns: fc.integer({ min: 1, max: 260 }), rows: fc.integer({ min: 1, max: 80 }) });
const anyKeys = fc.array(
  fc.oneof(
    fc.constantFrom("tab", "enter", "esc", "up", "down", "pagedown", "shift-tab").map(named),
    fc.constantFrom("1", "2", "3", "4", "?", "/", "s", "[", "]", "T", "n", "user stable").map(key),
  ),
  { maxLength: 8 },
);

test("every screen has exactly the terminal's rows and cells, whatever was pressed", () => {
  fc.assert(
    fc.property(
      anySize,
      anyKeys,
      fc.constantFrom("lsp", "漢字🚀 node", "a\u0301 b", ""),
      ({ columns, rows }, keys, alias) => {
        const named = readOf("user", {
          channels: [channelOf("lsp", { alias })],
          peers: [{ node_id: ids.lsp, alias, address: "x:1", connected: true, persisted: true }],
        });
        const lines = screenOf(after(settledDemo(columns, rows), named, ...keys));
        expect(lines.length).toBe(rows);
        for (const line of lines) expect(widthOf(line)).toBe(columns);
      },
    ),
    { numRuns: 300 },
  );
});

test("without colour there is no colour, in every other theme there is", () => {
  const painted = (theme: (typeof themeNames)[number]) =>
    screenOf(settledDemo())
      .map((line) => paint(line, theme))
      .join("");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
  const colour = /\u001b\[[\d;]*(?:3[0-8]|4[0-8]|9\d|10\d)[;m]/;
  for (const theme of themeNames) expect(colour.test(painted(theme))).toBe(theme !== "plain");
});

test("every pane is reached by tab and left by esc", () => {
  let state = settledDemo();
  for (const pane of paneNames) {
    expect(state.pane).toBe(pane);
    state = after(state, named("tab"));
  }
  expect(after(state, named("tab"), named("esc")).pane).toBe("overview");
});
