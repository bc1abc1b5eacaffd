import { describe, expect, test } from "bun:test";
import { importProblems, readImports } from "../../scripts/checks/import-rules.ts";
import { isAllowed } from "../../scripts/checks/licence-terms.ts";
import { bunLockProblems, cargoLockProblems } from "../../scripts/checks/lock-files.ts";
import { textProblems } from "../../scripts/checks/text-rules.ts";
import { isOlder } from "../../scripts/setup/versions.ts";

describe("imports", () => {
  test("all forms are read, with their line and whether they bring code", () => {
    const text = [
      'import { z } from "zod";',
      'import type { A } from "../stable/units.ts";',
      'import { type B, type C } from "./b.ts";',
      "import {",
      "  type D,",
      "  e,",
      '} from "./d.ts";',
      'export { f } from "./f.ts";',
      'export type * from "./g.ts";',
      'import "./h.ts";',
      'const i = await import("./i.ts");',
    ].join("\n");
    expect(readImports("src/ffi/x.ts", text)).toEqual([
      { target: "zod", typesOnly: false, line: 1 },
      { target: "src/stable/units.ts", typesOnly: true, line: 2 },
      { target: "src/ffi/b.ts", typesOnly: true, line: 3 },
      { target: "src/ffi/d.ts", typesOnly: false, line: 4 },
      { target: "src/ffi/f.ts", typesOnly: false, line: 8 },
      { target: "src/ffi/g.ts", typesOnly: true, line: 9 },
      { target: "src/ffi/h.ts", typesOnly: false, line: 10 },
      { target: "src/ffi/i.ts", typesOnly: false, line: 11 },
    ]);
  });

  test.each([
    ["src/stable/a.ts", 'import { price } from "./units.ts";'],
    ["src/stable/a.ts", 'import type { Node } from "../node/port.ts";'],
    ["src/price/a.ts", 'import { msat } from "../stable/units.ts";'],
    ["src/store/a.ts", 'import type { Agreement } from "../stable/agreement.ts";'],
    ["src/store/a.ts", 'import { Database } from "bun:sqlite";'],
    ["src/app/a.ts", 'import { openStore } from "../store/open-store.ts";'],
    ["src/main.tsx", 'import { run } from "./app/run.ts";'],
  ])("%s may say %s", (file, text) => {
    expect(importProblems(file, text)).toEqual([]);
  });

  test.each([
    ["src/stable/a.ts", 'import { open } from "../store/open-store.ts";', "may not import src/store/open-store.ts"],
    ["src/stable/a.ts", 'import { now } from "../node/port.ts";', "only types of src/node/port.ts"],
    ["src/stable/a.ts", 'import { readFileSync } from "node:fs";', "may not use node:fs"],
    ["src/price/a.ts", 'import { decide } from "../stable/decision.ts";', "only types of src/stable/decision.ts"],
    ["src/ffi/a.ts", 'import type { X } from "../app/session.ts";', "may not import src/app/session.ts"],
    ["src/commands/a.ts", 'import { open } from "../ffi/node.ts";', "may not import src/ffi/node.ts"],
    ["src/tui/a.tsx", 'import type { X } from "../ffi/node.ts";', "may not import src/ffi/node.ts"],
    ["src/store/a.ts", 'import { dlopen } from "bun:ffi";', "may not use bun:ffi"],
    ["src/errors.ts", 'import { z } from "zod";', "may not use zod"],
    ["src/novel/a.ts", "", "belongs to no area"],
  ])("%s may not say %s", (file, text, problem) => {
    expect(importProblems(file, text)).toEqual([expect.stringContaining(problem)]);
  });
});

describe("texts", () => {
  const home = ["", "home", "someone", "x"].join("/");
  test.each([
    ["docs/a.md", `see ${home}`, "machine"],
    ["src/a.ts", "// TO" + "DO: later", "issue"],
    ["src/a.ts", "// biome-ig" + "nore lint/x", "reason"],
    ["src/a/index.ts", "", "barrels"],
    ["native/src/a.rs", "\n".repeat(400), "401 lines"],
    ["bun.lock", '"https://mirror.example/zod.tgz"', "mirror.example"],
  ])("%s: %p is refused", (file, text, problem) => {
    expect(textProblems(file, text)).toEqual([expect.stringContaining(problem)]);
  });

  test.each([
    ["docs/a.md", "/usr/lib, src/home/x and https://example.org/root/x"],
    ["src/a.ts", "// biome-ig" + "nore lint/x/y: the reason"],
    ["docs/a.md", "what is left TO" + "DO"],
    ["native/Cargo.lock", 'source = "registry+https://github.com/rust-lang/crates.io-index"'],
  ])("%s: %p is fine", (file, text) => {
    expect(textProblems(file, text)).toEqual([]);
  });
});

describe("licences", () => {
  test.each([
    "MIT",
    "MIT/Apache-2.0",
    "GPL-3.0-only OR MIT",
    "(MIT OR GPL-2.0-only) AND Unicode-3.0",
    "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
    "GPL-2.0-only OR (MIT AND ISC)",
  ])("%s is allowed", (expression) => {
    expect(isAllowed(expression)).toBe(true);
  });

  test.each([
    "GPL-3.0-only",
    "MIT AND GPL-3.0-only",
    "(MIT OR ISC) AND AGPL-3.0-only",
    "MPL-2.0",
    "UNLICENSED",
    "",
    "SEE LICENSE IN x",
  ])("%p is refused", (expression) => {
    expect(isAllowed(expression)).toBe(false);
  });
});

describe("lock files", () => {
  const crate = (name: string, version: string, rest: string): string =>
    `[[package]]\nname = "${name}"\nversion = "${version}"\n${rest}\n`;
  const source = 'source = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "00"';

  test("a crate is refused for a foreign source, a missing checksum or a known weakness", () => {
    expect(cargoLockProblems(crate("lightning", "0.2.7", source) + crate("ours", "0.1.0", ""))).toEqual([]);
    expect(cargoLockProblems(crate("lightning", "0.2.4", source))).toEqual([
      expect.stringContaining("older than 0.2.7"),
    ]);
    expect(cargoLockProblems(crate("x", "1.0.0", 'source = "git+https://x.example/y"'))).toEqual([
      expect.stringContaining("not from crates.io"),
    ]);
    expect(cargoLockProblems(crate("x", "1.0.0", source.split("\n")[0] ?? ""))).toEqual([
      expect.stringContaining("no checksum"),
    ]);
  });

  test("every package of bun.lock needs its hash", () => {
    const hash = `sha512-${"A".repeat(86)}==`;
    expect(bunLockProblems(`  "packages": {\n    "zod": ["zod@4.6.7", "", {}, "${hash}"],\n  }`)).toEqual([]);
    expect(bunLockProblems(`  "packages": {\n    "zod": ["zod@4.6.7", "", {}],\n  }`)).toHaveLength(1);
    expect(bunLockProblems("{}")).toHaveLength(1);
  });

  test("versions compare by number", () => {
    expect([
      isOlder("0.17.9", "0.17.12"),
      isOlder("1.0.0-rc1", "1.0.0"),
      isOlder("0.18.0", "0.17.12"),
      isOlder("1.1.0+2", "1.1"),
    ]).toEqual([true, false, false, false]);
  });
});
