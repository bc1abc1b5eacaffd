/** What the money does not allow is refused before anything moves: the code, a sentence with figures, nothing half done. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { z } from "zod";
import { msat } from "../../src/stable/units.ts";
import { expectRefused, untilQuiet } from "./books.ts";
import { onboarding, openPlaying, type Playing } from "./stage.ts";
import { until } from "./until.ts";

let playing: Playing;

beforeAll(async () => {
  playing = await openPlaying("embedded");
  await playing.script(onboarding);
  await untilQuiet(playing);
}, 120_000);
afterAll(() => playing.close());

const refused = (line: string, code: string, says: RegExp) => expectRefused(playing, line, code, says);

async function text(line: string, name: string): Promise<string> {
  return z.string().parse((await playing.run(line))[name]);
}

test("a channel that is not there", async () => {
  for (const command of [
    "closechannel deadbeef",
    "closechannel deadbeef --force",
    "startstablechannel deadbeef true 4 0",
  ]) {
    await refused(`user ${command}`, "unknown_channel", /^No channel fits deadbeef; there is [0-9a-f]{64}\.$/);
  }
});

test("an agreement that is not there", async () => {
  await refused(
    "user stopstable deadbeef",
    "unknown_agreement",
    /fits deadbeef; there is none yet.*startstablechannel/,
  );
  await refused("user checkstability", "unknown_agreement", /none yet.*startstablechannel/);
});

test("a channel larger than the wallet", async () => {
  const says =
    /^A channel of 100,000,000 sat needs 25,000 sat of reserve .* sat is spendable on chain; send .* more to getaddress/;
  const lsp = await text("lsp nodeinfo", "node_id");
  const { listen } = z.object({ listen: z.tuple([z.string()]) }).parse(await playing.run("lsp nodeinfo"));
  await refused(`exchange openchannel ${lsp}@${listen[0]} 100000000`, "insufficient_balance", says);
});

test("a payment larger than the channels carry", async () => {
  const invoice = await text("exchange getinvoice 60000", "invoice");
  await refused(`user payinvoice ${invoice}`, "insufficient_balance", /60,000 sat .* at most [\d,.]+ sat/);
});

test("an amount on chain larger than the wallet", async () => {
  const address = await text("lsp getaddress", "address");
  await refused(`user onchainsend ${address} 5000`, "insufficient_balance", /0 sat is spendable.*getaddress/);
  await refused(`user onchainsend ${address} all`, "insufficient_balance", /0 sat is spendable.*getaddress/);
  const elsewhere = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
  await refused(
    `exchange onchainsend ${elsewhere} 5000`,
    "bad_argument",
    /of bitcoin, but this node is on regtest; ask/,
  );
});

test("an invoice that is paid already", async () => {
  const invoice = await text("user getinvoice 1000", "invoice");
  await playing.run(`exchange payinvoice ${invoice}`);
  await playing.run("wait user ready");
  await refused(`exchange payinvoice ${invoice}`, "already_paid", /[0-9a-f]{64} was paid before; ask for a new one/);
});

test("an invoice that has expired", async () => {
  const node = playing.demo.session("user")?.context.node;
  const made = await node?.createInvoice({ amountMsat: msat(1_000_000n), description: "", expirySeconds: 1 });
  const expiresAt = made?.expiresAt ?? Number.POSITIVE_INFINITY;
  await until(async () => Date.now() / 1000 >= expiresAt + 1);
  await refused(
    `exchange payinvoice ${made?.invoice}`,
    "invoice_expired",
    /expired at \d{4}-.*Z; ask the payee for a new/,
  );
});

test("an invoice of one's own", async () => {
  const invoice = await text("user getinvoice 1000", "invoice");
  await refused(`user payinvoice ${invoice}`, "invalid_invoice", /this node's own; another node has to pay it/);
});

test("an invoice with a broken checksum", async () => {
  const invoice = await text("user getinvoice 1000", "invoice");
  const broken = invoice.slice(0, -1) + (invoice.endsWith("q") ? "p" : "q");
  await refused(`exchange payinvoice ${broken}`, "invalid_invoice", /"lnbcrt.*checksum.*; copy it whole, or ask/);
});

test("another amount than the invoice's", async () => {
  const invoice = await text("user getinvoice 1000", "invoice");
  await refused(`exchange payinvoice ${invoice} 999`, "unexpected_argument", /asks for 1,000 sat, not 999 sat; leave/);
});

test("a peer that cannot be reached", async () => {
  const id = await text("exchange nodeinfo", "node_id");
  await refused(
    `user connect ${id}@127.0.0.1:1`,
    "peer_unreachable",
    /cannot be reached at 127\.0\.0\.1:1 .*; check that it runs/,
  );
  await refused(
    `user disconnect ${id}`,
    "unknown_peer",
    new RegExp(`^${id} is not one of this node's peers; they are `),
  );
});

test("a peg that is larger than the balance says the most that is possible, and that much is", async () => {
  await refused(
    "user startstablechannel last true 4 0.0005btc",
    "insufficient_balance",
    /^\$4(\.0+)? at .* needs 4000 sat, and .* free beside the 50000 sat to keep native; the most that is possible is \$\d/,
  );
  const said = await refused(
    "user startstablechannel last true 400 0",
    "insufficient_balance",
    /needs 400000 sat, and /,
  );
  const most = /the most that is possible is \$(\d+\.\d+)\.$/.exec(said)?.[1] ?? "unsaid";
  const { target_usd, status } = await playing.run(`user startstablechannel last true ${most} 0`);
  expect(status).toBe("active");
  expect(Number(target_usd)).toBe(Number(most));
  await playing.script("wait user settled\nwait lsp settled");
  await refused("user startstablechannel last true 1 0", "insufficient_balance", /most that is possible is \$0/);
  await refused("lsp startstablechannel last true 1 0", "conflict", /end that agreement first/);
}, 60_000);
