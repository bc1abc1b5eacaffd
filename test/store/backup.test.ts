import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { openStore } from "../../src/store/open-store.ts";
import { checkBackup } from "../../src/store/verify.ts";
import { startChild } from "./child-process.ts";
import { agreement, intent, NOW } from "./samples.ts";
import { cleanUp, freshPath, openTemp } from "./temp-ledger.ts";

afterEach(cleanUp);

test("a backup made while another process commits is a whole ledger of one moment", async () => {
  const path = freshPath();
  const ledger = await openTemp({ path });
  await ledger.commit([{ put: "agreement", agreement: agreement("a1") }]);
  const writer = startChild("writer-child.ts", [path]);
  let said = Number(await writer.line());
  for (let n = 1; n <= 5; n += 1) {
    const target = `${path}.backup-${n}`;
    const contents = await ledger.backup(target);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(await checkBackup(target)).toEqual(contents);
    const restored = await openTemp({ path: target });
    const seqs = (await restored.settlements("a1")).map(({ seq }) => seq);
    expect(seqs.length).toBeGreaterThanOrEqual(said);
    expect(seqs).toEqual(seqs.map((_, place) => place + 1));
    expect(contents.rows).toMatchObject({ settlements: seqs.length, audit: seqs.length });
    expect(await restored.agreement("a1")).toMatchObject({ paidByProviderMsat: BigInt(seqs.length) });
    for (const ahead = said + 20; said < ahead; ) said = Number(await writer.line());
  }
  await writer.kill();
});

test("a restored backup goes on where the ledger was", async () => {
  const ledger = await openTemp();
  await ledger.commit([{ put: "agreement", agreement: agreement("a1") }, ...intent(1)]);
  const target = freshPath();
  await ledger.backup(target);
  const restored = await openTemp({ path: target });
  await restored.commit(intent(2));
  expect(await restored.verify()).toMatchObject({ ok: true, rows: { settlements: 2, audit: 2 } });
  expect(await restored.audit({ limit: 1 })).toMatchObject([{ seq: 2, data: { seq: 2 } }]);
});

test("a name that is taken is refused and what has it stays", async () => {
  const ledger = await openTemp();
  const target = freshPath();
  writeFileSync(target, "mine");
  const failure = await ledger.backup(target).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "store_failure" });
  expect(String(failure)).toContain(`${target} exists`);
  expect(await Bun.file(target).text()).toBe("mine");
});

test("a backup that cannot be written says where and leaves nothing behind", async () => {
  const ledger = await openTemp();
  const target = join(dirname(freshPath()), "absent", "backup.sqlite");
  const failure = await ledger.backup(target).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "store_failure" });
  expect(String(failure)).toContain(target);
  expect(existsSync(dirname(target))).toBe(false);
  expect(await ledger.load()).toMatchObject({ agreements: [] });
});

test("a ledger with a damaged row gives no backup that looks sound", async () => {
  const path = freshPath();
  const first = await openStore({ path, now: () => NOW });
  await first.commit([{ put: "agreement", agreement: agreement("a1") }]);
  await first.close();
  const database = new Database(path);
  database.run("UPDATE agreements SET rev = 9");
  database.close(true);
  const ledger = await openTemp({ path });
  const directory = join(dirname(path), "backups");
  mkdirSync(directory);
  await expect(ledger.backup(join(directory, "backup.sqlite"))).rejects.toMatchObject({ code: "store_failure" });
  expect(readdirSync(directory)).toEqual([]);
});

test("checkBackup says what is wrong with a file and changes nothing", async () => {
  const ledger = await openTemp();
  const target = freshPath();
  await ledger.commit([{ put: "agreement", agreement: agreement("a1") }, ...intent(1)]);
  await ledger.backup(target);
  expect(await checkBackup(target)).toMatchObject({ ok: true, rows: { agreements: 1, settlements: 1, audit: 1 } });
  truncateSync(target, 3 * 4096);
  expect(await checkBackup(target)).toMatchObject({ ok: false });
  expect(readdirSync(dirname(target))).toEqual([basename(target)]);
  expect(await checkBackup(`${target}-absent`)).toEqual({
    ok: false,
    problems: [`there is no ledger at ${target}-absent`],
  });
});
