import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { MAX_MICRO, MAX_MSAT } from "../../src/stable/units.ts";
import { openStore, type SqliteLedger } from "../../src/store/open-store.ts";
import { type Migration, migrations } from "../../src/store/schema.ts";
import { agreement, NOW } from "./samples.ts";
import { cleanUp, freshPath, openTemp } from "./temp-ledger.ts";

afterEach(cleanUp);

const nextVersion = (migrations.at(-1)?.version ?? 0) + 1;
const next: Migration = {
  version: nextVersion,
  sql: "CREATE TABLE notes (position INTEGER PRIMARY KEY, note TEXT) STRICT",
};
const failing: Migration = {
  version: nextVersion,
  sql: "CREATE TABLE half (n INTEGER) STRICT; CREATE TABLE half (n INTEGER)",
};

/** A ledger as an earlier version wrote it; scripts/ledger-fixture.ts makes the next one. */
function ledgerOf(version: number): string {
  const path = freshPath();
  const database = new Database(path);
  database.run(readFileSync(join(import.meta.dir, `fixtures/version-${version}.sql`), "utf8"));
  database.close(true);
  return path;
}

const earlier = migrations.map(({ version }) => version).slice(0, -1);

async function expectFixture(ledger: SqliteLedger): Promise<void> {
  expect(await ledger.load()).toMatchObject({
    agreements: [
      { id: "a1", side: "receiver", paidByProviderMsat: 12_500_000n, targetMicro: 4_000_000n, status: "active" },
      { id: "a2", backing0Msat: -MAX_MSAT, targetMicro: MAX_MICRO, status: "ended", expiresAt: NOW + 600 },
    ],
    openSettlements: [{ paymentId: "p2", seq: 2, status: "unknown" }],
    outbox: [{ id: "m1", attempts: 2, envelope: { payload: '{"v":1}', signature: "sig" } }],
  });
  expect(await ledger.settlement("p1")).toMatchObject({ status: "succeeded", amountMsat: 12_500_000n });
  expect(await ledger.revisions("a1")).toMatchObject([
    { rev: 1, state: '{"rev":1}', acceptance: { signature: "d9u3" } },
  ]);
  expect(await ledger.jitInvoices()).toMatchObject([{ amountMsat: 50_000_000n, openingFeeMsat: 2_000_000n }]);
  expect(await ledger.forwards(1)).toMatchObject([{ id: "f1", skimmedFeeMsat: 2_000_000n }]);
  expect(await ledger.seen("payment_received p9")).toBe(true);
  expect(await ledger.verify()).toMatchObject({ ok: true, rows: { agreements: 2, settlements: 2, audit: 2 } });
}

const others = (path: string) => readdirSync(dirname(path)).filter((name) => /\.v\d|corrupt|new-/.test(name));

test.each(earlier)("a version %i ledger opens with everything it holds and goes on", async (version) => {
  const ledger = await openTemp({ path: ledgerOf(version) });
  await expectFixture(ledger);
  await ledger.commit([
    { put: "agreement", agreement: agreement("a3") },
    { put: "audit", entry: { kind: "opened", data: {} } },
  ]);
  expect(await ledger.verify()).toMatchObject({ ok: true, rows: { agreements: 3, audit: 3 } });
});

test("an older ledger is brought up to date, with a copy of it kept", async () => {
  const path = ledgerOf(1);
  const ledger = await openTemp({ path, migrations: [...migrations, next] });
  await expectFixture(ledger);
  const [copy = ""] = others(path);
  expect(others(path)).toEqual([`${basename(path)}.v1-20231114T221320Z`]);
  const kept = join(dirname(path), copy);
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  await expectFixture(await openTemp({ path: kept }));
});

test("a step that fails leaves the ledger in its old version, and the next start tries again", async () => {
  const path = ledgerOf(1);
  const failure = await openStore({ path, now: () => NOW, migrations: [...migrations, failing] }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: "internal" });
  const ledger = await openStore({ path, now: () => NOW });
  await expectFixture(ledger);
  await ledger.close();
  await expectFixture(await openTemp({ path, migrations: [...migrations, next] }));
});

test("a newer ledger is refused and left alone", async () => {
  const path = freshPath();
  await (await openStore({ path, now: () => NOW, migrations: [...migrations, next] })).close();
  const before = readFileSync(path);
  const failure = await openStore({ path, now: () => NOW }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "database_newer" });
  expect(String(failure)).toContain(path);
  expect(String(failure)).toContain("update the program");
  expect(readFileSync(path)).toEqual(before);
  expect(others(path)).toEqual([]);
});

test("a new ledger has the newest version and no copy beside it", async () => {
  const path = freshPath();
  await openTemp({ path });
  expect(others(path)).toEqual([]);
  await openTemp({ path });
  expect(others(path)).toEqual([]);
});
