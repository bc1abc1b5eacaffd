import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readmeSteps } from "../../scripts/fresh/readme-steps.ts";

const folder = mkdtempSync(join(tmpdir(), "peer-stables-readme-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the steps of the clean machine are the README's own, and one it lost is named", () => {
  expect(readmeSteps(join(import.meta.dir, "../..")).length).toBeGreaterThan(0);
  writeFileSync(join(folder, "README.md"), "npx -y bun run demo\n");
  expect(() => readmeSteps(folder)).toThrow(/no longer says "npx -y bun run demo -- --script scripts\/demo\.txt"/);
});
