/** A backup as one file: the same content and checks as a folder, private, and nothing strange taken out of one. */
import { afterAll, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isArchive, openBackup } from "../../src/backup/archive.ts";
import { readBackup } from "../../src/backup/manifest.ts";
import { LSP_BOOK_FILE, writeBackup } from "../../src/backup/write-backup.ts";

const root = mkdtempSync(join(tmpdir(), "peer-stables-archive-"));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const text = JSON.stringify({ chosen: "x".repeat(5_000) });

async function back(target: string): Promise<void> {
  mkdirSync(at("data"), { recursive: true });
  writeFileSync(join(at("data"), LSP_BOOK_FILE), text);
  await writeBackup(target, {
    folder: at("data"),
    copyNode: () => Promise.reject(new Error("there is no node here")),
    copyLedger: () => Promise.reject(new Error("there is no ledger here")),
    about: { network: "regtest", role: "user", source: "stopped", moved: false, program: "0.1.0" },
    nowMs: 0,
  });
}

test.each(["a.tar", "b.tar.zst"])("%s holds what a folder would, and is its owner's alone", async (name) => {
  await back(at(name));
  expect(statSync(at(name)).mode & 0o777).toBe(0o600);
  const before = readdirSync(root);
  const opened = await openBackup(at(name), at("unpacked"));
  expect(statSync(opened.folder).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(opened.folder, LSP_BOOK_FILE), "utf8")).toBe(text);
  expect(statSync(join(opened.folder, LSP_BOOK_FILE)).mode & 0o777).toBe(0o600);
  expect(readBackup(opened.folder, opened.name).files).toHaveLength(1);
  expect(opened.usedMark).toBe(at(`${name}.restored.json`));
  opened.close();
  expect(existsSync(opened.folder)).toBe(false);
  expect(before.filter((left) => left.includes("partial"))).toEqual([]);
  await expect(back(at(name))).rejects.toMatchObject({ code: "bad_argument" });
});

test("a compressed one is smaller, and is known by its content rather than its name", async () => {
  await back(at("c.tar"));
  await back(at("c.tar.zst"));
  expect(statSync(at("c.tar.zst")).size).toBeLessThan(statSync(at("c.tar")).size);
  writeFileSync(at("renamed"), readFileSync(at("c.tar.zst")));
  const opened = await openBackup(at("renamed"), at("unpacked"));
  expect(readBackup(opened.folder).role).toBe("user");
  opened.close();
});

test("one that is cut off or changed is refused", async () => {
  for (const name of ["d.tar", "d.tar.zst"]) {
    await back(at(name));
    const bytes = readFileSync(at(name));
    writeFileSync(at("short"), bytes.subarray(0, Math.floor(bytes.length / 4)));
    await expect(openBackup(at("short"), at("unpacked"))).rejects.toMatchObject({ code: "backup_damaged" });
  }
  const bytes = readFileSync(at("d.tar"));
  bytes.write("y", bytes.indexOf("xxxx"));
  writeFileSync(at("changed"), bytes);
  const opened = await openBackup(at("changed"), at("unpacked"));
  expect(() => readBackup(opened.folder, opened.name)).toThrow(
    /changed is not whole: lsps\.json is not what was written/,
  );
  opened.close();
});

test.each(["../out", "a/b", ".hidden", "-rf"])(
  "one that holds %p is refused before anything is written",
  async (name) => {
    writeFileSync(at("strange"), await new Bun.Archive({ [name]: "x" }).bytes());
    await expect(openBackup(at("strange"), at("unpacked"))).rejects.toMatchObject({ code: "backup_damaged" });
    expect(readdirSync(at("unpacked"))).toEqual([]);
  },
);

test("a folder is opened as it is", async () => {
  await back(at("folder"));
  expect(isArchive(at("folder"))).toBe(false);
  expect(await openBackup(at("folder"), at("unpacked"))).toMatchObject({ folder: at("folder"), name: at("folder") });
});
