import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkNodeDatabase } from "../../src/store/node-database.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "node-database-"));
  path = join(folder, "ldk_node_data.sqlite");
  const database = new Database(path);
  database.run("PRAGMA journal_mode=WAL");
  database.run("CREATE TABLE ldk_node_data (key TEXT PRIMARY KEY, value BLOB)");
  for (let i = 0; i < 200; i++) database.run("INSERT INTO ldk_node_data VALUES (?, ?)", [`key ${i}`, "x".repeat(300)]);
  database.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a sound one is let through and nothing is written", () => {
  const before = readFileSync(path);
  checkNodeDatabase(path, 0);
  expect(readFileSync(path)).toEqual(before);
});

test("none at all is the first start", () => {
  checkNodeDatabase(join(folder, "absent.sqlite"), 0);
  expect(readdirSync(folder)).not.toContain("absent.sqlite");
});

test.each([
  ["a header that is not SQLite's", (bytes: Uint8Array) => bytes.fill(0x41, 0, 16)],
  ["a page of rubbish", (bytes: Uint8Array) => bytes.fill(0xff, 4096, 8192)],
])("%s is refused, left as it is and copied once", (_, spoil) => {
  const bytes = new Uint8Array(readFileSync(path));
  spoil(bytes);
  writeFileSync(path, bytes);
  for (let again = 0; again < 2; again++) {
    expect(() => checkNodeDatabase(path, 1_700_000_000)).toThrow(/damaged .* copy is at .*corrupt-/);
  }
  expect(new Uint8Array(readFileSync(path))).toEqual(bytes);
  const copies = readdirSync(folder).filter((name) => /\.corrupt-[^.]*$/.test(name) && !name.endsWith("-wal"));
  expect(copies).toHaveLength(1);
});
