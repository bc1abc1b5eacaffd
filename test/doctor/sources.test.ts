/** Chain sources and venues as servers answer, well and badly. */
import { afterAll, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/clock.ts";
import { chainTip } from "../../src/doctor/chain-tip.ts";
import { askVenues } from "../../src/doctor/venue-answers.ts";
import { startVenues } from "../price/venue-server.ts";
import { REGTEST } from "./patient.ts";

const clock = systemClock();
const HEADER =
  "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4adae5494dffff7f2002000000";
const stops: (() => unknown)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

function http(answer: (request: Request) => Response | Promise<Response>): number {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: answer });
  stops.push(() => server.stop(true));
  return server.port ?? 0;
}

describe("esplora", () => {
  const paths: Record<string, string> = {
    "/api/block-height/0": `${REGTEST}\n`,
    "/api/blocks/tip/hash": "ab".repeat(32),
    [`/api/block/${"ab".repeat(32)}`]: JSON.stringify({ height: 7, timestamp: 1_700_000_000, more: 1 }),
  };
  const at = (port: number) => chainTip({ kind: "esplora", url: `http://127.0.0.1:${port}/api` }, clock);

  test("its tip", async () => {
    const port = http((request) => new Response(paths[new URL(request.url).pathname] ?? "", { status: 200 }));
    expect(await at(port)).toMatchObject({ ok: true, genesis: REGTEST, height: 7, timeMs: 1_700_000_000_000 });
  });

  test.each([
    ["a page instead", () => new Response("<html>"), /another form/],
    ["too many requests", () => new Response("", { status: 429 }), /HTTP 429/],
    ["an error", () => new Response("", { status: 404 }), /HTTP 404/],
  ])("%s", async (_, answer, reason) => {
    expect(await at(http(answer))).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });
});

describe("bitcoind", () => {
  const at = (port: number, password = "right") =>
    chainTip({ kind: "bitcoind", host: "127.0.0.1", port, user: "me", password }, clock);
  const results: Record<string, unknown> = {
    getblockhash: REGTEST,
    getblockchaininfo: { blocks: 9, bestblockhash: "ab".repeat(32), initialblockdownload: true, pruned: true },
    getblockheader: { time: 1_700_000_000 },
  };
  const server = () =>
    http(async (request) => {
      if (request.headers.get("authorization") !== `Basic ${btoa("me:right")}`)
        return new Response("", { status: 401 });
      const { method } = JSON.parse(await request.text());
      return Response.json({ result: results[method], error: null });
    });

  test("its tip, and what it says of itself", async () => {
    expect(await at(server())).toEqual({
      ok: true,
      genesis: REGTEST,
      height: 9,
      timeMs: 1_700_000_000_000,
      catchingUp: true,
      pruned: true,
    });
  });

  test("a wrong password, a refusal, and nobody there", async () => {
    expect(await at(server(), "wrong")).toEqual({ ok: false, reason: "401: wrong user or password" });
    const loading = http(() =>
      Response.json({ result: null, error: { message: "Loading block index" } }, { status: 500 }),
    );
    expect(await at(loading)).toEqual({ ok: false, reason: "getblockhash: Loading block index" });
    expect(await at(1)).toMatchObject({ ok: false });
  });
});

describe("electrum", () => {
  const server = (answer: (id: number, method: string) => string) => {
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket, bytes) {
          for (const line of bytes.toString().trim().split("\n")) {
            const { id, method } = JSON.parse(line);
            socket.write(answer(id, method));
          }
        },
      },
    });
    stops.push(() => listener.stop(true));
    return chainTip({ kind: "electrum", url: `tcp://127.0.0.1:${listener.port}` }, clock);
  };
  const results: Record<string, unknown> = {
    "server.version": ["x", "1.4"],
    "blockchain.block.header": HEADER,
    "blockchain.headers.subscribe": { height: 3, hex: HEADER },
  };

  test("its tip, from headers", async () => {
    const found = await server((id, method) => `${JSON.stringify({ id, result: results[method] })}\n`);
    expect(found).toMatchObject({ ok: true, genesis: REGTEST, height: 3, timeMs: 1_296_688_602_000 });
  });

  test.each([
    ["an error", () => `${JSON.stringify({ id: 0, error: { message: "busy" } })}\n`, /server\.version: .*busy/],
    ["no JSON", () => "hello\n", /JSON/],
    ["no end", () => "x".repeat(100_000), /more than it should/],
  ])("%s", async (_, answer, reason) => {
    expect(await server(answer)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });
});

test("venues say their prices and what time they have", async () => {
  const server = await startVenues();
  stops.push(server.stop);
  server.setFault("gemini", { body: () => "nonsense" });
  server.setFault("kraken", {
    serve({ res, good }) {
      res.setHeader("date", new Date(Date.now() - 60_000).toUTCString());
      res.end(good);
    },
  });
  const found = await askVenues(server.venues, clock);
  expect(found.find(({ venue }) => venue.name === "gemini")?.observation).toMatchObject({ error: expect.any(String) });
  expect(found.filter(({ observation }) => "price" in observation)).toHaveLength(4);
  const ahead = (name: string) => found.find(({ venue }) => venue.name === name)?.aheadMs ?? Number.NaN;
  // The date has whole seconds.
  expect(Math.abs(ahead("kraken") - 60_000)).toBeLessThan(20_000);
  expect(Math.abs(ahead("bitstamp"))).toBeLessThan(20_000);
});
