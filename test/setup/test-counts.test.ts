import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { countTests } from "../../scripts/checks/test-counts.ts";

describe("counts", () => {
  test("bun's last summary counts, whatever a test printed before it", () => {
    const output =
      "\n 99 pass\n 7 fail\nnoise\n 12 pass\n 0 fail\n 30 expect() calls\nRan 12 tests across 3 files. [1.00s]\n";
    expect(countTests("bun", output, 0)).toEqual({ passed: 12, failed: 0, skipped: 0 });
  });

  test("skipped and unfinished tests count as failed", () => {
    const output = "\n 12 pass\n 2 skip\n 1 todo\n 1 fail\n";
    expect(countTests("bun", output, 1)).toEqual({ passed: 12, failed: 4, skipped: 3 });
  });

  test("cargo's test programs are summed", () => {
    const output =
      "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n" +
      "test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
    expect(countTests("cargo", output, 101)).toEqual({ passed: 7, failed: 2, skipped: 1 });
  });

  test.each(["bun", "cargo"] as const)("%s: a run that broke off, or had no tests, has failed", (counting) => {
    expect(countTests(counting, "error: could not compile", 101)).toMatchObject({ passed: 0, failed: 1 });
    expect(countTests(counting, "", 0)).toMatchObject({ passed: 0, failed: 1 });
  });

  test("a run that says it failed has failed, though its tests passed", () => {
    expect(countTests("bun", "\n 3 pass\n 0 fail\n", 1)).toMatchObject({ passed: 3, failed: 1 });
  });

  test("a check is one", () => {
    expect(countTests("check", " 5 fail", 0)).toEqual({ passed: 1, failed: 0, skipped: 0 });
    expect(countTests("check", "", 2)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe("the test command", () => {
  const run = (...args: string[]): { exitCode: number; output: string; said: string } => {
    const child = Bun.spawnSync([process.execPath, join(import.meta.dir, "../../scripts/check.ts"), ...args], {
      stderr: "pipe",
    });
    return { exitCode: child.exitCode, output: child.stdout.toString(), said: child.stderr.toString() };
  };

  test("--list names the steps, --fast leaves the slow ones out", () => {
    const all = run("--list");
    expect(all.exitCode).toBe(0);
    for (const name of ["types", "unit", "native", "e2e"])
      expect(all.output).toContain(`\n${name} `.slice(name === "types" ? 1 : 0));
    expect(run("--list", "--fast").output).not.toContain("end-to-end");
  });

  test.each(["--only=unheard-of", "--quick", "stray"])("%p is refused with the usage", (argument) => {
    const { exitCode, output, said } = run(argument);
    expect(exitCode).toBe(2);
    expect(output).toBe("");
    expect(said).toContain("usage: bun run test");
  });

  test("the last line has the sum", () => {
    const { exitCode, output } = run("--only", "house");
    const passed = exitCode === 0 ? 1 : 0;
    expect(output.trimEnd().split("\n").at(-1)).toBe(`${passed} passed, ${1 - passed} failed`);
  });
});
