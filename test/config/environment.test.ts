import { expect, test } from "bun:test";
import { join } from "node:path";
import { otherVariables, unknownVariables } from "../../src/config/environment.ts";
import { environmentName, settingKeys } from "../../src/config/settings.ts";

const root = join(import.meta.dir, "../..");

test("every variable that the sources read is in a table", async () => {
  const known = new Set<string>([...settingKeys.map(environmentName), ...otherVariables.map(({ name }) => name)]);
  const used = new Set<string>();
  for (const pattern of ["src/**/*.{ts,tsx}", "native/src/**/*.rs"]) {
    for await (const path of new Bun.Glob(pattern).scan(root)) {
      const text = await Bun.file(join(root, path)).text();
      for (const [name] of text.matchAll(/PEER_STABLES_[A-Z][A-Z_]*[A-Z]/g)) used.add(name);
    }
  }
  expect(used.size).toBeGreaterThan(3);
  expect([...used].filter((name) => !known.has(name))).toEqual([]);
});

test("a variable that was mistyped is named with the one that was meant", () => {
  const env = { PEER_STABLES_LOG_LEVLE: "warn", PEER_STABLES_ROLE: "user", PEER_STABLES_LIBRARY: "x", HOME: "y" };
  expect(unknownVariables(env).map(({ message }) => message)).toEqual([
    "PEER_STABLES_LOG_LEVLE in the environment is no variable of peer-stables; did you mean PEER_STABLES_LOG_LEVEL?",
  ]);
});
