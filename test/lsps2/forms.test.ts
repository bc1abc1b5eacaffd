import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { amount, connectionString, publicKey, readDatetime, scid, scidText, u32 } from "../../src/lsps2/forms.ts";

const G = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

describe("amounts", () => {
  test("are strings of decimal digits of a u64", () => {
    expect(amount.parse("0")).toBe(0n);
    expect(amount.parse("18446744073709551615")).toBe(2n ** 64n - 1n);
    for (const bad of ["", "-1", "+1", "01", "1.0", "1e3", " 1", "0x1", "18446744073709551616", 546_000, 1n, null]) {
      expect(amount.safeParse(bad).success).toBe(false);
    }
  });

  test("every u64 is read as what it is", () => {
    fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (value) => amount.parse(value.toString()) === value));
  });
});

test("ppm and blocks are JSON integers of 32 bits", () => {
  expect([u32.parse(0), u32.parse(2 ** 32 - 1)]).toEqual([0, 2 ** 32 - 1]);
  for (const bad of [-1, 0.5, 2 ** 32, "1200", null]) expect(u32.safeParse(bad).success).toBe(false);
});

describe("a point of time", () => {
  test("may have any fraction, an offset and a leap second", () => {
    const ms = Date.parse("2023-02-23T08:47:30.511Z");
    for (const same of [
      "2023-02-23T08:47:30.511Z",
      "2023-02-23T08:47:30.511999999Z",
      "2023-02-23t09:47:30.511+01:00",
    ]) {
      expect(readDatetime(same)?.unixMs).toBe(ms);
    }
    expect(readDatetime("2023-02-23T08:47:30Z")?.unixMs).toBe(ms - 511);
    expect(readDatetime("2023-02-23T08:47:30.5Z")?.unixMs).toBe(ms - 11);
    expect(readDatetime("2016-12-31T23:59:60Z")?.unixMs).toBe(Date.parse("2017-01-01T00:00:00Z"));
  });

  test("has to be one", () => {
    const bad = ["", "2023-02-23", "2023-02-30T00:00:00Z", "2023-02-23T24:00:00Z", "2023-13-01T00:00:00Z"];
    const worse = [
      "2023-02-23T08:47:30",
      "2023-02-23T08:47:30.Z",
      "2023-02-23 08:47:30Z",
      "1677142050",
      " 2023-02-23T08:47:30Z",
    ];
    for (const text of [...bad, ...worse]) expect(readDatetime(text)).toBeUndefined();
  });

  test("every instant of four-digit years is read to the millisecond", () => {
    const instants = fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
    fc.assert(fc.property(instants, (date) => readDatetime(date.toISOString())?.unixMs === date.getTime()));
  });
});

describe("a short channel id", () => {
  test("is the bLIP's example both ways", () => {
    expect(scid.parse("539268x845x1")).toBe(0x083a8400034d0001n);
    expect(scidText(0x083a8400034d0001n)).toBe("539268x845x1");
  });

  test("has parts of 24, 24 and 16 bits", () => {
    expect(scid.parse("16777215x16777215x65535")).toBe(2n ** 64n - 1n);
    const bad = [
      "16777216x0x0",
      "0x16777216x0",
      "0x0x65536",
      "1x2",
      "1x2x3x4",
      "1X2X3",
      "01x2x3",
      "-1x2x3",
      "539268:845:1",
    ];
    for (const text of bad) expect(scid.safeParse(text).success).toBe(false);
  });

  test("every u64 comes back", () => {
    fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (value) => scid.parse(scidText(value)) === value));
  });
});

describe("a public key", () => {
  test("is a point of the curve, in either case", () => {
    expect(publicKey.parse(G)).toBe(G);
    expect(publicKey.parse(G.toUpperCase())).toBe(G);
    const offTheCurve = `02${"0".repeat(63)}5`;
    for (const bad of [offTheCurve, `04${G.slice(2)}`, G.slice(0, 64), `${G}00`, ""]) {
      expect(publicKey.safeParse(bad).success).toBe(false);
    }
  });
});

describe("a connection string", () => {
  test("is cut at the first @ and the last colon", () => {
    const cases = [
      [`${G}@::1:9735`, "[::1]:9735"],
      [`${G}@[2001:db8::1]:1`, "[2001:db8::1]:1"],
      [`${G}@127.0.0.1:65535`, "127.0.0.1:65535"],
      [`${G}@lsp.example.org:9735`, "lsp.example.org:9735"],
      [`${G}@${"a".repeat(56)}.onion:9735`, `${"a".repeat(56)}.onion:9735`],
    ] as const;
    for (const [text, address] of cases) expect(connectionString.parse(text)).toEqual({ nodeId: G, address });
  });

  test("names what can be reached", () => {
    const hosts = ["", "256.0.0.1", "1.2.3", "a b", "-x", "short.onion", "x@y", "[::1", ":::1", "ex_ample.org"];
    for (const host of hosts) expect(connectionString.safeParse(`${G}@${host}:9735`).success).toBe(false);
    for (const port of ["", "0", "65536", "09735", "http", "-1"]) {
      expect(connectionString.safeParse(`${G}@localhost:${port}`).success).toBe(false);
    }
    for (const text of [G, `@localhost:1`, `localhost:1`, `${G.slice(2)}@localhost:1`]) {
      expect(connectionString.safeParse(text).success).toBe(false);
    }
  });
});
