import { expect, test } from "bun:test";
import { elapsedText, progressText, readCargo, startState } from "../../scripts/setup/build-progress.ts";

test("cargo's bar says how far the build is and what it works on", () => {
  const bar = "    Building [=====>                   ] 123/421: ldk-node, secp256k1-sys(build)";
  expect(readCargo(bar, startState)).toEqual({
    kind: "state",
    state: { phase: "building", done: 123, total: 421, current: "ldk-node, secp256k1-sys(build)" },
  });
  expect(readCargo("    Building [=========================] 421/421", startState)).toMatchObject({
    state: { done: 421, total: 421, current: "" },
  });
});

test("downloads and other cargos are told, and keep the count", () => {
  const before = { phase: "building", done: 3, total: 9, current: "syn" };
  const waiting = readCargo("    Blocking waiting for file lock on build directory", before);
  expect(waiting).toMatchObject({ state: { phase: "waiting for another cargo", done: 3, total: 9 } });
  expect(readCargo(" Downloading 3 crates, remaining bytes: 1.2MB", before)).toMatchObject({
    state: { phase: "downloading" },
  });
});

test.each(["   Compiling serde v1.0.0", "error[E0425]: cannot find value", "", "warning: unused"])(
  "%p is text for the log",
  (piece) => {
    expect(readCargo(piece, startState)).toEqual({ kind: "text" });
  },
);

test("one line tells all of it", () => {
  const state = { phase: "building", done: 123, total: 421, current: "ldk-node" };
  expect(progressText(state, 125_000)).toBe("native library: building, 123 of 421 crates, 2 min 05 s (ldk-node)");
  expect(progressText(startState, 900)).toBe("native library: starting, 0 s");
  expect([0, 59_999, 60_000, 3_600_000].map(elapsedText)).toEqual(["0 s", "59 s", "1 min 00 s", "60 min 00 s"]);
});
