/** A peg whose channel was closed by force is taken up again by one command, on real nodes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { untilBroadcast } from "./chains.ts";
import { untilSaved } from "./saved.ts";
import { onboarding, openPlaying, type Playing } from "./stage.ts";
import { until } from "./until.ts";

const stable = z.object({
  agreements: z.array(
    z.object({
      agreement_id: z.string(),
      status: z.string(),
      target_usd: z.string(),
      backing_msat: z.string(),
      native_msat: z.string(),
      drift_bps: z.number().nullable(),
      carry_over: z.object({ step: z.string(), detail: z.string() }).nullable(),
    }),
  ),
});
const channels = z.object({
  channels: z.array(z.object({ capacity_sat: z.string(), outbound_msat: z.string(), channel_ready: z.boolean() })),
});
const balance = z.object({ onchain_sat: z.string() });

const agreements = async (playing: Playing, role: string) =>
  stable.parse(await playing.run(`${role} stable`)).agreements;

/** Blocks go by, one after the other, until it is so. */
async function minedUntil(playing: Playing, condition: () => Promise<boolean>, patienceMs = 120_000): Promise<void> {
  await until(async () => {
    if (await condition()) return true;
    await playing.run("mine 1");
    return condition();
  }, patienceMs);
}

describe("a channel closed by force", () => {
  let playing: Playing;
  let old: string;
  const carried = async () =>
    (await agreements(playing, "user")).find(({ agreement_id }) => agreement_id === old)?.carry_over;

  beforeAll(async () => {
    playing = await openPlaying("embedded");
    await playing.script(onboarding);
    await playing.script("user startstablechannel last true 4 0\nprice 80000\nwait user settled\nwait lsp settled");
    await playing.script("mine 6\nuser closechannel last --force");
    old = (await agreements(playing, "user"))[0]?.agreement_id ?? "";
  }, 120_000);
  afterAll(() => playing.close());

  test("one command says where the money is", async () => {
    const asked = await playing.run("user reopen last");
    expect(asked).toMatchObject({ agreement_id: old, target_usd: "4.000000", step: "sweep", new_agreement_id: null });
    await untilBroadcast(playing.demo.chain);
    await playing.run("mine 1");
    await until(async () => /until block \d+/.test((await carried())?.detail ?? ""));
  }, 60_000);

  test("and everything else follows by itself, through restarts of both sides", async () => {
    await playing.run("mine 140");
    await playing.script("kill user\nstart user\nwait user synced");
    const confirms = async () => JSON.stringify(await playing.run("user audit --kind carry_over_step"));
    await minedUntil(playing, async () => (await confirms()).includes('"confirm"'));
    await untilSaved(playing.folder("lsp"));
    await playing.script("kill lsp\nstart lsp\nwait lsp synced");
    await minedUntil(playing, async () => (await carried())?.step === "done");
    const [mine] = await agreements(playing, "user");
    expect(mine).toMatchObject({ status: "active", target_usd: "4.000000", backing_msat: "5000000" });
    expect(mine?.agreement_id).not.toBe(old);
    const { channels: open } = channels.parse(await playing.run("user listallchannels"));
    expect(open.filter(({ channel_ready }) => channel_ready)).toHaveLength(2);
    // What came back is in the channel, but for the fees and what LDK keeps of a commitment.
    expect(Math.max(...open.map(({ capacity_sat }) => Number(capacity_sat)))).toBeGreaterThan(47_000);
    expect(Number(balance.parse(await playing.run("user balance")).onchain_sat)).toBeLessThan(3_000);
  }, 300_000);

  test("the channel of the LSP's stake holds nothing of the user's", async () => {
    const { channels: open } = channels.parse(await playing.run("user listallchannels"));
    const [own] = open.toSorted((a, b) => Number(b.outbound_msat) - Number(a.outbound_msat));
    const [mine] = await agreements(playing, "user");
    // All but the anchors of its own channel is the user's, and what LDK keeps of the commitment's fee is unspendable.
    const held = BigInt(mine?.native_msat ?? 0) + BigInt(mine?.backing_msat ?? 0);
    expect(held).toBeLessThanOrEqual((BigInt(own?.capacity_sat ?? 0) - 660n) * 1_000n);
  }, 60_000);

  test("the new peg settles both ways", async () => {
    await playing.script("price 50000\nwait user settled\nwait lsp settled");
    expect((await agreements(playing, "user"))[0]).toMatchObject({ backing_msat: "8000000", drift_bps: 0 });
    await playing.script("price 100000\nwait user settled\nwait lsp settled");
    const [mine, theirs] = await Promise.all([agreements(playing, "user"), agreements(playing, "lsp")]);
    expect(mine[0]?.backing_msat).toBe("4000000");
    expect(theirs[0]?.backing_msat).toBe("4000000");
  }, 120_000);
});
