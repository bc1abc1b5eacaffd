import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lspBook } from "../../src/app/lsp-book.ts";
import { publishLspContact } from "../../src/app/lsp-contact.ts";
import type { Settings } from "../../src/config/settings.ts";
import { msat, sat } from "../../src/stable/units.ts";

const id = (digit: string) => `02${digit.repeat(64)}`;
const far = { nodeId: id("a"), address: "a.example.org:9735" };
const farther = { nodeId: id("b"), address: "b.example.org:9735" };
const here = { nodeId: id("c"), address: "127.0.0.1:9737" };
const terms = { spendableSat: sat(1n), overProvisioningPpm: 0, minPaymentMsat: msat(1n), maxPaymentMsat: msat(2n) };

let shared: string;
let dataDir: string;
beforeEach(() => {
  shared = mkdtempSync(join(tmpdir(), "lsp-book-"));
  dataDir = join(shared, "user");
  mkdirSync(dataDir);
});
afterEach(() => rmSync(shared, { recursive: true, force: true }));

const open = (settings: Settings = {}, prefer: "local" | "configured" = "configured") =>
  lspBook({ role: "user", settings, dataDir, shared, prefer });
const ids = (list: readonly { nodeId: string }[]) => list.map(({ nodeId }) => nodeId);

test("the first of the settings, else the one of this machine, else none", () => {
  expect(open().current()).toBeUndefined();
  publishLspContact(shared, { ...here, local: terms });
  expect(open().current()).toEqual({ ...here, local: terms });
  expect(open({ lsp: [far, farther] }).current()).toEqual(far);
  expect(ids(open({ lsp: [far, farther] }).all())).toEqual([far.nodeId, farther.nodeId, here.nodeId]);
  expect(open({ lsp: [far] }, "local").current()?.nodeId).toBe(here.nodeId);
});

test("a choice goes before all, is kept, and those before it are remembered", () => {
  const book = open({ lsp: [far] });
  book.choose(farther);
  expect(book.current()).toEqual(farther);
  const again = open({ lsp: [far] });
  expect(again.current()).toEqual(farther);
  expect(ids(again.used())).toEqual([farther.nodeId, far.nodeId]);
  again.choose(far);
  expect([again.current()?.nodeId, ids(again.all())]).toEqual([far.nodeId, [far.nodeId, farther.nodeId]]);
  expect(statSync(join(dataDir, "lsps.json")).mode & 0o777).toBe(0o600);
});

test("those before it are remembered, though not without end", () => {
  const nth = (n: number) => ({ ...far, nodeId: `02${n.toString().padStart(64, "0")}` });
  const book = open();
  for (let n = 0; n < 100; n++) book.choose(nth(n));
  book.choose(nth(80));
  for (const known of [book.used(), open().used()]) {
    expect(known).toHaveLength(32);
    expect(ids(known).slice(0, 2)).toEqual([nth(80).nodeId, nth(68).nodeId]);
  }
});

test("this machine's LSP is found wherever it is by now", () => {
  publishLspContact(shared, { ...here, local: terms });
  open().choose(here);
  publishLspContact(shared, { ...here, address: "127.0.0.1:1234", local: terms });
  expect(open().current()?.address).toBe("127.0.0.1:1234");
});

test("a token goes to whom it belongs, and to nobody else", () => {
  const tokenOf = (token: string) =>
    open({ lsp: [far, farther], "lsp-token": token })
      .all()
      .map((lsp) => lsp.token);
  expect(tokenOf("secret,with=all")).toEqual(["secret,with=all", undefined]);
  expect(tokenOf(`${farther.nodeId}=two,${far.nodeId}=one,more`)).toEqual(["one,more", "two"]);
});

test("a choice that can't be read is refused, not forgotten", () => {
  writeFileSync(join(dataDir, "lsps.json"), '{"chosen":[{"node_id":"02"}]}');
  expect(() => open()).toThrow(/lsps\.json, which keeps the chosen LSP, can't be read; delete it to choose anew\.$/);
});

test("an LSP has none", () => {
  publishLspContact(shared, { ...here, local: terms });
  expect(lspBook({ role: "lsp", settings: {}, dataDir, shared, prefer: "local" }).all()).toEqual([]);
});
