import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { CodedError } from "../../src/errors.ts";
import { defaultCost, openSeed, sealSeed } from "../../src/keys/sealed-seed.ts";
import {
  keepSeed,
  PLAIN_FILE,
  protectSeed,
  SEALED_FILE,
  seedState,
  unlockSeed,
  unprotectSeed,
} from "../../src/keys/seed-folder.ts";

const random = (bytes: number) => randomBytes(bytes);
/** Cheap, so that a hundred of them can be tried. */
const cost = { memoryKib: 64, passes: 1, lanes: 1 };
const passphrase = "correct horse";
const root = mkdtempSync(join(tmpdir(), "peer-stables-keys-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(root, "node-"));
});

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof CodedError ? error.code : String(error);
  }
  return "none";
}

/** Every name with its bytes and mode: what "nothing changed" means. */
function contents(): [string, string, number][] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const path = join(folder, name);
      return [name, readFileSync(path).toString("hex"), statSync(path).mode & 0o777];
    });
}

describe("a sealed seed", () => {
  test("opens with its passphrase and no other, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.string(), fc.string(), (seed, right, wrong) => {
        const text = sealSeed(seed, right, random, cost);
        const opened = openSeed(text, right);
        expect(opened.ok && Buffer.from(opened.seed).equals(seed)).toBe(true);
        if (right.normalize("NFKD") !== wrong.normalize("NFKD")) {
          expect(openSeed(text, wrong)).toEqual({ ok: false, reason: "wrong_passphrase" });
        }
      }),
      { numRuns: 60 },
    );
  });

  test("costs what RFC 9106 recommends, and says so in its header", () => {
    const { kdf } = JSON.parse(sealSeed(random(64), passphrase, random));
    expect(kdf).toMatchObject({ name: "argon2id", memory_kib: 65_536, passes: 3, lanes: 4 });
    expect(defaultCost.memoryKib).toBe(65_536);
  });

  test("is never the same twice, and shows nothing of the seed", () => {
    const seed = random(64);
    const [a, b] = [sealSeed(seed, passphrase, random, cost), sealSeed(seed, passphrase, random, cost)];
    expect(a).not.toBe(b);
    expect(a).not.toContain(seed.toString("hex").slice(0, 16));
  });

  test("with any byte changed is damaged or wrong, never another seed", () => {
    const text = sealSeed(random(64), passphrase, random, cost);
    fc.assert(
      fc.property(fc.nat(text.length - 2), fc.constantFrom("0", "1", "f", "z", '"', "{"), (at, char) => {
        const changed = text.slice(0, at) + char + text.slice(at + 1);
        expect(openSeed(changed, passphrase).ok).toBe(changed === text);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ["", "damaged"],
    ["[]", "damaged"],
    ['{"format":"peer-stables seed","version":2,"more":true}', "newer"],
  ] as const)("%p is %s", (text, reason) => {
    expect(openSeed(text, passphrase)).toEqual({ ok: false, reason });
  });

  test("that asks for all memory is refused", () => {
    const file = JSON.parse(sealSeed(random(64), passphrase, random, cost));
    file.kdf.memory_kib = 1 << 30;
    expect(openSeed(JSON.stringify(file), passphrase)).toEqual({ ok: false, reason: "damaged" });
  });
});

describe("the folder", () => {
  test("keeps a new seed plain or sealed, private either way", () => {
    const seed = random(64);
    keepSeed(folder, seed, "plain", random);
    expect(seedState(folder)).toEqual({ kind: "plain", path: join(folder, PLAIN_FILE) });
    expect(contents()).toEqual([[PLAIN_FILE, seed.toString("hex"), 0o600]]);
    const other = join(folder, "other");
    keepSeed(other, seed, { passphrase, cost }, random);
    expect(statSync(other).mode & 0o777).toBe(0o700);
    expect(statSync(join(other, SEALED_FILE)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(unlockSeed(other, passphrase))).toEqual(seed);
  });

  test.each([PLAIN_FILE, SEALED_FILE, "ldk_node_data.sqlite"])("never gives a node with %s a new seed", (name) => {
    writeFileSync(join(folder, name), "x");
    const before = contents();
    expect(codeOf(() => keepSeed(folder, random(64), "plain", random))).toBe("conflict");
    expect(contents()).toEqual(before);
  });

  test("says when a database has lost its seed", () => {
    const database = join(folder, "ldk_node_data.sqlite");
    writeFileSync(database, "x");
    expect(seedState(folder)).toEqual({ kind: "lost", database });
  });

  test("takes LDK's own file under a passphrase and back", () => {
    const seed = random(64);
    writeFileSync(join(folder, PLAIN_FILE), seed);
    chmodSync(join(folder, PLAIN_FILE), 0o400); // as LDK leaves it
    protectSeed(folder, { passphrase, cost }, random);
    expect(readdirSync(folder)).toEqual([SEALED_FILE]);
    expect(Buffer.from(unlockSeed(folder, passphrase))).toEqual(seed);
    unprotectSeed(folder, passphrase);
    expect(contents()).toEqual([[PLAIN_FILE, seed.toString("hex"), 0o600]]);
  });

  test("a wrong passphrase changes nothing", () => {
    keepSeed(folder, random(64), { passphrase, cost }, random);
    const before = contents();
    expect(codeOf(() => unlockSeed(folder, "battery staple"))).toBe("wrong_passphrase");
    expect(codeOf(() => unprotectSeed(folder, "battery staple"))).toBe("wrong_passphrase");
    expect(contents()).toEqual(before);
  });

  test("setting a passphrase that was cut short is finished by the next unlock", () => {
    const seed = random(64);
    keepSeed(folder, seed, { passphrase, cost }, random);
    writeFileSync(join(folder, PLAIN_FILE), seed);
    expect(seedState(folder)).toMatchObject({ kind: "sealed", leftover: true });
    expect(codeOf(() => unlockSeed(folder, "battery staple"))).toBe("wrong_passphrase");
    expect(seedState(folder)).toMatchObject({ leftover: true });
    unlockSeed(folder, passphrase);
    expect(readdirSync(folder)).toEqual([SEALED_FILE]);
  });

  test("two different seeds are refused, and both kept", () => {
    keepSeed(folder, random(64), { passphrase, cost }, random);
    writeFileSync(join(folder, PLAIN_FILE), random(64));
    const before = contents();
    expect(codeOf(() => unlockSeed(folder, passphrase))).toBe("conflict");
    expect(contents()).toEqual(before);
  });

  test("a short plain seed is named as damaged and kept", () => {
    writeFileSync(join(folder, PLAIN_FILE), "short");
    expect(codeOf(() => protectSeed(folder, { passphrase, cost }, random))).toBe("seed_damaged");
    expect(readdirSync(folder)).toEqual([PLAIN_FILE]);
  });
});
