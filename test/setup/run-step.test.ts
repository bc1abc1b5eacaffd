import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { runStep } from "../../scripts/checks/run-step.ts";
import type { Step } from "../../scripts/checks/steps.ts";

const step = (...command: string[]): Step => ({ name: "some", what: "a step", command, counting: "check" });
const program = (text: string): Step => step(process.execPath, "-e", text);

test("output of both kinds is kept, and the exit code decides", async () => {
  const fine = await runStep(program('console.log("one"); console.error("two")'), tmpdir());
  expect(fine.counts).toMatchObject({ passed: 1, failed: 0 });
  expect(fine.output).toContain("one");
  expect(fine.output).toContain("two");
  expect((await runStep(program("process.exit(3)"), tmpdir())).counts).toMatchObject({ passed: 0, failed: 1 });
});

test("a program that is missing fails its step and no other", async () => {
  const { counts, output } = await runStep(step("no-such-program"), tmpdir());
  expect(counts).toMatchObject({ passed: 0, failed: 1 });
  expect(output).toContain("no-such-program");
});

test("a step that hangs is ended with what it started", async () => {
  // The grandchild holds the pipes open: were it left alive, this would not return.
  const hanging = program(
    'Bun.spawn(["sleep", "600"], { stdio: ["ignore", "inherit", "inherit"] }); await Bun.sleep(600_000)',
  );
  const { counts, output } = await runStep(hanging, tmpdir(), 1000);
  expect(counts).toMatchObject({ passed: 0, failed: 1 });
  expect(output).toContain("did not end within 1 s");
});
