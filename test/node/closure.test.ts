import { expect, test } from "bun:test";
import { closureInWords } from "../../src/node/closure.ts";

test("LDK's names become words, and what it adds stays", () => {
  expect(closureInWords("outdated_channel_manager")).toBe(
    "this node was cut off between two of its writes, and LDK closes a channel then",
  );
  expect(closureInWords("counterparty_force_closed: bye: now")).toBe("the peer closed it alone (bye: now)");
});

test("a name that is new is shown as it is, and none is said to be none", () => {
  expect(closureInWords("funding_batch_closure")).toBe("funding batch closure");
  expect(closureInWords(undefined)).toBe("no reason is known");
});

test("the peer's text is cut and cleaned", () => {
  const said = closureInWords(`counterparty_force_closed: \u001b[2J${"x".repeat(500)}`);
  expect(said).toStartWith("the peer closed it alone (?[2Jxxx");
  expect(said).toEndWith("xxx...)");
  expect(said.length).toBeLessThan(160);
});
