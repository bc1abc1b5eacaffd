import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LSP_BOOK_FILE, LSP_POLICY_FILE, writeBackup } from "../../src/backup/write-backup.ts";

const root = mkdtempSync(join(tmpdir(), "peer-stables-backup-"));
afterAll(() => rmSync(root, { recursive: true }));

test("a backup holds what its owner chose while the role ran", async () => {
  const folder = join(root, "lsp");
  mkdirSync(folder);
  const texts = { [LSP_BOOK_FILE]: '{"chosen":[]}', [LSP_POLICY_FILE]: '{"changed":{}}' };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  const target = join(root, "copy");
  const { files } = await writeBackup(target, {
    folder,
    copyNode: () => Promise.reject(new Error("there is no node here")),
    copyLedger: () => Promise.reject(new Error("there is no ledger here")),
    about: { network: "regtest", role: "lsp", source: "stopped", moved: false, program: "0.1.0" },
    nowMs: 0,
  });
  expect(files.map(({ name }) => name).sort()).toEqual(Object.keys(texts).sort());
  for (const [name, text] of Object.entries(texts)) expect(readFileSync(join(target, name), "utf8")).toBe(text);
});
