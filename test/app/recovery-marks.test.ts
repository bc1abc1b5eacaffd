/** What a restored role's folder remembers: from when on to look for money, and until when to expect its peers' payouts. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expectPayouts, payoutsExpectedUntil } from "../../src/app/lost-channels.ts";
import { askForRescan, forgetRescan, wantedRescan } from "../../src/app/rescan.ts";

const folder = mkdtempSync(join(tmpdir(), "marks-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("the day of the seed is kept, and a mark of an earlier version means the whole chain", () => {
  expect(wantedRescan(folder)).toBeUndefined();
  askForRescan(folder, { time: 1_769_817_600 });
  expect(wantedRescan(folder)).toEqual({ since: { time: 1_769_817_600 } });
  askForRescan(folder);
  expect(wantedRescan(folder)).toEqual({});
  writeFileSync(join(folder, "rescan"), "");
  expect(wantedRescan(folder)).toEqual({});
  forgetRescan(folder);
  expect(wantedRescan(folder)).toBeUndefined();
});

test("payouts are expected for 60 days, counted from the first restore", () => {
  expect(payoutsExpectedUntil(folder)).toBeUndefined();
  expectPayouts(folder, 1_000);
  expectPayouts(folder, 2_000);
  expect(payoutsExpectedUntil(folder)).toBe(1_000 + 60 * 86_400);
});
