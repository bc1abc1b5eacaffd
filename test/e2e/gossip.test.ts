/** Gossip as a snapshot and others' scores, from servers that are well, gone, wrong or silent. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { type ChainControl, embeddedChain } from "../../src/app/chain-control.ts";
import { freePort } from "../../src/app/free-port.ts";
import { loadLibrary } from "../../src/ffi/library.ts";
import { noScores, snapshot, startGossipServer } from "../support/gossip-server.ts";
import { attachedTo } from "./attached.ts";
import { chainArgument } from "./chains.ts";
import { runProgram, temporaryFolder } from "./program.ts";
import { type Services, services } from "./services.ts";
import { until } from "./until.ts";

const folder = temporaryFolder();
const closers: (() => unknown)[] = [];
let chain: ChainControl;
const now = Math.floor(Date.now() / 1000);
const DAY = 86_400;

beforeAll(async () => {
  chain = await embeddedChain(loadLibrary(), undefined);
});

afterAll(async () => {
  for (const close of closers.reverse()) await close();
  await chain?.close();
  folder.remove();
});

type Answer = () => Response | Promise<Response>;
const garbage: Answer = () => new Response("<html>It works!</html>");
const silence: Answer = () => new Promise<never>(() => undefined);
const refusal: Answer = () => new Response("no", { status: 503 });
const good = { rgs: () => new Response(snapshot("regtest", now)), scores: () => new Response(noScores) };

interface Case {
  name: string;
  rgs: Answer;
  scores: Answer;
  gossip: [state: string, says: RegExp | null];
  scoring: [state: string, says: RegExp | null];
  /** In `doctor`'s order. */
  doctor: [RegExp, RegExp];
}

const cases: readonly Case[] = [
  {
    name: "well",
    ...good,
    gossip: ["ok", null],
    scoring: ["ok", null],
    doctor: [/ok .*: a snapshot of \d{4}-/, /ok .*: scores/],
  },
  {
    name: "garbage",
    rgs: garbage,
    scores: garbage,
    gossip: ["failing", /sends what is no snapshot; it is asked again .*--rgs-url/],
    scoring: ["failing", /sends what are no scores; it is asked again .*--scores-url/],
    doctor: [/FAIL .* sends what is no snapshot/, /FAIL .* sends what are no scores/],
  },
  {
    name: "another network, an error",
    rgs: () => new Response(snapshot("bitcoin", now)),
    scores: refusal,
    gossip: ["failing", /sends a snapshot of another network/],
    scoring: ["failing", /sends what are no scores/],
    doctor: [/FAIL .* is of bitcoin, not of regtest/, /FAIL .* gives no scores \(HTTP 503\)/],
  },
  {
    name: "an old one, silence",
    rgs: () => new Response(snapshot("regtest", now - 30 * DAY)),
    scores: silence,
    gossip: ["failing", /a snapshot that is more than two weeks old/],
    scoring: ["failing", /gives no answer within 5 s/],
    doctor: [/FAIL .* more than two weeks old/, /FAIL .* gives no scores \(no answer within 5 s\)/],
  },
];

const infoSchema = z.looseObject({
  gossip_state: z.string(),
  gossip_detail: z.string().nullable(),
  gossip_as_of: z.string().nullable(),
  scores_state: z.string(),
  scores_detail: z.string().nullable(),
});

/** Once both have been heard from. */
async function heard(role: Services): Promise<z.output<typeof infoSchema>> {
  const { run, close } = await attachedTo(role, "exchange");
  const info = async () => infoSchema.parse(await run("nodeinfo"));
  try {
    await until(async () => {
      const { gossip_state, scores_state } = await info();
      return gossip_state !== "unasked" && scores_state !== "unasked";
    });
    return await info();
  } finally {
    close();
  }
}

function says(detail: string | null, expected: RegExp | null, url: string): void {
  expect(detail === null).toBe(expected === null);
  if (expected === null) return;
  expect(detail).toMatch(expected);
  expect(detail).toContain(url);
}

async function doctor({ place }: Services, where: readonly string[]): Promise<string[]> {
  const common = ["--price", "fixed=100000", "--chain", chainArgument(chain.source)];
  const { stdout } = await runProgram(["doctor", "--role", "exchange", ...place, ...common, ...where]);
  return stdout.split("\n").filter((line) => /^\S+ +gossip /.test(line));
}

test("each is told as it is, and nothing else is troubled by it", async () => {
  await Promise.all(
    cases.map(async ({ name, rgs, scores, gossip, scoring, doctor: diagnosis }) => {
      const server = startGossipServer({ rgs, scores });
      const role = services(join(folder.path, name), chain);
      closers.push(server.stop, role.close);
      const where = ["--rgs-url", server.rgsUrl, "--scores-url", server.scoresUrl];
      const program = await role.start("exchange", where);
      const info = await heard(role);
      expect([info.gossip_state, info.scores_state]).toEqual([gossip[0], scoring[0]]);
      says(info.gossip_detail, gossip[1], server.rgsUrl);
      says(info.scores_detail, scoring[1], server.scoresUrl);
      const [first = "", second = ""] = await doctor(role, where);
      expect(first).toMatch(diagnosis[0]);
      expect(second).toMatch(diagnosis[1]);
      program.kill("SIGTERM");
      expect(await program.ended).toMatchObject({ code: 143, stderr: expect.stringMatching(/^exchange .*\n$/) });
    }),
  );
}, 60_000);

test("nobody there is told, and is over with the next start", async () => {
  const role = services(join(folder.path, "nobody"), chain);
  closers.push(role.close);
  const nobody = `http://127.0.0.1:${freePort()}`;
  const first = await role.start("exchange", ["--rgs-url", `${nobody}/rgs`, "--scores-url", `${nobody}/scores`]);
  const info = await heard(role);
  expect(info).toMatchObject({ gossip_state: "failing", scores_state: "failing", gossip_as_of: null });
  says(info.gossip_detail, /can't be had \(error sending request.*\); it is asked again/, nobody);
  says(info.scores_detail, /can't be had \(error sending request.*\); it is asked again/, nobody);
  first.kill("SIGTERM");
  await first.ended;
  const server = startGossipServer(good);
  closers.push(server.stop);
  await role.start("exchange", ["--rgs-url", server.rgsUrl, "--scores-url", server.scoresUrl]);
  const asOf = `${new Date(now * 1000).toISOString().slice(0, 19)}Z`;
  expect(await heard(role)).toMatchObject({ gossip_state: "ok", scores_state: "ok", gossip_as_of: asOf });
}, 60_000);
