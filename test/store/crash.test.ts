import { afterEach, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { openStore } from "../../src/store/open-store.ts";
import { startChild } from "./child-process.ts";
import { agreement, NOW } from "./samples.ts";
import { cleanUp, freshPath, openTemp } from "./temp-ledger.ts";

afterEach(cleanUp);

test("after a kill at any moment every commit that returned is there, whole, and no other but the one under way", async () => {
  const path = freshPath();
  const first = await openStore({ path, now: () => NOW });
  await first.commit([{ put: "agreement", agreement: agreement("a1") }]);
  await first.close();
  let next = 1;
  for (let round = 0; round < 12; round += 1) {
    const child = startChild("writer-child.ts", [path, `${next}`]);
    for (let said = 0; said < 1 + round * 7; said += 1) expect(await child.line()).toBe(String(next + said));
    await child.kill();
    const last = Number((await child.rest()).at(-1) ?? next + round * 7);

    const ledger = await openStore({ path, now: () => NOW });
    const seqs = (await ledger.settlements("a1")).map(({ seq }) => seq);
    expect([last, last + 1]).toContain(seqs.length);
    expect(seqs).toEqual(seqs.map((_, n) => n + 1));
    expect(await ledger.agreement("a1")).toMatchObject({ paidByProviderMsat: BigInt(seqs.length) });
    expect(await ledger.verify()).toMatchObject({ ok: true, rows: { audit: seqs.length, settlements: seqs.length } });
    await ledger.close();
    next = seqs.length + 1;
  }
}, 120_000);

test("a kill while the ledger is made leaves none or a whole one", async () => {
  for (let round = 0; round < 10; round += 1) {
    const path = freshPath();
    const child = startChild("writer-child.ts", [path]);
    // its first file is there: it is somewhere between making it and its first commits
    while (readdirSync(dirname(path)).length === 0) await Bun.sleep(0);
    await child.kill();
    const ledger = await openTemp({ path });
    expect(await ledger.verify()).toMatchObject({ ok: true });
  }
}, 60_000);
