/** What a screen reader is told. The clock stands still. */
import { describe, expect, test } from "bun:test";
import { news, toldOf } from "../../src/tui/plain-news.ts";
import { statusLines } from "../../src/tui/plain-status.ts";
import type { State } from "../../src/tui/state.ts";
import { after, channelOf, demoSetting, ids, pegOf, priceOf, readOf, settledDemo, starting } from "./samples.ts";

const toldFrom = (before: State, ...events: Parameters<typeof after>[1][]): string[] =>
  news(toldOf(before), after(before, ...events)).lines;

test("all that the screen shows, a line for each thing", () => {
  expect(statusLines(settledDemo())).toMatchSnapshot();
});

test("before anything is read it says so", () => {
  expect(statusLines(starting(demoSetting))).toMatchSnapshot();
});

test("no line has anything that a terminal would obey", () => {
  const peer = { node_id: ids.lsp, address: "x:1", connected: true, persisted: true };
  const odd = after(settledDemo(), readOf("user", { peers: [{ ...peer, alias: "lsp" }] }));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
  for (const line of statusLines(odd)) expect(line).not.toMatch(/[\u0000-\u001f\u007f]/);
});

describe("news", () => {
  const settled = settledDemo();

  test("nothing of what stayed", () => {
    expect(toldFrom(settled, readOf("exchange", settled.roles.exchange))).toEqual([]);
  });

  test("a price only once it moved by half a percent since it was told", () => {
    const first = news(toldOf(settled), after(settled, priceOf("80200.000000")));
    expect(first.lines).toEqual([]);
    const second = news(first.told, after(first.told.state, priceOf("80400.000000")));
    expect(second.lines).toEqual(["price: 1 bitcoin is $80,400.00, 3 of 3 sources agree"]);
    expect(news(second.told, after(second.told.state, priceOf("80500.000000"))).lines).toEqual([]);
  });

  test("a price on hold, at once and with the reason", () => {
    expect(toldFrom(settled, priceOf("80000.000000", { status: "hold", reason: "no majority" }))).toContain(
      "price: 1 bitcoin is $80,000.00, 3 of 3 sources agree, ON HOLD: no majority",
    );
  });

  test("a settlement: what happened, and the position behind it, from one end", () => {
    const peg = { backing_msat: 5_100_000n, settlements: 2, last_settlement_at: "2026-11-21T12:00:42Z" };
    const lines = toldFrom(
      settled,
      readOf("user", { ...settled.roles.user, agreements: [pegOf("receiver", { ...peg, received_msat: 1_100_000n })] }),
      readOf("lsp", { ...settled.roles.lsp, agreements: [pegOf("provider", { ...peg, paid_msat: 1_100_000n })] }),
    );
    expect(lines).toEqual([
      "12:00:42 user: lsp settled with 100 sat, drift now 0.00 %",
      "user: $4.00 held, backed by lsp; active; worth $4.0000; drift 0.00 %; backing 5,100 sat; 46,000 sat outside the peg; covered to $7,642, a fall of 92 %; 2 settlements, last 12:00:42",
    ]);
  });

  test("a block, a role that is off, a drift, a channel that opens", () => {
    const { info, ...user } = settled.roles.user;
    if (info === undefined) throw new Error("the sample has read its nodes");
    expect(toldFrom(settled, readOf("user", { ...user, info: { ...info, block_height: 119 } }))).toEqual([
      "demo on regtest: exchange at block 118 with 1 peer; user at block 119 with 1 peer; lsp at block 118 with 2 peers",
    ]);
    expect(toldFrom(settled, { type: "down", role: "user", reason: "gone" })[0]).toContain("user is off");
    const off = pegOf("receiver", { drift_bps: -150 });
    expect(toldFrom(settled, readOf("user", { ...settled.roles.user, agreements: [off] }))).toContain(
      "user: the $4.00 peg is -1.50 % off",
    );
    const fresh = channelOf("user", { channel_id: `c3${"0".repeat(62)}`, channel_ready: false, usable: false });
    const channels = [...settled.roles.lsp.channels, fresh];
    expect(toldFrom(settled, readOf("lsp", { ...settled.roles.lsp, channels }))).toEqual([
      "12:00:42 lsp: a channel with user, 100,000 sat is opening",
    ]);
  });

  test("what can be done next, once", () => {
    const up = after(starting(demoSetting), { type: "up" }, priceOf("100000.00"));
    const step = "next: Step 1 of 5, type next: Give the LSP and the exchange a bitcoin each.";
    const lines = news(toldOf(starting(demoSetting)), up);
    expect(lines.lines.some((line) => line.startsWith(step))).toBe(true);
    expect(news(lines.told, up).lines).toEqual([]);
  });
});
