/** What goes past the screen: clipboard, alerts, QR codes. */
import { describe, expect, test } from "bun:test";
import { alertSequence, alertsOf } from "../../src/tui/alerts.ts";
import { clipboardSequence } from "../../src/tui/clipboard.ts";
import { cells } from "../../src/tui/line.ts";
import { qrLines } from "../../src/tui/qr.ts";
import { after, pegOf, priceOf, readOf, settledDemo } from "./samples.ts";

describe("the clipboard", () => {
  const inner = `\u001b]52;c;${Buffer.from("lnbc1 é").toString("base64")}\u0007`;

  test.each([
    ["a plain terminal", {}, inner],
    ["tmux", { TMUX: "/tmp/tmux-0/default,1,0" }, `\u001bPtmux;\u001b${inner}\u001b\\`],
    ["screen", { TERM: "screen.xterm-256color" }, `\u001bP${inner}\u001b\\`],
  ])("%s", (_, env, expected) => {
    expect(clipboardSequence("lnbc1 é", env)).toBe(expected);
  });
});

describe("alerts", () => {
  const calm = settledDemo();

  test.each([
    [
      "a price on hold",
      priceOf("80000.000000", { status: "hold", reason: "no majority" }),
      "The price is on hold: no majority",
    ],
    [
      "a drift",
      readOf("user", { agreements: [pegOf("receiver", { drift_bps: -150 })] }),
      "user: the $4.00 peg is -1.50 % off",
    ],
    [
      "thin cover",
      readOf("lsp", { agreements: [pegOf("provider", { covered_drop_bps: 900 })] }),
      "lsp: the $4.00 peg is covered for 9.00 % only",
    ],
    [
      "a peer that is gone",
      readOf("user", { peers: calm.roles.user.peers.map((one) => ({ ...one, connected: false })) }),
      "user: lsp is gone",
    ],
  ])("%s, once", (_, event, expected) => {
    const once = after(calm, event);
    expect(alertsOf(calm, once)).toEqual([expected]);
    expect(alertsOf(once, after(once, event))).toEqual([]);
  });

  test("nothing that was read can end the sequence or begin another", () => {
    expect(alertSequence("notify", "a\u0007\u001b]0;b\u009c")).toBe("\u001b]9;a  ]0;b \u0007");
    expect(alertSequence("bell", "x")).toBe("\u0007");
    expect(alertSequence("off", "x")).toBe("");
  });
});

describe("QR codes", () => {
  test("an invoice of 330 characters takes 28 to 34 rows, each as wide as the others", () => {
    const rows = qrLines(`lnbc1${"q".repeat(325)}`);
    expect(rows.length).toBeGreaterThanOrEqual(28);
    expect(rows.length).toBeLessThanOrEqual(34);
    expect(new Set(rows.map(cells)).size).toBe(1);
  });

  test("bech32 is taken in upper case, which is smaller; other text as it is", () => {
    expect(qrLines(`lnbc1${"q".repeat(200)}`)).toEqual(qrLines(`LNBC1${"Q".repeat(200)}`));
    expect(qrLines("https://a.b")).not.toEqual(qrLines("HTTPS://A.B"));
  });
});
