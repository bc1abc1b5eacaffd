/** Just-in-time invoices that could not end well are refused before anything is promised or sent. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { z } from "zod";
import { CodedError } from "../../src/errors.ts";
import { sat } from "../../src/stable/units.ts";
import { expectRefused } from "./books.ts";
import { openPlaying, type Playing, routing } from "./stage.ts";
import { until } from "./until.ts";

let playing: Playing;
const refused = (line: string, code: string, says: RegExp) => expectRefused(playing, line, code, says);

beforeAll(async () => {
  playing = await openPlaying("embedded");
  await playing.script(routing(1_000_000));
}, 120_000);
afterAll(() => playing.close());

function unlessLimited(error: unknown): boolean {
  if (error instanceof CodedError && error.code === "jit_limit") return false;
  throw error;
}

async function spendableOfLsp(): Promise<bigint> {
  const contact = await playing.demo.session("exchange")?.context.lsp();
  return contact?.local?.spendableSat ?? 0n;
}

test("none was made yet", async () => {
  await refused(
    "exchange payjitinvoice",
    "no_jit_invoice",
    /No JIT invoice .*; run getjitinvoice as the user, or name/,
  );
});

test("more than the LSP has", async () => {
  const says = /For a payment of 600,000 sat the LSP needs 1,226,000 sat .* and has [\d,]+ sat; ask for less or fund/;
  await refused("user getjitinvoice 600000", "jit_no_liquidity", says);
});

test("less or more than the LSP opens a channel for", async () => {
  const says = /opens no channel for a payment of .*; ask for 2,402 sat to 100,000,000 sat\./;
  await refused("user getjitinvoice 100", "jit_amount", says);
});

test("an LSP that became too poor since the invoice was made", async () => {
  await playing.run("user getjitinvoice 50000");
  const { address } = z.object({ address: z.string() }).parse(await playing.run("exchange getaddress"));
  await playing.script(`lsp onchainsend ${address} 900000\nmine 1`);
  await until(async () => (await spendableOfLsp()) < 126_000n);
  const says = /For a payment of 50,000 sat the LSP needs 126,000 sat .*; ask for less or fund the LSP/;
  await refused("exchange payjitinvoice", "jit_no_liquidity", says);
  await playing.run("faucet lsp 1000000");
  await until(async () => (await spendableOfLsp()) > 1_000_000n);
  await playing.script("exchange payjitinvoice\nwait user channels=1");
}, 60_000);

test("an eleventh unpaid one, until one of them is paid", async () => {
  for (let i = 1; i <= 10; i++) await playing.run("user getjitinvoice 50000");
  const says = /^10 JIT invoices are unpaid and the LSP keeps 10 at most; have one of them paid, or wait until \d{4}-/;
  await refused("user getjitinvoice 50000", "jit_limit", says);
  await playing.script("exchange payjitinvoice\nwait user channels=2");
  // The payer is told before the user has booked it.
  await until(() => playing.run("user getjitinvoice 50000").then(() => true, unlessLimited));
  await refused("user getjitinvoice 50000", "jit_limit", says);
}, 60_000);

test("an opening fee above the limit", async () => {
  const costly = await openPlaying("embedded", { "opening-fee-min": sat(3_000n) });
  try {
    await costly.run("faucet lsp 1000000");
    const says =
      /The LSP lsp asks 3,000 sat for opening the channel, more than 1,000 sat; allow more with --max-fee SATS/;
    await expectRefused(costly, "user getjitinvoice 50000 --max-fee 1000", "jit_fee_too_high", says);
    const { opening_fee_msat } = await costly.run("user getjitinvoice 50000 --max-fee 3000");
    expect(opening_fee_msat).toBe("3000000");
  } finally {
    await costly.close();
  }
}, 60_000);
