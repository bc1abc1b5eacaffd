/** An LSP's policy and its guards, on real nodes: what LDK neither checks nor tells. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { CodedError } from "../../src/errors.ts";
import { sat } from "../../src/stable/units.ts";
import { expectRefused } from "./books.ts";
import { chainKinds } from "./chains.ts";
import { untilConnected } from "./connected.ts";
import { quickClock } from "./fast-clock.ts";
import { killQuiet } from "./saved.ts";
import { openPlaying, type Playing, routing } from "./stage.ts";
import { until } from "./until.ts";

let playing: Playing;
const invoiceOf = z.object({ invoice: z.string(), payment_hash: z.string(), opening_fee_msat: z.string() });
const channelsOf = z.object({ channels: z.array(z.object({ channel_id: z.string(), capacity_sat: z.string() })) });
const policy = z.looseObject({
  offer: z.string(),
  reason: z.string().nullable(),
  offered_min_msat: z.string().nullable(),
  offered_max_msat: z.string().nullable(),
  payment_min_msat: z.string().nullable(),
});

const policyNow = async () => policy.parse(await playing.run("lsp lsps2 policy"));
const session = (role: "exchange" | "user" | "lsp") => {
  const found = playing.demo.session(role);
  if (found === undefined) throw new Error(`${role} is not running`);
  return found;
};

const channelIds = async (role: string) =>
  channelsOf
    .parse(await playing.run(`${role} listallchannels`))
    .channels.map((one) => one.channel_id)
    .sort();

/** By the LSP's own word, not for being away while it restarts. */
async function refusedWith(code: string): Promise<void> {
  const refusal = async () => {
    const line = "user getjitinvoice 50000 --new-channel";
    const error: unknown = await playing.run(line).catch((thrown: unknown) => thrown);
    return error instanceof CodedError ? error.code : undefined;
  };
  await until(async () => (await refusal()) === code, 30_000);
}

async function pay(amount: string): Promise<z.output<typeof invoiceOf>> {
  const before = channelsOf.parse(await playing.run("user listallchannels")).channels.length;
  const made = invoiceOf.parse(await playing.run(`user getjitinvoice ${amount} --max-fee 100000 --new-channel`));
  await playing.script(`exchange payjitinvoice\nwait user channels=${before + 1}`);
  return made;
}

describe.each(chainKinds)("on the %s chain", (kind) => {
  beforeAll(async () => {
    playing = await openPlaying(kind);
    await playing.script(routing(1_000_000));
  }, 120_000);
  afterAll(() => playing.close());

  test("the least payment the policy computes opens a channel and arrives", async () => {
    const { payment_min_msat } = await policyNow();
    const least = BigInt(payment_min_msat ?? 0n) / 1_000n;
    expect(least).toBe(2_402n);
    await pay(`${least}`);
    const [channel] = channelsOf.parse(await playing.run("user listallchannels")).channels;
    expect(channel?.capacity_sat).toBe(`${2n * least}`);
    await expectRefused(
      playing,
      `user getjitinvoice ${least - 1n} --new-channel`,
      "jit_amount",
      /ask for 2,402 sat to/,
    );
  }, 60_000);

  test("a changed fee and share hold at once, over the settings and over a restart; channels stay", async () => {
    const before = await channelIds("lsp");
    const changed = await playing.run("lsp lsps2 policy --fee-ppm 10000 --fee-min 200 --over-provisioning 500000");
    expect(changed).toMatchObject({ opening_fee_ppm: 10_000, opening_fee_min_msat: "200000", changed: true });
    expect(await channelIds("lsp")).toEqual(before);
    await untilConnected(playing);
    const { opening_fee_msat } = await pay("60000");
    expect(opening_fee_msat).toBe("600000");
    const sizes = channelsOf.parse(await playing.run("user listallchannels")).channels.map((one) => one.capacity_sat);
    expect(sizes).toContain("89100"); // 59,400 that came, and half of it
    await until(async () => (await playing.run("lsp income"))["opening_fees_msat"] === "600000");
    await killQuiet(playing, "lsp");
    await playing.run("start lsp");
    expect(await playing.run("lsp lsps2 policy")).toMatchObject({ opening_fee_ppm: 10_000, changed: true });
    expect(await playing.run("lsp income")).toMatchObject({ opening_fees_msat: "600000" });
    expect(await playing.run("lsp lsps2 policy --reset")).toMatchObject({ opening_fee_ppm: 0, changed: false });
    await untilConnected(playing);
    expect(invoiceOf.parse(await playing.run("user getjitinvoice 50000 --new-channel")).opening_fee_msat).toBe("0");
  }, 60_000);

  test("a channel stays for as long as was promised", async () => {
    await playing.run("mine 1");
    const [channel] = channelsOf.parse(await playing.run("user listallchannels")).channels;
    const close = `lsp closechannel ${channel?.channel_id}`;
    await expectRefused(playing, close, "conflict", /promised to stay for 9\d more blocks; wait, or .* --early/);
    await expectRefused(playing, `${close} --force`, "conflict", /promised to stay/);
    expect(await playing.run(`${close} --early`)).toMatchObject({ channel_id: channel?.channel_id });
  }, 60_000);

  test("a token: who names another gets nothing", async () => {
    await playing.run("lsp lsps2 policy --token wanted-word");
    await untilConnected(playing);
    await refusedWith("lsp_bad_token");
    expect(JSON.stringify(await playing.run("lsp lsps2 policy"))).not.toContain("wanted-word");
    await playing.run("lsp lsps2 policy --reset");
  }, 60_000);
});

describe("offers that follow the funds", () => {
  const clock = quickClock();
  /** What the LSP comes to by itself, sooner. */
  async function untilSeen(condition: () => Promise<boolean>): Promise<void> {
    clock.speed(20);
    await until(condition);
    clock.speed(1);
  }

  beforeAll(async () => {
    const settings = { "withdraw-offers": true, "day-cap": sat(600_000n) };
    playing = await openPlaying("embedded", settings, undefined, { clock });
    await playing.script(routing(1_000_000));
  }, 120_000);
  afterAll(() => playing.close());

  test("shrink to what can be served, and are withdrawn at the day's cap", async () => {
    await untilSeen(async () => (await policyNow()).offered_max_msat !== "100000000000");
    const { offered_max_msat } = await policyNow();
    expect(BigInt(offered_max_msat ?? 0n)).toBeLessThanOrEqual(300_000_000n);
    expect(BigInt(offered_max_msat ?? 0n)).toBeGreaterThan(150_000_000n);
    await untilConnected(playing);
    await pay("150000");
    await playing.run("lsp lsps2 policy --day-cap 301000");
    expect(await policyNow()).toMatchObject({ offer: "withdrawn", offered_max_msat: null });
    expect((await policyNow()).reason).toMatch(/day's cap is reached/);
    await refusedWith("jit_amount");
    await playing.run("lsp lsps2 policy --day-cap none");
    expect(await policyNow()).toMatchObject({ offer: "open" });
  }, 60_000);

  test("are withdrawn without funds; a payment that can't be served is held, and that is seen and told", async () => {
    await untilConnected(playing);
    const { invoice, payment_hash } = invoiceOf.parse(await playing.run("user getjitinvoice 100000 --new-channel"));
    const { address } = z.object({ address: z.string() }).parse(await playing.run("exchange getaddress"));
    const { txid } = z.object({ txid: z.string() }).parse(await playing.run(`lsp onchainsend ${address} all`));
    await until(async () => (await playing.demo.chain.mempool()).includes(txid));
    await playing.run("mine 1");
    await untilSeen(async () => (await policyNow()).offer === "withdrawn");
    expect((await policyNow()).reason).toMatch(/too little is spendable on chain .*: send bitcoin to getaddress/);
    await untilConnected(playing);
    // Sold before, and past our own payer's look at the LSP beside it.
    await session("exchange").context.node.payInvoice(invoice);
    const told = async () => JSON.stringify(await playing.run("lsp audit --kind jit_unserved"));
    await untilSeen(async () => (await told()).includes("insufficient_funds"));
    const outcome = async () => (await session("exchange").context.node.payment(payment_hash))?.status;
    expect(await outcome()).toBe("pending");
    // LDK gives it back by itself, shortly before it would have to go on chain for it.
    for (let mined = 0; mined < 160 && (await outcome()) === "pending"; mined += 10) await playing.run("mine 10");
    await until(async () => (await outcome()) === "failed");
    expect(channelsOf.parse(await playing.run("exchange listallchannels")).channels).toHaveLength(1);
    await playing.run("faucet lsp 1000000");
    await untilSeen(async () => (await policyNow()).offer === "open");
  }, 120_000);
});
