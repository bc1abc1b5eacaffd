/** Events into the state: what is told, what is asked of the outside. */
import { describe, expect, test } from "bun:test";
import type { View } from "../../src/commands/view.ts";
import { complete, completed } from "../../src/tui/complete.ts";
import { actionOf, footerKeys, keyTable } from "../../src/tui/keys.ts";
import { nextOf } from "../../src/tui/next.ts";
import { exposureOf, stressOf } from "../../src/tui/peg.ts";
import type { Wish } from "../../src/tui/readings.ts";
import type { State } from "../../src/tui/state.ts";
import { type Event, update } from "../../src/tui/update.ts";
import {
  after,
  agreementId,
  channelOf,
  clockAt,
  demoSetting,
  exchangeChannelId,
  pegOf,
  priceOf,
  readOf,
  settledDemo,
  starting,
  userChannelId,
  userSetting,
} from "./samples.ts";

const key = (text: string): Event => ({ type: "press", presses: [{ kind: "text", text }] });
const named = (name: string): Event => ({ type: "press", presses: [{ kind: "key", name }] });
const told = (state: State) => state.activity.map(({ role, text, echo }) => `${role}${echo ? " (echo)" : ""}: ${text}`);

describe("activity", () => {
  const empty = after(starting(), { type: "up" }, readOf("user"), readOf("lsp"));

  test("the first reading is no news", () => {
    expect(
      told(after(starting(), readOf("user", { channels: [channelOf("lsp")], agreements: [pegOf("receiver")] }))),
    ).toEqual([]);
  });

  test("a channel opens, is ready, and closes; the other end here tells it as well", () => {
    const opening = channelOf("lsp", { channel_ready: false, usable: false });
    const state = after(
      empty,
      readOf("user", { channels: [opening] }),
      readOf("user", { channels: [channelOf("lsp")] }),
      readOf("user", { channels: [] }),
    );
    expect(told(state)).toEqual([
      "user (echo): a channel with lsp, 100,000 sat is opening",
      "user (echo): the channel with lsp, 100,000 sat is ready",
      "user (echo): the channel with lsp is closed",
    ]);
  });

  test("a channel whose id becomes the lasting one is still the same", () => {
    const opening = channelOf("lsp", { channel_id: "77".repeat(32), channel_ready: false, usable: false });
    const state = after(
      empty,
      readOf("user", { channels: [opening] }),
      readOf("user", { channels: [channelOf("lsp")] }),
    );
    expect(told(state)).toEqual([
      "user (echo): a channel with lsp, 100,000 sat is opening",
      "user (echo): the channel with lsp, 100,000 sat is ready",
    ]);
  });

  test("a settlement lights the way it took, once though both ends tell of it", () => {
    const began = after(
      empty,
      readOf("user", { agreements: [pegOf("receiver")] }),
      readOf("lsp", { agreements: [pegOf("provider")] }),
    );
    const paid = after(
      began,
      readOf("lsp", { agreements: [pegOf("provider", { paid_msat: 1_000_000n })] }),
      readOf("user", { agreements: [pegOf("receiver", { received_msat: 1_000_000n, drift_bps: 3 })] }),
    );
    expect(paid.flow).toMatchObject({ from: "lsp", to: "user", msat: 1_000_000n });
    expect(told(paid).slice(-2)).toEqual([
      "lsp (echo): settled with user: paid 1,000 sat, drift now 0.00 %",
      "user: lsp settled with 1,000 sat, drift now +0.03 %",
    ]);
    expect(after(paid, clockAt(60)).flow).toBeUndefined();
  });

  test("what the receiver gives back goes the other way", () => {
    const began = after(empty, readOf("user", { agreements: [pegOf("receiver")] }));
    expect(after(began, readOf("user", { agreements: [pegOf("receiver", { paid_msat: 5_000n })] })).flow).toMatchObject(
      { from: "user", to: "lsp" },
    );
  });

  test("a peer that goes and a role that was switched off are told", () => {
    const away = { node_id: "x", alias: "far", address: "a:1", connected: true, persisted: true };
    const state = after(
      empty,
      readOf("lsp", { peers: [away] }),
      readOf("lsp", { peers: [{ ...away, connected: false }] }),
    );
    expect(told(state)).toEqual(["lsp: far is gone; nothing can be settled with it"]);
    expect(told(after(empty, { type: "down", role: "user", reason: "off" }, readOf("user")))).toEqual([
      "user: is up again",
    ]);
  });
});

describe("what next", () => {
  test("the tour goes on where the state says, not where a counter stands", () => {
    const rich = {
      onchain_sat: 1n,
      onchain_spendable_sat: 1n,
      lightning_sat: 0n,
      stable_usd: null,
      stable_sat: 0n,
      native_sat: 0n,
    };
    const steps: string[] = [];
    let state = after(starting(), { type: "up" });
    const say = () => steps.push(/Step \d|done/.exec(nextOf(state)?.text ?? "")?.[0] ?? "");
    say();
    state = after(state, readOf("lsp", { balance: rich }), readOf("exchange", { balance: rich }));
    say();
    state = after(state, readOf("exchange", { channels: [channelOf("lsp")] }));
    say();
    state = after(state, readOf("user", { channels: [channelOf("lsp")] }));
    say();
    state = after(state, readOf("user", { agreements: [pegOf("receiver")] }));
    say();
    state = after(state, readOf("user", { agreements: [pegOf("receiver", { settlements: 1 })] }));
    say();
    expect(steps).toEqual(["Step 1", "Step 2", "Step 3", "Step 4", "Step 5", "done"]);
  });

  test("a user alone is led to the first settlement", () => {
    const alone = after(starting(userSetting), { type: "up" }, readOf("user"));
    expect(nextOf(alone)?.line).toBe("getjitinvoice 50000");
    const open = after(alone, readOf("user", { channels: [channelOf("lsp")] }));
    expect(nextOf(open)?.line).toBe("startstablechannel last true 4 0");
    const proposed = after(open, readOf("user", { agreements: [pegOf("receiver", { status: "proposed" })] }));
    expect(nextOf(proposed)?.text).toContain("waits for the peer's answer");
    const held = after(open, readOf("user", { agreements: [pegOf("receiver", { settlements: 2 })] }));
    expect(nextOf(held)).toBeUndefined();
  });

  test("a user who asked for dollars with its invoice is told how far they are", () => {
    const wish = { payment_hash: "aa".repeat(32), target_usd: "25.000000", paid_at: null, reason: null } as const;
    const wishing = (more: Partial<Wish>) => readOf("user", { wishes: [{ ...wish, status: "waiting", ...more }] });
    const asked = after(starting(userSetting), { type: "up" }, readOf("user"), wishing({}));
    expect(nextOf(asked)?.text).toBe("Once the invoice is paid, $25.00 of it will be stable by itself.");
    const paid = after(asked, wishing({ paid_at: "2026-11-21T12:00:00Z", reason: "no price" }));
    expect(nextOf(paid)?.text).toBe("Paid. $25.00 is being made stable (no price).");
    const refused = after(paid, wishing({ status: "refused", reason: "cap_exceeded" }));
    expect(nextOf(refused)?.text).toContain("$25.00 of it could not be made stable (cap_exceeded)");
    const told = refused.activity.map(({ text }) => text);
    expect(told).toContain("$25.00 will be stable as soon as the invoice is paid");
    expect(told).toContain("$25.00 of the paid invoice could not be made stable (cap_exceeded)");
  });

  test("a user whose channel was closed is led back to its peg", () => {
    const lost = { status: "ended", channels_gone: true };
    const gone = after(
      starting(userSetting),
      { type: "up" },
      readOf("user", { agreements: [pegOf("receiver", lost)] }),
    );
    expect(nextOf(gone)?.line).toMatch(/^reopen [0-9a-f]{8}$/);
    const carry_over = { step: "sweep", detail: "48,000 sat is on its way" };
    const carried = after(gone, readOf("user", { agreements: [pegOf("receiver", { ...lost, carry_over })] }));
    expect(nextOf(carried)?.text).toBe("The $4.00 peg is taken up again: 48,000 sat is on its way.");
  });
});

describe("keys", () => {
  const running = () => settledDemo();
  const effects = (state: State, ...events: Event[]) => {
    let now = state;
    return events.flatMap((event) => {
      const step = update(now, event);
      now = step.state;
      return step.effects;
    });
  };

  test("a burst opens the line, types and runs it", () => {
    const burst: Event = {
      type: "press",
      presses: [
        { kind: "text", text: "/user stable" },
        { kind: "key", name: "enter" },
      ],
    };
    expect(effects(running(), burst)).toContainEqual({ type: "run", line: "user stable", shown: true });
  });

  test("who simply begins to type gets the line", () => {
    const typed = after(running(), key("lsp balance"));
    expect([typed.focus, typed.editor.text]).toEqual(["line", "lsp balance"]);
    expect(effects(running(), key("user stable"), named("enter"))).toContainEqual({
      type: "run",
      line: "user stable",
      shown: true,
    });
  });

  test("money asks first, and no means no", () => {
    const ask = [key("/"), key("user stopstable last"), named("enter")];
    expect(effects(running(), ...ask).filter(({ type }) => type === "run")).toEqual([]);
    expect(effects(running(), ...ask, key("n")).filter(({ type }) => type === "run")).toEqual([]);
    expect(effects(running(), ...ask, key("y"))).toContainEqual({
      type: "run",
      line: "user stopstable last",
      shown: true,
    });
  });

  test("a burst that came while it asks is no yes, and enter neither", () => {
    const ask = [key("/"), key("user stopstable last"), named("enter")];
    const burst: Event = {
      type: "press",
      presses: [
        { kind: "text", text: "n/price" },
        { kind: "key", name: "enter" },
      ],
    };
    expect(effects(running(), ...ask, burst).filter(({ type }) => type === "run")).toEqual([
      { type: "run", line: "price", shown: true },
    ]);
    expect(effects(running(), ...ask, named("enter")).filter(({ type }) => type === "run")).toEqual([]);
  });

  test.each(["pay", "yodel", "p", "yn", "j"])("%p typed at a question is no yes", (text) => {
    const asked = after(running(), key("/"), key("user stopstable last"), named("enter"));
    expect(effects(asked, key(text)).filter(({ type }) => type === "run")).toEqual([]);
    expect(after(asked, key(text)).overlay).toBeUndefined();
    const leaving = after(running(), key("q"));
    expect(effects(leaving, key(text)).filter(({ type }) => type === "leave")).toEqual([]);
  });

  test("yes as a word is one", () => {
    const asked = after(running(), key("/"), key("user stopstable last"), named("enter"));
    expect(effects(asked, key("yes"))).toEqual([{ type: "run", line: "user stopstable last", shown: true }]);
  });

  test("--yes skips the question", () => {
    const state = { ...running(), setting: { ...demoSetting, yes: true } };
    expect(effects(state, key("/"), key("user stopstable last"), named("enter"))).toContainEqual({
      type: "run",
      line: "user stopstable last",
      shown: true,
    });
  });

  test("in the tab of one role its name may be left out", () => {
    expect(effects(after(running(), key("3")), key("/"), key("balance"), named("enter"))).toContainEqual({
      type: "run",
      line: "user balance",
      shown: true,
    });
  });

  test("arrows move the price by one percent, in whole cents", () => {
    const state = after(running(), priceOf("99999.990000"));
    expect(effects(state, named("up"))).toEqual([{ type: "run", line: "price 100999.98", shown: false }]);
    expect(effects(state, named("down"), named("down"))).toEqual([
      { type: "run", line: "price 98999.99", shown: false },
      { type: "run", line: "price 98009.99", shown: false },
    ]);
  });

  test("the first ctrl-c gives up the line, the next asks, the third leaves", () => {
    const state = after(running(), key("/"), key("user st"));
    const first = after(state, named("ctrl-c"));
    expect(first.editor.text).toBe("");
    const second = after(first, named("ctrl-c"));
    expect(second.overlay).toEqual({ kind: "leave" });
    expect(effects(second, named("ctrl-c"))).toEqual([{ type: "leave" }]);
  });

  test("nothing is run before the nodes are up", () => {
    expect(effects(starting(), key("/"), key("price"), named("enter"))).toEqual([]);
    expect(effects(starting(), key("n"))).toEqual([]);
  });

  test("n runs the step's lines, and waits until they are done", () => {
    const ready = after(starting(), { type: "up" }, readOf("lsp"), readOf("exchange"));
    expect(effects(ready, key("n"), key("n"))).toEqual([
      { type: "tour", lines: ["faucet lsp 100000000", "faucet exchange 100000000"] },
    ]);
  });

  test("a step of the tour that fails stays on the screen with its reason until it is closed", () => {
    const failure = { line: "user getjitinvoice", rows: ["The LSP is away (peer_unreachable)"] };
    const running = update(starting(), { type: "up" }).state;
    const failed = after({ ...running, touring: true }, { type: "toured", failure }, clockAt(60));
    expect(failed).toMatchObject({ touring: false, output: { ...failure, status: "failed" } });
    expect(after(failed, named("esc")).output).toBeUndefined();
  });

  test("a filter keeps the rows that have it, and copies the chosen one", () => {
    const state = after(running(), named("tab"), key("/"), key("exch"), named("enter"));
    expect(effects(state, key("y"))).toEqual([{ type: "copy", text: exchangeChannelId }]);
    expect(after(state, named("esc")).list.filter).toBe("");
  });

  test("every key of the table does something, and the footer names only keys that work", () => {
    for (const row of keyTable)
      for (const context of row.contexts) for (const one of row.keys) expect(actionOf(one, [context])).toBeDefined();
    const rows = footerKeys(["demo", "screen"]);
    expect(rows.map((row) => row.label)).toEqual(["/", "n", "↑↓", "?", "tab", "1-4", "q"]);
  });
});

describe("completion", () => {
  const state = settledDemo();
  const words = (text: string) => complete(text, state).options.map(({ word }) => word);

  test.each([
    ["us", ["user"]],
    ["user getj", ["getjitinvoice"]],
    ["/lsp getj", []],
    ["user closechannel ", ["last", userChannelId.slice(0, 12), "--force", "--early"]],
    ["user stopstable ", [agreementId.slice(0, 12)]],
    ["user startstablechannel last t", ["true"]],
    ["scenario c", ["calm", "crash"]],
  ])("%p", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  test("what results named can be typed again: invoices, offers and addresses, the newest first", () => {
    const noView: View = { kind: "lines", lines: [] };
    const ran = (line: string, result: Record<string, string>): Event => ({
      type: "ran",
      line,
      ran: { ok: true, result, view: noView, quit: false },
      rows: [],
    });
    const [older, newer] = ["a", "z"].map((tail) => `lnbcrt500u1${tail.repeat(60)}`);
    const state = after(
      settledDemo(),
      ran("user getinvoice 1", { invoice: older ?? "" }),
      { type: "result", line: "user getjitinvoice", result: { invoice: newer ?? "", opening_fee_msat: "0" } },
      ran("lsp getaddress", { address: "bcrt1qaddress" }),
    );
    const offered = (line: string) => complete(line, state).options.map(({ word }) => word);
    expect(offered("exchange payinvoice ").slice(0, 2)).toEqual([newer ?? "", older ?? ""]);
    expect(offered("exchange onchainsend ")).toEqual(["bcrt1qaddress"]);
    const common = completed("exchange pay ln", complete("exchange pay ln", state));
    expect(common).toBe("exchange pay lnbcrt500u1");
    expect(completed(common, complete(common, state))).toBe(`exchange pay ${newer} `);
  });

  test("tab puts the common beginning, and a blank behind the only one", () => {
    expect(completed("user getj", complete("user getj", state))).toBe("user getjitinvoice ");
    expect(completed("scenario c", complete("scenario c", state))).toBe("scenario c");
    expect(completed("user list", complete("user list", state))).toBe("user listallchannels ");
  });
});

test("the provider's stress: what half the price would cost, and whether its stake covers it", () => {
  const exposure = exposureOf(settledDemo().roles.lsp);
  expect(exposure).toMatchObject({ targetMicro: 4_000_000n, backingMsat: 5_000_000n, stakeMsat: 48_340_000n });
  expect(stressOf(exposure, "80000.000000", 5000)).toEqual({ dropBps: 5000, owedMsat: 5_000_000n, covered: true });
  expect(stressOf({ ...exposure, stakeMsat: 1_000_000n }, "80000.000000", 5000).covered).toBe(false);
});
