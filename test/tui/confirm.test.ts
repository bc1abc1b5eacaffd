/** What is said before money moves. */
import { describe, expect, test } from "bun:test";
import { confirmationFor } from "../../src/tui/confirm.ts";
import { invoiceMsat } from "../../src/tui/confirm-payments.ts";
import { after, priceOf, settledDemo } from "./samples.ts";

describe("what a money command will do", () => {
  const state = settledDemo();
  const invoice500u = `lnbcrt500u1${"q".repeat(200)}`;
  const invoice100n = `lnbcrt100n1${"q".repeat(200)}`;
  const rows = (line: string) => confirmationFor(line, state, state.setting.roles)?.rows.join(" ");

  test.each([
    ["user startstablechannel last true 8 0", "At $80,000.00 that is 10,000 sat"],
    ["lsp startstablechannel c1000000 false 8 0", "You take the price risk of $8.00"],
    ["user closechannel last", "The $4.00 peg is settled first"],
    [`user keysend 02${"1".repeat(64)} 47000`, "eats into the $4.00, of which $3.20 stay"],
    [`user keysend 02${"1".repeat(64)} 47000`, "It has a channel with us: there are no routing fees."],
    [`exchange keysend 03${"a".repeat(64)} 20000`, "at most 250 sat (1 % and 50 sat)"],
    [`user payinvoice ${invoice500u}`, "50,000 sat ($40.00) are paid. Routing fees come on top, at most 550 sat"],
    [`user payinvoice ${invoice100n}`, "The $4.00 peg stays as it is."],
    ["exchange openchannel", "500,000 sat ($400.00)"],
    ["exchange openchannel", "about 1,000 sat or less"],
    ["exchange onchainsend bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080 1000 20", "about 3,000 sat at 20 sat per vB"],
    ["user startstablechannel last true 8 0", "covers the dollars down to about $13,712 a bitcoin"],
    ["user closechannel last --force", "The $4.00 peg ends as it stands."],
    ["user checkstability", "nothing is due from us"],
    ["user resize last 6", "from $4.00 to $6.00: 2,500 sat become dollars at $80,000.00"],
    ["user buy last 1", "from $4.00 to $3.00: $1.00 become 1,250 sat"],
    ["user sell last 1", "from $4.00 to $5.00: 1,250 sat become dollars"],
    ["lsp topup last 10000", "10,000 sat ($8.00) of the on-chain funds go behind the $4.00 peg"],
    ["user resolve last paid", "the book move by the settlement's amount"],
    ["user resolve last failed", "may be one too many"],
    ["user reopen last", "as large as what came back of the old one"],
    ["user reopen last 60000", "one channel, of 60000 sat, is opened from on-chain funds"],
    ["user reopen last --cancel", "what was opened by now stays open"],
  ])("%s", (line, part) => {
    expect(rows(line)).toContain(part);
  });

  test("a stale price is said with it", () => {
    const stale = after(state, priceOf("80000.000000", { status: "stale", reason: "12 s old" }));
    expect(confirmationFor("exchange openchannel", stale, stale.setting.roles)?.rows.at(-1)).toBe(
      "The price is stale: 12 s old",
    );
  });

  test("what moves no money, and what will be refused, is not asked about", () => {
    expect(rows("user stable")).toBeUndefined();
    expect(rows("user closechannel")).toBeUndefined();
  });

  test.each([
    ["lnbcrt500u1pabc", 50_000_000n],
    ["lnbc2500n1pabc", 250_000n],
    ["lnbc10p1pabc", 1n],
    ["LNBC1M1Pabc", 100_000_000n],
    ["lnbc1pabc", undefined],
  ])("the amount of %s", (invoice, amount) => {
    expect(invoiceMsat(invoice)).toBe(amount);
  });
});
