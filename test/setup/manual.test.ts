import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { manualFiles } from "../../scripts/manual-files.ts";
import { program } from "../../src/app/program.ts";
import { commands } from "../../src/commands/table.ts";
import { settingKeys } from "../../src/config/settings.ts";

const root = join(import.meta.dir, "../..");
const files = manualFiles();
const page = files["docs/man/peer-stables.1"] ?? "";
/** As it is read: without roff's escapes. */
const read = page
  .replaceAll(/\\f[BIR]/g, "")
  .replaceAll("\\-", "-")
  .replaceAll("\\e", "\\")
  .replaceAll("\\&", "");

test.each(Object.keys(files))("%s is what `bun run manual` writes now", (path) => {
  const kept = existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : "";
  // Not compared as a whole: what differs is found by running it.
  expect(kept === files[path] ? "up to date" : "old: bun run manual").toBe("up to date");
});

describe("the manual page", () => {
  test("names every word, setting and command", () => {
    for (const { name } of program.words) expect(read).toMatch(new RegExp(`^${name}( |$)`, "m"));
    for (const key of settingKeys) expect(read).toMatch(new RegExp(`^(--)?${key}( |$)`, "m"));
    for (const { name } of commands) expect(read).toMatch(new RegExp(`^${name}( |$)`, "m"));
  });

  test("has no line that roff would take for a request and that is none of ours", () => {
    const requests = page.split("\n").filter((line) => /^[.']/.test(line));
    expect(requests.filter((line) => !/^\.(\\"|TH|SH|TP|PP|br|ad|nh)( |$)/.test(line))).toEqual([]);
  });

  test("has every backslash in an escape that it means", () => {
    expect(page.replaceAll(/\\(f[BIR]|[-e&"])/g, "")).not.toContain("\\");
  });
});

test("bash completes what stands behind a word", () => {
  const script = files["docs/man/peer-stables.bash"] ?? "";
  const complete = (...words: string[]) => {
    const line = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}`;
    const asked = `${script}\n${line}; _peer_stables; echo "\${COMPREPLY[@]}"`;
    return Bun.spawnSync(["bash", "-c", asked]).stdout.toString().trim();
  };
  expect(complete("peer-stables", "config", "")).toBe("init show path check");
  expect(complete("peer-stables", "--role", "lsp", "keys", "un")).toBe("unprotect");
  expect(complete("peer-stables", "completions", "z")).toBe("zsh");
  expect(complete("peer-stables", "man")).toBe("manual");
});
