/** The sources of gossip and of scores, as `doctor` finds them without a node. */
import { afterEach, expect, test } from "bun:test";
import { gossipCheck } from "../../src/doctor/check-gossip.ts";
import { noScores, snapshot, startGossipServer } from "../support/gossip-server.ts";
import { cleanUp, said } from "./patient.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  cleanUp();
});

const now = Math.floor(Date.now() / 1000);

async function found(rgs: Response, scores: Response): Promise<string[]> {
  const { rgsUrl, scoresUrl, stop } = startGossipServer({ rgs: () => rgs, scores: () => scores });
  stops.push(stop);
  const findings = await said(gossipCheck, { settings: { "rgs-url": rgsUrl, "scores-url": scoresUrl } });
  return findings.map((finding) => finding.replace(/http:\S+\/(rgs|scores)/, "$1"));
}

test("nothing is set, nothing is asked", async () => {
  expect(await said(gossipCheck)).toEqual(["skip: gossip comes from peers, and no scores are wanted"]);
});

test("a snapshot of this network and scores", async () => {
  expect(await found(new Response(snapshot("regtest", now)), new Response(noScores))).toEqual([
    expect.stringMatching(/^ok: rgs: a snapshot of \d{4}-\d\d-\d\d$/),
    "ok: scores: scores",
  ]);
});

test.each([
  ["another network", () => snapshot("bitcoin", now), "fail: rgs is of bitcoin, not of regtest"],
  ["cut off", () => snapshot("regtest", now).subarray(0, 20), "fail: rgs sends what is no snapshot"],
  ["of a later version", () => Buffer.from("LDK\x03".padEnd(60)), "fail: rgs sends what is no snapshot"],
  ["empty", () => Buffer.alloc(0), "fail: rgs sends what is no snapshot"],
] as const)("a snapshot that is %s", async (_, body, says) => {
  expect((await found(new Response(body()), new Response(noScores)))[0]).toBe(says);
});

test("a snapshot that LDK would refuse for its age", async () => {
  const [rgs] = await found(new Response(snapshot("regtest", now - 15 * 86_400)), new Response(noScores));
  expect(rgs).toMatch(/^fail: rgs is of \d{4}-\d\d-\d\d, more than two weeks old$/);
});

test.each([
  ["a page", () => new Response("<html>"), "fail: scores sends what are no scores"],
  ["nothing", () => new Response(""), "fail: scores sends what are no scores"],
  ["an error", () => new Response("", { status: 404 }), "fail: scores gives no scores (HTTP 404)"],
] as const)("%s instead of scores", async (_, answer, says) => {
  expect((await found(new Response(snapshot("regtest", now)), answer()))[1]).toBe(says);
});
