import { expect, test } from "bun:test";
import { nearest } from "../../src/commands/nearest.ts";

const words = ["demo", "balance", "getjitinvoice", "pay"];

test.each([
  ["dmeo", "demo"],
  ["balence", "balance"],
  ["getjitinvocie", "getjitinvoice"],
  ["getjit", "getjitinvoice"],
  ["xyz", undefined],
  ["omed", undefined],
])("%s was meant to be %p", (typed, meant) => {
  expect(nearest(typed, words)).toBe(meant);
});
