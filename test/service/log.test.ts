import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rotatingFile, serviceLog } from "../../src/service/log.ts";

const folder = mkdtempSync(join(tmpdir(), "peer-stables-log-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NOON = Date.UTC(2026, 10, 21, 12);

function written(fields: Parameters<ReturnType<typeof serviceLog>["write"]>[2]): string {
  const lines: string[] = [];
  serviceLog(
    (line) => lines.push(line),
    () => NOON,
  ).write("info", "event", fields);
  return lines.join("");
}

test("a line is one JSON object with time, level and event", () => {
  const text = written({ amount_sat: "5", nested: { ok: true } });
  expect(text.endsWith("\n")).toBe(true);
  expect(JSON.parse(text)).toEqual({
    at: "2026-11-21T12:00:00.000Z",
    level: "info",
    event: "event",
    amount_sat: "5",
    nested: { ok: true },
  });
});

test.each([
  ["by name", { data: { preimage: "ab".repeat(32) } }, "ab".repeat(32)],
  ["a token in a list", { list: [{ token: "hunter22" }] }, "hunter22"],
  ["an invoice inside a sentence", { message: `cannot pay lnbcrt500u1${"q".repeat(60)} now` }, "q".repeat(30)],
  ["an invoice of mainnet in capitals", { invoice: `LNBC20M1${"P".repeat(60)}` }, "P".repeat(30)],
  ["an offer", { offer: `lno1${"z".repeat(60)}` }, "z".repeat(30)],
  ["a password in an address", { url: "http://user:hunter22@127.0.0.1:8332" }, "hunter22"],
])("what could be spent is masked: %s", (_, fields, secret) => {
  const text = written(fields);
  expect(text).not.toContain(secret);
  expect(text).toContain("[redacted]");
});

test("ids and amounts stay, long texts are cut", () => {
  const hash = "cd".repeat(32);
  const { payment_hash, message } = JSON.parse(written({ payment_hash: hash, message: "x".repeat(2_000) }));
  expect(payment_hash).toBe(hash);
  expect(message).toHaveLength(501);
});

test("a file is closed before it grows too long, and only so many are kept", () => {
  const path = join(folder, "service.log");
  const write = rotatingFile({ path, maxBytes: 100, files: 3 });
  for (let n = 0; n < 40; n++) write(`${String(n).padStart(9, "0")}\n`);
  const numbers = (name: string) => readFileSync(name, "utf8").trimEnd().split("\n").map(Number);
  expect(numbers(path)).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
  expect(numbers(`${path}.1`).at(0)).toBe(20);
  expect(numbers(`${path}.2`).at(0)).toBe(10);
  expect(existsSync(`${path}.3`)).toBe(false);
  expect(statSync(path).mode & 0o177).toBe(0);
});

test("what an earlier run wrote counts, and a line longer than the file has one to itself", () => {
  const path = join(folder, "again.log");
  rotatingFile({ path, maxBytes: 100, files: 2 })(`${"a".repeat(89)}\n`);
  const write = rotatingFile({ path, maxBytes: 100, files: 2 });
  write(`${"b".repeat(300)}\n`);
  expect(readFileSync(path, "utf8")).toBe(`${"b".repeat(300)}\n`);
  expect(readFileSync(`${path}.1`, "utf8")).toBe(`${"a".repeat(89)}\n`);
});

test("a log that can't be written stops nothing and is counted", () => {
  const log = serviceLog(
    rotatingFile({ path: join(folder, "none", "service.log"), maxBytes: 1, files: 1 }),
    () => NOON,
  );
  log.write("error", "event");
  log.write("error", "event");
  expect(log.lost()).toBe(2);
});
