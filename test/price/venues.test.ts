import { describe, expect, test } from "bun:test";
import { customVenue, parseCustomVenue, pick } from "../../src/price/custom-venue.ts";
import { parseJsonExact } from "../../src/price/json.ts";
import { parseBody } from "../../src/price/rest-source.ts";
import { venues } from "../../src/price/venues.ts";
import { bodies } from "./venue-server.ts";

const now = { wallMs: Date.UTC(2026, 0, 1, 12), steadyMs: 1_000_000 };
const iso = new Date(now.wallMs - 2_000).toISOString();

/** What each venue's API reference shows, and what is to be made of it. */
const samples: Record<string, { body: string; atMs: number }> = {
  kraken: {
    body: '{"error":[],"result":{"XXBTZUSD":{"a":["63001.30000","1","1.000"],"b":["63001.20000","1","1.000"],"c":["63001.25000","0.01"],"v":["1","2"],"p":["1","2"],"t":[1,2],"l":["1","2"],"h":["1","2"],"o":"1"}}}',
    atMs: 1_000_000,
  },
  bitstamp: {
    body: `{"timestamp":"${now.wallMs / 1_000 - 2}","open":"63000","high":"64000","low":"62000","last":"63001.25","volume":"900","vwap":"63000","bid":"63001","ask":"63002","side":"0","open_24":"1","percent_change_24":"1"}`,
    atMs: 998_000,
  },
  coinbase: {
    body: `{"ask":"63001.30","bid":"63001.20","volume":"9000","trade_id":1,"price":"63001.25","size":"0.1","time":"${iso.replace("Z", "123Z")}","rfq_volume":"1"}`,
    atMs: 998_000,
  },
  gemini: {
    body: `{"bid":"63001.20","ask":"63001.30","volume":{"BTC":"90","USD":"5670000","timestamp":${now.wallMs - 240_000}},"last":"63001.25"}`,
    atMs: 1_000_000,
  },
  paxos: {
    body: `{"market":"BTCUSD","best_bid":{"price":"63001","amount":"1"},"best_ask":{"price":"63002","amount":"1"},"last_execution":{"price":"63001.25","amount":"1"},"last_day":{},"today":{},"snapshot_at":"${iso}"}`,
    atMs: 998_000,
  },
  "deribit index": {
    body: `{"jsonrpc":"2.0","result":{"index_price":63001.25,"estimated_delivery_price":63001.25},"usIn":1,"usOut":${(now.wallMs - 2_000) * 1_000},"usDiff":1,"testnet":false}`,
    atMs: 998_000,
  },
  "okx index": {
    body: `{"code":"0","msg":"","data":[{"instId":"BTC-USD","idxPx":"63001.25","high24h":"1","low24h":"1","open24h":"1","sodUtc0":"1","ts":"${now.wallMs - 2_000}"}]}`,
    atMs: 998_000,
  },
};

describe("the table of venues", () => {
  for (const venue of venues) {
    test(venue.name, () => {
      const sample = samples[venue.name];
      const said = parseBody(venue, sample?.body ?? "", now);
      expect<unknown>(said).toEqual({ source: venue.name, atMs: sample?.atMs, price: 63_001_250_000n });
      expect(new URL(venue.url).protocol).toBe("https:");
    });
  }

  test("five dollar venues count, two indices are shown", () => {
    expect(venues.filter((v) => !v.reference).map((v) => v.name)).toEqual(Object.keys(bodies));
    expect(venues.filter((v) => v.reference)).toHaveLength(2);
  });
});

describe("a source from the config", () => {
  const entry = {
    name: "my bank",
    url: "https://rates.example/btc",
    last: ".data[0].last",
    time: ".data[0].at",
    time_unit: "ms",
  };
  const body = (last: unknown, at: unknown = now.wallMs - 3_000) =>
    JSON.stringify({ data: [{ last, at, bid: 62_990, ask: "63010" }] });

  test("takes its figures from where the entry says", () => {
    const venue = customVenue({ ...entry, bid: ".data[0].bid", ask: ".data[0].ask" });
    expect<unknown>(parseBody(venue, body(63_001.25), now)).toEqual({
      source: "my bank",
      atMs: 997_000,
      price: 63_001_250_000n,
    });
  });

  test("in cents", () => {
    const venue = customVenue({ ...entry, unit: "cents" });
    expect<unknown>(parseBody(venue, body(6_300_125), now)).toMatchObject({ price: 63_001_250_000n });
  });

  test("is checked as the others are", () => {
    const venue = customVenue({ ...entry, bid: ".data[0].bid", ask: ".data[0].ask" });
    const errors: [string, RegExp][] = [
      [body(0), /"0" is no price/],
      [body(null), /expected string/],
      [body(63_001, 5), /no time/],
      [body(70_000), /ask far below/],
      ['{"data":[]}', /expected string/],
      ["[]", /expected string/],
    ];
    for (const [text, error] of errors)
      expect(parseBody(venue, text, now)).toMatchObject({ error: expect.stringMatching(error) });
  });

  const wrong: [string, object][] = [
    ["https", { url: "http://rates.example/btc" }],
    ["https", { url: "nonsense" }],
    ["path", { last: "data.last" }],
    ["path", { last: "" }],
    ["name", { name: "kraken" }],
    ["letters", { name: "My Bank" }],
    ["time_unit", { time_unit: "years" }],
    ["unit", { unit: "eur" }],
    ["apikey", { apikey: "x" }],
    ["every_ms", { every_ms: 1 }],
  ];
  test.each(wrong)("a wrong %s is named: %j", (word, change) => {
    expect(() => customVenue({ ...entry, ...change })).toThrow(new RegExp(`price source.*${word}`, "s"));
  });

  test("as one line of text", () => {
    const line =
      "name=bank url=https://rates.example/btc last=.data[0].last time=.data[0].at time_unit=ms every_ms=5000";
    expect(parseCustomVenue(line)).toMatchObject({ name: "bank", url: "https://rates.example/btc", everyMs: 5_000 });
    expect<unknown>(parseBody(parseCustomVenue(line), body(63_001.25), now)).toMatchObject({ price: 63_001_250_000n });
    expect(() => parseCustomVenue("name=bank https://rates.example")).toThrow(
      '"https://rates.example" is not field=value',
    );
    expect(() => parseCustomVenue(`${line} every_ms=soon`)).toThrow(/every_ms/);
  });

  test("may be plain http on this machine", () => {
    for (const host of ["127.0.0.1:8080", "localhost", "[::1]:9"]) {
      expect(customVenue({ ...entry, url: `http://${host}/` }).url).toContain(host);
    }
  });
});

test("paths", () => {
  const body = parseJsonExact('{"a":{"only":{"b":[1.50,{"c-d":2}]}},"two":{"x":1,"y":2},"null":null}');
  expect(pick(body, ".a.*.b[0]")).toBe("1.50");
  expect(pick(body, ".a.only.b[1].c-d")).toBe("2");
  expect(pick(body, ".two.*")).toBeUndefined();
  expect(pick(body, ".null.x")).toBeUndefined();
  expect(pick(body, ".a[0]")).toBeUndefined();
  expect(pick(body, ".toString")).toBeUndefined();
  expect(pick(body, ".__proto__.x")).toBeUndefined();
});
