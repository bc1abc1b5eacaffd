import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readmeSteps } from "../../scripts/fresh/readme-steps.ts";

const folder = mkdtempSync(join(tmpdir(), "peer-stables-readme-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the steps of the clean machine are the README's own, and one it lost is named", () => {
  const root = join(import.meta.dir, "../..");
  const typed = (npm: string) => readmeSteps(root, npm).map(({ command }) => command);
  expect(typed("11.21.2")[0]).toBe("npx -y bun run demo -- --script scripts/demo.txt");
  expect(typed("12.2.0")[0]).toBe("npx -y --allow-scripts=bun bun run demo -- --script scripts/demo.txt");
  writeFileSync(join(folder, "README.md"), "npx -y bun run demo\n");
  expect(() => readmeSteps(folder, "11")).toThrow(
    /no longer says "npx -y bun run demo -- --script scripts\/demo\.txt"/,
  );
});
