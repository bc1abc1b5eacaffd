/** docs/lsps2.md: every rule is in it as the program has it, and every proof it names is there to run. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { rules } from "../../src/lsps2/rules.ts";

const doc = readFileSync("docs/lsps2.md", "utf8");

test("the table of rules is the program's", () => {
  for (const [name, { severity, source, says, ldk }] of Object.entries(rules)) {
    expect(doc).toContain(`| \`${name}\` | ${severity} | ${source} | ${says} | ${ldk} |`);
  }
});

test("each proof names a test that there is", () => {
  const proofs = [...doc.matchAll(/\| `(test\/[\w/-]+\.test\.ts)` "([^"]+)" \|$/gm)];
  expect(proofs.length).toBeGreaterThan(30);
  for (const [, file = "", name = ""] of proofs) expect(readFileSync(file, "utf8")).toContain(`"${name}"`);
});

test("every row of the conformance table has a proof", () => {
  const rows = doc.split("\n").filter((line) => /^\| 5[02] \|/.test(line));
  for (const row of rows) expect(row).toMatch(/\| `test\/[\w/-]+\.test\.ts` "[^"]+" \|$/);
});
