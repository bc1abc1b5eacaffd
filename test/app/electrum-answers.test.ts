/** When a server that owes an answer counts as silent. */
import { expect, test } from "bun:test";
import { answersDue } from "../../src/app/electrum-answers.ts";
import { manualClock } from "../price/manual-clock.ts";

const ASKS = Buffer.from('{"id":1,"method":"a"}\n');
const ANSWER = Buffer.from('{"id":1,"result":"x"}\n');
const NEWS = Buffer.from('{"method":"blockchain.headers.subscribe","params":[{}]}\n');

function waiting() {
  const clock = manualClock();
  let silences = 0;
  const due = answersDue(clock, () => silences++);
  return { ...due, clock, silences: () => silences };
}

test("silence is ten seconds without a byte while an answer is due", () => {
  const { asked, heard, clock, silences } = waiting();
  clock.advance(60_000);
  asked(ASKS);
  clock.advance(9_000);
  expect(heard(ANSWER.subarray(0, 5))).toBe(true);
  clock.advance(9_000);
  expect(silences()).toBe(0);
  clock.advance(1_000);
  expect(silences()).toBe(1);
});

test("an answer in pieces ends the waiting, and what was asked before it does not begin anew", () => {
  const { asked, heard, clock } = waiting();
  asked(ASKS);
  heard(ANSWER.subarray(0, 7));
  heard(ANSWER.subarray(7));
  expect(clock.pending()).toBe(0);
  clock.advance(60_000);
  expect(clock.pending()).toBe(0);
});

test("every line asked is owed one, and news are none", () => {
  const { asked, heard, clock, silences } = waiting();
  asked(Buffer.concat([ASKS, ASKS]));
  heard(Buffer.concat([ANSWER, NEWS]));
  clock.advance(10_000);
  expect(silences()).toBe(1);
});

test("a line without an end is refused", () => {
  const { heard } = waiting();
  const piece = Buffer.alloc(8 << 20, "a");
  expect([heard(piece), heard(piece), heard(piece), heard(piece), heard(piece)]).toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
});

test("once it has ended nothing is waited for", () => {
  const { asked, end, clock } = waiting();
  asked(ASKS);
  end();
  expect(clock.pending()).toBe(0);
});
