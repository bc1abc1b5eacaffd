import { afterAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { filledFormula } from "../../scripts/release/homebrew.ts";
import { versionProblems } from "../../scripts/release/versions.ts";

const root = join(import.meta.dir, "../..");
const copy = mkdtempSync(join(tmpdir(), "peer-stables-release-"));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const versioned = [
  "package.json",
  "CHANGELOG.md",
  "native/Cargo.toml",
  "native/src/lib.rs",
  "src/ffi/symbols.ts",
  "docs/native-abi.md",
];

test("this version is one everywhere", () => {
  expect(versionProblems(root)).toEqual([]);
});

test("the formula has this release's version and checksum, and nothing is left to fill in", () => {
  const template = readFileSync(join(root, "packaging/homebrew/peer-stables.rb"), "utf8");
  const filled = filledFormula(template, { version: "1.2.3", sha256: "ab".repeat(32) });
  expect(filled).toContain('url "https://registry.npmjs.org/peer-stables/-/peer-stables-1.2.3.tgz"');
  expect(filled).toContain(`sha256 "${"ab".repeat(32)}"`);
  expect(filled).not.toMatch(/@[A-Z0-9_]+@/);
  expect(() => filledFormula("@OTHER@", { version: "1", sha256: "2" })).toThrow("wants @OTHER@");
});

test.each([
  ["package.json", /"version": "[^"]+"/, '"version": "9.9.9"', /Cargo\.toml has .*, package\.json 9\.9\.9/],
  ["package.json", /"version": "[^"]+"/, '"version": "next"', /no semantic version/],
  ["CHANGELOG.md", /^## \S+/m, "## 9.9.9", /newest entry of CHANGELOG\.md is 9\.9\.9/],
  ["native/Cargo.toml", /^version = "[^"]+"/m, 'version = "9.9.9"', /Cargo\.toml has 9\.9\.9/],
  ["native/src/lib.rs", /ABI_VERSION: u32 = \d+/, "ABI_VERSION: u32 = 99", /ABI version differs: .*lib\.rs 99/],
  ["docs/native-abi.md", /ABI version: \*\*\d+\*\*/, "ABI version: **99**", /ABI version differs: .*native-abi\.md 99/],
])("%s with another one is found", (file, from, to, says) => {
  for (const path of versioned) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(root, path), join(copy, path));
  }
  writeFileSync(join(copy, file), readFileSync(join(copy, file), "utf8").replace(from, to));
  expect(versionProblems(copy).join("\n")).toMatch(says);
});
