import { afterEach, expect, test } from "bun:test";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Change } from "../../src/stable/ledger.ts";
import { msat } from "../../src/stable/units.ts";
import { openStore } from "../../src/store/open-store.ts";
import { startChild } from "./child-process.ts";
import { agreement, intent, message, NOW, settlement } from "./samples.ts";
import { cleanUp, freshPath, openTemp } from "./temp-ledger.ts";

afterEach(cleanUp);

const whole: Change[] = [
  { put: "agreement", agreement: agreement("a1") },
  { put: "settlement", settlement: settlement("p1", "a1") },
  { put: "outbox", message: message("m1") },
  { put: "seen", key: "e1", at: NOW },
  { put: "audit", entry: { kind: "intent", data: {} } },
];

const refused: ReadonlyArray<[what: string, change: Change, code: string]> = [
  ["an event that was seen in the same commit", { put: "seen", key: "e1", at: NOW }, "conflict"],
  ["a settlement of no agreement", { put: "settlement", settlement: settlement("p2", "nowhere") }, "internal"],
  ["a time that is no integer", { put: "agreement", agreement: agreement("a2", { createdAt: 0.5 }) }, "internal"],
  ["audit data without a JSON form", { put: "audit", entry: { kind: "k", data: { amount: 1n } } }, "internal"],
];

test.each(refused)("nothing of a commit is written when it holds %s", async (_what, change, code) => {
  const ledger = await openTemp();
  await expect(ledger.commit([...whole, change])).rejects.toMatchObject({ code });
  expect(await ledger.load()).toEqual({
    agreements: [],
    openSettlements: [],
    lastSettlements: [],
    proposals: [],
    outbox: [],
    kept: [],
  });
  expect(await ledger.seen("e1")).toBe(false);
  expect(await ledger.audit({ limit: 9 })).toEqual([]);
  await ledger.commit(whole);
  expect(await ledger.load()).toMatchObject({ outbox: [{ id: "m1" }], openSettlements: [{ paymentId: "p1" }] });
});

test("an amount no unit allows is refused, however it was made", async () => {
  const ledger = await openTemp();
  const broken = agreement("a1");
  Object.assign(broken, { paidByProviderMsat: msat(0n) - 1n });
  await expect(ledger.commit([{ put: "agreement", agreement: broken }])).rejects.toMatchObject({ code: "internal" });
  expect(await ledger.agreement("a1")).toBeUndefined();
});

test("an event is handled once: the second commit of its key changes no counter", async () => {
  const ledger = await openTemp();
  const received = (n: bigint): Change[] => [
    { put: "agreement", agreement: agreement("a1", { paidByProviderMsat: msat(n) }) },
    { put: "seen", key: "payment_received p1", at: NOW },
  ];
  await ledger.commit(received(1n));
  await expect(ledger.commit(received(2n))).rejects.toMatchObject({ code: "conflict" });
  expect((await ledger.agreement("a1"))?.paidByProviderMsat).toBe(msat(1n));
});

test("changes of one commit may come in any order", async () => {
  const ledger = await openTemp();
  await ledger.commit([...whole].reverse());
  expect(await ledger.verify()).toMatchObject({ ok: true, rows: { settlements: 1, agreements: 1 } });
});

test("commits of one process and of several form one order, with one unbroken audit chain", async () => {
  const path = freshPath();
  const ledger = await openTemp({ path, busyTimeoutMs: 60_000 });
  await ledger.commit([{ put: "agreement", agreement: agreement("a1") }]);
  const children = [1_000, 2_000].map((from) => startChild("writer-child.ts", [path, `${from}`, "100"]));
  expect(await Promise.all(children.map((child) => child.line()))).toEqual(["1000", "2000"]);
  await Promise.all(Array.from({ length: 100 }, (_, n) => ledger.commit(intent(n + 1))));
  await Promise.all(children.map((child) => child.rest()));
  expect(await ledger.verify()).toMatchObject({ ok: true, rows: { settlements: 300, audit: 300 } });
}, 120_000);

test("a commit that finds the ledger locked says so, and goes through once it is free", async () => {
  const path = freshPath();
  const ledger = await openTemp({ path, busyTimeoutMs: 20 });
  await ledger.commit(whole);
  const other = startChild("lock-child.ts", [path]);
  expect(await other.line()).toBe("held");
  const change: Change = { put: "agreement", agreement: agreement("a2") };
  const failure = await ledger.commit([change]).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: "store_failure" });
  expect(String(failure)).toContain(path);
  expect(String(failure)).toContain("another process holds the write lock");
  expect(await ledger.agreement("a2")).toBeUndefined();
  await other.release();
  await ledger.commit([change]);
  expect(await ledger.agreement("a2")).toEqual(agreement("a2"));
});

test("a disk that is full stops the commit whole and names the file", async () => {
  const path = freshPath();
  // a file size limit fails a write halfway as a full disk does; ignoring SIGXFSZ turns the signal into the error
  const limited = ["sh", "-c", 'trap "" XFSZ; ulimit -f 2048; exec "$0" "$@"'];
  await withAgreement(path);
  const said = await startChild("writer-child.ts", [path], limited).rest();
  const failure = said.at(-1) ?? "";
  expect(failure).toContain('"code":"store_failure"');
  expect(failure).toContain(path);
  const ledger = await openTemp({ path });
  const settlements = await ledger.settlements("a1");
  expect(settlements.map(({ seq }) => String(seq))).toEqual(said.slice(0, -1));
  expect(settlements.length).toBeGreaterThan(10);
  expect(await ledger.verify()).toMatchObject({ ok: true, rows: { audit: settlements.length } });
});

async function withAgreement(path: string): Promise<void> {
  const ledger = await openStore({ path, now: () => NOW });
  await ledger.commit([{ put: "agreement", agreement: agreement("a1") }]);
  await ledger.close();
}

test("a place that cannot be written is a store failure that names it", async () => {
  const file = join(dirname(freshPath()), "file");
  writeFileSync(file, "");
  for (const path of [join(file, "ledger.sqlite"), "/proc/peer-stables/ledger.sqlite"]) {
    const failure = await openStore({ path, now: () => NOW }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "store_failure" });
    expect(String(failure)).toContain(path);
  }
});

test("files are for their owner only, the directory too when it is made", async () => {
  const path = join(dirname(freshPath()), "data", "user", "ledger.sqlite");
  const ledger = await openTemp({ path });
  await ledger.commit(whole);
  const mode = (name: string) => statSync(name).mode & 0o777;
  expect(mode(dirname(path))).toBe(0o700);
  expect([path, `${path}-wal`, `${path}-shm`].map(mode)).toEqual([0o600, 0o600, 0o600]);
});

test("a file others could read is closed to them, a directory that was there keeps its mode", async () => {
  const path = join(dirname(freshPath()), "data", "ledger.sqlite");
  mkdirSync(dirname(path), { mode: 0o755 });
  await (await openStore({ path, now: () => NOW })).close();
  await Bun.$`chmod 644 ${path}`.quiet();
  await openTemp({ path });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o755);
});

test("a closed ledger refuses everything and may be closed again", async () => {
  const ledger = await openTemp();
  await ledger.close();
  await ledger.close();
  await expect(ledger.commit(whole)).rejects.toMatchObject({ code: "store_failure" });
  await expect(ledger.load()).rejects.toMatchObject({ code: "store_failure" });
});
