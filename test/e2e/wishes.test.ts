/** From nothing to dollars with one invoice, on real nodes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { micro } from "../../src/stable/units.ts";
import { chainKinds } from "./chains.ts";
import { untilConnected } from "./connected.ts";
import { killQuiet } from "./saved.ts";
import { openPlaying, type Playing, routing } from "./stage.ts";
import { until } from "./until.ts";

let playing: Playing;
const wishesOf = z.object({
  wishes: z.array(z.object({ status: z.string(), agreement_id: z.string().nullable(), reason: z.string().nullable() })),
});
const stableOf = z.object({ agreements: z.array(z.object({ status: z.string(), target_usd: z.string() })) });
const newest = async () => wishesOf.parse(await playing.run("user stable wishes")).wishes.at(-1);
const live = async (role: string) =>
  stableOf.parse(await playing.run(`${role} stable`)).agreements.filter(({ status }) => status === "active");

describe.each(chainKinds)("on the %s chain", (kind) => {
  beforeAll(async () => {
    playing = await openPlaying(kind);
    await playing.script(routing(10_000_000));
  }, 120_000);
  afterAll(() => playing.close());

  test("one invoice, paid, is twenty-five dollars on both sides", async () => {
    await playing.script("user getjitinvoice 50000 --stable 25\nexchange payjitinvoice\nwait user settled");
    await until(async () => (await newest())?.status === "agreed");
    expect(await live("user")).toEqual([{ status: "active", target_usd: "25.000000" }]);
    expect(await live("lsp")).toEqual(await live("user"));
  }, 60_000);

  test("a user that was killed before the payment still gets its dollars", async () => {
    await playing.run("user getjitinvoice 50000 --new-channel --stable 10");
    await killQuiet(playing, "user");
    await playing.run("start user");
    await untilConnected(playing);
    await playing.run("exchange payjitinvoice");
    await until(async () => (await newest())?.status === "agreed");
    expect((await live("user")).map(({ target_usd }) => target_usd).sort()).toEqual(["10.000000", "25.000000"]);
  }, 60_000);

  test("an LSP that was away when the payment was there is asked again", async () => {
    await playing.script("user getjitinvoice 50000 --new-channel --stable 5");
    await playing.run("exchange payjitinvoice");
    await playing.demo.life("lsp")?.reopen();
    await until(async () => (await newest())?.status === "agreed");
    expect(await live("user")).toHaveLength(3);
  }, 90_000);
});

describe("an LSP that does not want it", () => {
  beforeAll(async () => {
    playing = await openPlaying("embedded", { "stable-max-peer": micro(20_000_000n) });
    await playing.script(routing(10_000_000));
  }, 120_000);
  afterAll(() => playing.close());

  test("says so: the wish is given up with its reason, the bitcoin stays", async () => {
    await playing.script("user getjitinvoice 50000 --stable 25\nexchange payjitinvoice");
    await until(async () => (await newest())?.status === "refused");
    expect((await newest())?.reason).toMatch(/policy/);
    expect(await live("user")).toEqual([]);
    expect(JSON.stringify(await playing.run("user audit --kind wish_refused"))).toContain("payment_hash");
  }, 60_000);
});
