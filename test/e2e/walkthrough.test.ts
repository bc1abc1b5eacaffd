import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { untilQuiet } from "./books.ts";
import { chainKinds, untilBroadcast } from "./chains.ts";
import { killQuiet } from "./saved.ts";
import { onboarding, openPlaying, type Playing } from "./stage.ts";

const agreements = z.object({
  agreements: z.array(
    z.object({
      agreement_id: z.string(),
      status: z.string(),
      target_usd: z.string(),
      backing_msat: z.string(),
      native_msat: z.string(),
      value_usd: z.string(),
      drift_bps: z.number(),
      settlements: z.number(),
      paid_msat: z.string(),
      received_msat: z.string(),
    }),
  ),
});

const channelsResult = z.object({
  channels: z.array(z.object({ channel_id: z.string(), capacity_sat: z.string(), phase: z.string() })),
});
const balanceResult = z.object({ onchain_sat: z.string(), lightning_sat: z.string() });

async function only(playing: Playing, role: string) {
  const [first, ...others] = agreements.parse(await playing.run(`${role} stable`)).agreements;
  if (first === undefined || others.length > 0) throw new Error(`${role} has not one agreement`);
  return first;
}

/**
 * Mines whatever the node broadcasts until the wallet has gained something, and says how much. LDK looks for what it
 * can sweep every 30 seconds only, so what is waited for is its transaction, not a number of blocks.
 */
async function gainedOnchain(playing: Playing, role: string, before: bigint): Promise<bigint> {
  for (;;) {
    await untilBroadcast(playing.demo.chain);
    await playing.run("mine 1");
    const gained = (await onchain(playing, role)) - before;
    if (gained > 0n) return gained;
  }
}

async function onchain(playing: Playing, role: string): Promise<bigint> {
  return BigInt(balanceResult.parse(await playing.run(`${role} balance`)).onchain_sat);
}

describe.each(chainKinds)("on %s", (kind) => {
  test("the walkthrough script runs to its end", async () => {
    const playing = await openPlaying(kind);
    try {
      const text = await Bun.file(join(import.meta.dir, "../../scripts/demo.txt")).text();
      const last = await playing.script(text);
      expect(last["actual"]).toBe(0);
    } finally {
      await playing.close();
    }
  }, 120_000);

  describe("one life of a channel", () => {
    let playing: Playing;
    beforeAll(async () => {
      playing = await openPlaying(kind);
      await playing.script(onboarding);
    }, 120_000);
    afterAll(() => playing.close());

    test("the LSP matches the user's side, at once and unconfirmed", async () => {
      const { channels } = channelsResult.parse(await playing.run("user listallchannels"));
      expect(channels.map((c) => c.capacity_sat)).toEqual(["100000"]);
    }, 60_000);

    test("a peg of $4 leaves the rest native", async () => {
      await playing.run("user startstablechannel last true 4.0 0");
      const { target_usd, backing_msat, native_msat, status } = await only(playing, "user");
      expect({ target_usd, backing_msat, status }).toEqual({
        target_usd: "4.000000",
        backing_msat: "4000000",
        status: "active",
      });
      // The millisatoshi of the control messages may still be under way.
      expect(BigInt(native_msat)).toBeGreaterThanOrEqual(45_999_998n);
      expect(BigInt(native_msat)).toBeLessThanOrEqual(46_000_000n);
    }, 60_000);

    test("after a fall the LSP pays the user back to the dollar, and both books say so", async () => {
      await playing.script("price 80000\nwait user settled\nwait lsp settled");
      const user = await only(playing, "user");
      const lsp = await only(playing, "lsp");
      expect(user.backing_msat).toBe("5000000");
      expect(user.received_msat).toBe("1000000");
      expect(lsp.paid_msat).toBe("1000000");
      expect(lsp.backing_msat).toBe(user.backing_msat);
    }, 60_000);

    test("after a rise the user pays", async () => {
      await playing.script("price 125000\nwait user settled\nwait lsp settled");
      expect((await only(playing, "user")).paid_msat).toBe("1800000");
      expect((await only(playing, "lsp")).received_msat).toBe("1800000");
    }, 60_000);

    test("either side torn down and started again holds the same book and goes on", async () => {
      const before = await only(playing, "user");
      await killQuiet(playing, "user");
      await playing.script("start user\nwait user ready\nprice 100000\nwait user settled");
      await killQuiet(playing, "lsp");
      await playing.script(
        "start lsp\nwait lsp ready\nwait user ready\nprice 80000\nwait lsp settled\nwait user settled",
      );
      const user = await only(playing, "user");
      expect(user.agreement_id).toBe(before.agreement_id);
      expect(user.backing_msat).toBe("5000000");
      expect((await only(playing, "lsp")).backing_msat).toBe("5000000");
    }, 120_000);

    test("closing settles first, and the money arrives on chain", async () => {
      await playing.script("mine 6\nprice 79900");
      const before = await onchain(playing, "user");
      const closed = await playing.run("user closechannel last");
      expect(closed["settled_msat"]).not.toBe("0");
      expect((await only(playing, "user")).status).toBe("ended");
      expect((await only(playing, "lsp")).status).toBe("ended");
      // 50,000 sat came in; of the dollars' moves 1,000 + 800 + 1,000 came and 1,800 went, and the end settled the rest.
      // The LSP opened the channel and pays for closing it, so all of it arrives, less what is below a satoshi.
      const settled = BigInt(String(closed["settled_msat"])) / 1_000n;
      const gained = await gainedOnchain(playing, "user", before);
      expect(gained).toBeGreaterThanOrEqual(50_000n + 1_000n + settled - 1n);
      expect(gained).toBeLessThanOrEqual(50_000n + 1_000n + settled);
    }, 120_000);

    test("a force close is swept to the last output", async () => {
      await playing.script("user getjitinvoice 60000\nexchange payjitinvoice\nwait user channels=1");
      await untilQuiet(playing);
      await playing.script("mine 6\nwait user ready");
      // Its payment has settled, but may be in the newest commitment still, and would have to be fought for on chain.
      // A further one, too small for an output of its own, brings a commitment without it.
      await playing.script("let lsp = lsp nodeinfo .node_id\nuser keysend $lsp 300");
      const before = await onchain(playing, "user");
      await playing.run("user closechannel last --force");
      // The user's own output waits for its delay of 144 blocks; then it is swept and the sweep confirms.
      await untilBroadcast(playing.demo.chain);
      await playing.run("mine 145");
      const gained = await gainedOnchain(playing, "user", before);
      expect(gained).toBeGreaterThan(58_000n);
      expect(gained).toBeLessThan(60_000n);
    }, 180_000);
  });
});
