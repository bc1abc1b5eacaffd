import { afterEach, expect, test } from "bun:test";
import { openConnection } from "../../src/store/connection.ts";
import { openStore } from "../../src/store/open-store.ts";
import { storeErrorOf } from "../../src/store/store-error.ts";
import { NOW } from "./samples.ts";
import { cleanUp, freshPath } from "./temp-ledger.ts";

afterEach(cleanUp);

async function made(): Promise<string> {
  const path = freshPath();
  await (await openStore({ path, now: () => NOW })).close();
  return path;
}

test("a writer has every setting that durability and references rest on", async () => {
  const connection = openConnection(await made(), "write", 1_234);
  const setting = (name: string) => connection.all(`PRAGMA ${name}`);
  expect(setting("journal_mode")).toEqual([{ journal_mode: "wal" }]);
  expect(setting("synchronous")).toEqual([{ synchronous: 2n }]);
  expect(setting("fullfsync")).toEqual([{ fullfsync: 1n }]);
  expect(setting("foreign_keys")).toEqual([{ foreign_keys: 1n }]);
  expect(setting("busy_timeout")).toEqual([{ timeout: 1_234n }]);
  connection.close();
});

test("what may only be read is a store failure that names the file and the remedy", async () => {
  const path = await made();
  const connection = openConnection(path, "read", 0);
  const failure = (() => {
    try {
      connection.run("DELETE FROM outbox");
      return undefined;
    } catch (error) {
      return storeErrorOf(error, path);
    }
  })();
  connection.close();
  expect(failure?.code).toBe("store_failure");
  expect(failure?.message).toContain(path);
  expect(failure?.message).toContain("make the file and its directory writable for this user");
});

test("integers come back whole up to the ends of 64 bits", async () => {
  const connection = openConnection(await made(), "write", 0);
  const ends = [-(2n ** 63n), 2n ** 63n - 1n];
  for (const n of ends) expect(connection.all("SELECT ? AS n", n)).toEqual([{ n }]);
  expect(() => connection.all("SELECT ? AS n", 2n ** 63n)).toThrow(RangeError);
  connection.close();
});
