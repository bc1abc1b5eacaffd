import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { GENESIS_HASH, nextAuditLine } from "../../src/store/audit-chain.ts";
import { openStore } from "../../src/store/open-store.ts";
import { NOW } from "./samples.ts";
import { cleanUp, freshPath, openTemp } from "./temp-ledger.ts";

afterEach(cleanUp);

/** More lines than a start looks at, so that damage near the beginning is left to `verifyAudit`. */
const LINES = 1_100;

async function longLog(): Promise<string> {
  const path = freshPath();
  const ledger = await openStore({ path, now: () => NOW });
  const entries = Array.from({ length: LINES }, (_, n) => ({ kind: "settle", peer: "03bb", data: { seq: n + 1 } }));
  await ledger.commit(entries.map((entry) => ({ put: "audit", entry })));
  await ledger.close();
  return path;
}

/** Runs SQL as somebody would who takes the triggers away for it and puts them back. */
function tamper(path: string, sql: string): void {
  const database = new Database(path);
  const triggers = database
    .query<{ name: string; sql: string }, []>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all();
  for (const { name } of triggers) database.run(`DROP TRIGGER ${name}`);
  database.run(sql);
  for (const trigger of triggers) database.run(trigger.sql);
  database.close(true);
}

/** A line 50 that is sound in itself and continues nothing. */
const forged = nextAuditLine({ seq: 49, hash: GENESIS_HASH }, { kind: "settle", data: { seq: 49 } }, NOW);

const tamperings: ReadonlyArray<[what: string, sql: string, line: number]> = [
  ["other data", `UPDATE audit SET data = '{"seq":51}' WHERE seq = 50`, 50],
  ["its data spelled in another way", `UPDATE audit SET data = '{"seq": 50}' WHERE seq = 50`, 50],
  ["data that is no JSON", "UPDATE audit SET data = 'seq' WHERE seq = 50", 50],
  ["another time", "UPDATE audit SET at = at + 1 WHERE seq = 50", 50],
  ["another kind", "UPDATE audit SET kind = 'claim' WHERE seq = 50", 50],
  ["another agreement", "UPDATE audit SET agreement_id = 'a1' WHERE seq = 50", 50],
  ["a peer taken out", "UPDATE audit SET peer = NULL WHERE seq = 50", 50],
  [
    "a forged line whose hash fits it",
    `UPDATE audit SET peer = NULL, data = '{"seq":49}', prev_hash = '${forged.prevHash}', hash = '${forged.hash}'
     WHERE seq = 50`,
    50,
  ],
  ["its first line gone", "DELETE FROM audit WHERE seq = 1", 1],
  ["a line gone", "DELETE FROM audit WHERE seq = 50", 50],
  ["an extra line before the first", "UPDATE audit SET seq = 0 WHERE seq = 1", 1],
];

test.each(tamperings)("an audit log with %s is found out, at the line where it starts", async (_what, sql, line) => {
  const path = await longLog();
  tamper(path, sql);
  const ledger = await openTemp({ path });
  expect(await ledger.verifyAudit()).toEqual({ ok: false, seq: line, reason: expect.any(String) });
  expect(await ledger.verify()).toMatchObject({
    ok: false,
    problems: [expect.stringContaining(`audit line ${line}`)],
  });
});

const late: ReadonlyArray<[what: string, sql: string, line: number]> = [
  ["an edited line", `UPDATE audit SET kind = 'claim' WHERE seq = ${LINES - 5}`, LINES - 5],
  ["a line gone", `DELETE FROM audit WHERE seq = ${LINES - 5}`, LINES - 5],
  [
    "a line gone and the later ones moved up",
    `DELETE FROM audit WHERE seq = ${LINES - 5};
     UPDATE audit SET seq = 1 - seq WHERE seq > ${LINES - 5};
     UPDATE audit SET seq = -seq WHERE seq < 0`,
    LINES - 5,
  ],
];

test.each(late)("%s among the newest lines is refused at the start", async (_what, sql, line) => {
  const path = await longLog();
  tamper(path, sql);
  const failure = await openStore({ path, now: () => NOW }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "database_corrupt" });
  expect(String(failure)).toContain(`audit line ${line}: `);
});

test("a log cut off at its end is whole in itself and shows by the head that was noted", async () => {
  const path = await longLog();
  const noted = await (async () => {
    const ledger = await openStore({ path, now: () => NOW });
    const report = await ledger.verifyAudit();
    await ledger.close();
    return report;
  })();
  tamper(path, `DELETE FROM audit WHERE seq = ${LINES}`);
  const report = await (await openTemp({ path })).verifyAudit();
  expect(noted).toMatchObject({ ok: true, lines: LINES, head: { seq: LINES } });
  expect(report).toMatchObject({ ok: true, lines: LINES - 1, head: { seq: LINES - 1 } });
});

test.each([
  "UPDATE audit SET kind = 'x' WHERE seq = 1",
  "DELETE FROM audit WHERE seq = 2",
  "DELETE FROM audit",
  "REPLACE INTO audit SELECT seq, at, 'x', agreement_id, peer, data, prev_hash, hash FROM audit WHERE seq = 1",
  "INSERT INTO audit SELECT seq + 2000, at, kind, agreement_id, peer, data, prev_hash, hash FROM audit WHERE seq = 1",
])("the database itself refuses: %s", async (sql) => {
  const path = await longLog();
  const database = new Database(path);
  expect(() => database.run(sql)).toThrow("the audit log is append-only");
  database.close(true);
  expect(await (await openTemp({ path })).verifyAudit()).toMatchObject({ ok: true, lines: LINES });
});

test("the hash is SHA-256 of the line's canonical JSON", async () => {
  const ledger = await openTemp();
  const entry = {
    kind: "settled",
    agreementId: "a1",
    data: { b: "2", a: [1, null, { z: true, y: "ü" }], gone: undefined },
  };
  await ledger.commit([{ put: "audit", entry }]);
  const [line] = await ledger.audit({ limit: 1 });
  const text =
    `{"agreement_id":"a1","at":${NOW},"data":{"a":[1,null,{"y":"ü","z":true}],"b":"2"},"kind":"settled","peer":null,` +
    `"prev_hash":"${"0".repeat(64)}","seq":1}`;
  expect(line?.hash).toBe(new Bun.CryptoHasher("sha256").update(text).digest("hex"));
});

test("text that is no valid UTF-16 does not break the chain", async () => {
  const path = freshPath();
  const ledger = await openTemp({ path });
  const half = "\ud800";
  await ledger.commit([{ put: "audit", entry: { kind: half, agreementId: half, peer: half, data: { [half]: half } } }]);
  expect(await ledger.verifyAudit()).toMatchObject({ ok: true, lines: 1 });
  await ledger.close();
  expect(await (await openTemp({ path })).verifyAudit()).toMatchObject({ ok: true, lines: 1 });
});
