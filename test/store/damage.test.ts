import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import fc from "fast-check";
import { openStore, type SqliteLedger } from "../../src/store/open-store.ts";
import { StoreError } from "../../src/store/store-error.ts";
import { agreement, intent, message, NOW, settlement } from "./samples.ts";
import { cleanUp, freshPath, openTemp } from "./temp-ledger.ts";

afterEach(cleanUp);

const open = (path: string): Promise<SqliteLedger> => openStore({ path, now: () => NOW });

/** All that a ledger holds. */
async function everything(ledger: SqliteLedger) {
  const { openSettlements, outbox } = await ledger.load();
  return {
    agreements: await ledger.agreements(),
    openSettlements,
    outbox,
    settlements: await ledger.settlements("a1"),
    byId: await Promise.all(Array.from({ length: 30 }, (_, n) => ledger.settlement(`p${n + 1}`))),
    revisions: await ledger.revisions("a1"),
    jit: await ledger.jitInvoices(),
    forwards: await ledger.forwards(100),
    seen: await Promise.all(["e1", "e2"].map((key) => ledger.seen(key))),
    audit: await ledger.audit({ limit: 1_000 }),
  };
}
type Everything = Awaited<ReturnType<typeof everything>>;

async function fill(ledger: SqliteLedger): Promise<void> {
  const proposal = { payload: "{}", signature: "s" };
  await ledger.commit([
    { put: "agreement", agreement: agreement("a1") },
    {
      put: "revision",
      revision: { agreementId: "a1", rev: 1, kind: "open", stateHash: "h", state: "{}", proposal, at: NOW },
    },
    { put: "outbox", message: message("m1") },
    { put: "seen", key: "e1", at: NOW },
    { put: "forward", forward: { id: "f1", at: NOW, prevChannelId: "c1", nextChannelId: "c2" } },
  ]);
  for (let n = 1; n <= 30; n += 1) await ledger.commit(intent(n));
}

/** A ledger at `path` and what it holds; with `log` as a power cut leaves it, its last commits only in the log. */
async function filled(path: string, { log }: { log: boolean }): Promise<{ held: Everything; before: Everything }> {
  const source = freshPath();
  const ledger = await open(source);
  await fill(ledger);
  const before = await everything(ledger);
  await ledger.commit([{ put: "settlement", settlement: settlement("p30", "a1", { status: "succeeded" }) }]);
  const held = await everything(ledger);
  if (!log) await ledger.close();
  for (const suffix of ["", "-wal"]) if (existsSync(source + suffix)) copyFileSync(source + suffix, path + suffix);
  await ledger.close();
  return { held, before };
}

function copiesOf(path: string): string[] {
  return readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.corrupt-`));
}

/** What became of opening a damaged file and reading all of it: the error, or what was read. */
async function readAll(path: string): Promise<Everything | StoreError> {
  let ledger: SqliteLedger | undefined;
  try {
    ledger = await open(path);
    return await everything(ledger);
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  } finally {
    await ledger?.close();
  }
}

const flips = fc.record({
  place: fc.nat({ max: 2 ** 31 - 1 }),
  mask: fc.integer({ min: 1, max: 255 }),
});

function flip(path: string, { place, mask }: { place: number; mask: number }): void {
  const bytes = readFileSync(path);
  const at = place % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ mask;
  writeFileSync(path, bytes);
}

test.each([
  ["in the database", "", false],
  ["in the database, with commits in the log", "", true],
  ["in the log", "-wal", true],
] as const)(
  "a byte that flips %s is refused or changes nothing, whatever it hits",
  async (_where, suffix, log) => {
    const path = freshPath();
    const source = freshPath();
    const { held, before } = await filled(source, { log });
    await fc.assert(
      fc.asyncProperty(flips, async (damage) => {
        for (const name of readdirSync(dirname(path))) rmSync(`${dirname(path)}/${name}`);
        for (const part of ["", "-wal"]) if (existsSync(source + part)) copyFileSync(source + part, path + part);
        flip(path + suffix, damage);
        const found = await readAll(path);
        if (found instanceof StoreError) {
          expect(["database_corrupt", "database_newer", "store_failure"]).toContain(found.code);
          if (found.code === "database_corrupt") expect(copiesOf(path).length).toBeGreaterThan(0);
        } else if (suffix === "-wal") {
          // damage to the very last commit cannot be told from a power cut during it
          expect([held, before]).toContainEqual(found);
        } else expect(found).toEqual(held);
      }),
      { numRuns: 150 },
    );
  },
  120_000,
);

const damages: ReadonlyArray<[what: string, log: boolean, damage: (path: string) => void]> = [
  ["its header overwritten", false, (path) => overwrite(path, 0, 100)],
  ["middle pages overwritten", false, (path) => overwrite(path, 3 * 4096, 8192)],
  ["its end cut off", false, (path) => truncateSync(path, 5 * 4096 + 17)],
  ["all but some bytes cut off", false, (path) => truncateSync(path, 30)],
  ["nothing in it", false, (path) => truncateSync(path, 0)],
  ["nothing in it beside a log", true, (path) => truncateSync(path, 0)],
  ["no file beside a log", true, (path) => rmSync(path)],
  ["a log damaged in its middle", true, (path) => overwrite(`${path}-wal`, 32 + 2 * 4120 + 100, 1)],
  ["a log whose header is damaged", true, (path) => overwrite(`${path}-wal`, 9, 4)],
  ["text instead of a database", false, (path) => writeFileSync(path, "these are my notes\n".repeat(300))],
  ["another program's database", false, (path) => otherDatabase(path)],
  ["an audit trigger missing", false, (path) => inSql(path, "DROP TRIGGER audit_no_update")],
  ["a table missing", false, (path) => inSql(path, "DROP TABLE outbox")],
];

/** Hashes of the database and its log; an empty log, which a mere look leaves behind, counts as none. */
function filesOf(path: string): Array<string | undefined> {
  const bytes = ["", "-wal"].map((suffix) => (existsSync(path + suffix) ? readFileSync(path + suffix) : undefined));
  const [database, log] = bytes.map((file) => file && Bun.SHA256.hash(file, "hex"));
  return [database, bytes[1]?.length === 0 ? undefined : log];
}

function overwrite(path: string, from: number, length: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0x5a, from, from + length);
  writeFileSync(path, bytes);
}

function otherDatabase(path: string): void {
  rmSync(path);
  inSql(path, "CREATE TABLE ldk_node_data (key TEXT PRIMARY KEY, value BLOB)");
}

function inSql(path: string, sql: string): void {
  const database = new Database(path);
  database.run(sql);
  database.close(true);
}

test.each(damages)("a ledger with %s is refused, left as it is and copied once", async (_what, log, damage) => {
  const path = freshPath();
  await filled(path, { log });
  damage(path);
  const files = () => filesOf(path);
  const found = files();
  for (let start = 0; start < 2; start += 1) {
    const failure = await open(path).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreError);
    expect(failure).toMatchObject({ code: "database_corrupt" });
    expect(String(failure)).toContain(`the ledger ${path} is damaged`);
    expect(String(failure)).toContain(`a copy is at ${path}.corrupt-20231114T221320Z: put a backup in its place`);
    expect(files()).toEqual(found);
  }
  const copy = `${path}.corrupt-20231114T221320Z`;
  expect(filesOf(copy)).toEqual(found);
  expect(copiesOf(path)).toHaveLength(found.filter((file) => file !== undefined).length);
});

test("an edited amount is refused when it is read, and nothing is done with the ledger from then on", async () => {
  const path = freshPath();
  await filled(path, { log: false });
  inSql(path, "UPDATE agreements SET paid_by_provider_msat = 31000 WHERE id = 'a1'");
  const ledger = await openTemp({ path });
  const failure = await ledger.load().catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "database_corrupt" });
  expect(String(failure)).toContain("agreements");
  expect(copiesOf(path)).toHaveLength(1);
  await expect(ledger.commit(intent(31))).rejects.toBe(failure);
  await expect(ledger.settlements("a1")).rejects.toBe(failure);
});

test("verify names every row that does not hold", async () => {
  const path = freshPath();
  await filled(path, { log: false });
  inSql(path, "UPDATE settlements SET amount_msat = amount_msat + 1 WHERE seq = 7; UPDATE outbox SET peer = 'x'");
  const ledger = await openTemp({ path });
  const report = await ledger.verify();
  expect(report).toMatchObject({
    ok: false,
    problems: [expect.stringContaining("of settlements"), expect.stringContaining("of outbox")],
  });
});

test("a header that denies its log changes nothing", async () => {
  const path = freshPath();
  const { held } = await filled(path, { log: true });
  const bytes = readFileSync(path);
  // write and read version: 1 stands for no log, https://www.sqlite.org/fileformat2.html#file_format_version_numbers
  bytes.fill(1, 18, 20);
  writeFileSync(path, bytes);
  expect(await readAll(path)).toEqual(held);
});

test("the torn end of a log, as a power cut during a commit leaves it, costs that commit only", async () => {
  const path = freshPath();
  const { before } = await filled(path, { log: true });
  truncateSync(`${path}-wal`, readFileSync(`${path}-wal`).length - 10);
  const ledger = await openTemp({ path });
  expect(await everything(ledger)).toEqual(before);
  expect(copiesOf(path)).toEqual([]);
});
