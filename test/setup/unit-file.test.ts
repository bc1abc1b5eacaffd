/** The systemd unit, by what it says; test/e2e/debian.test.ts has systemd itself read it. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { splitArguments } from "../../src/app/arguments.ts";
import { GRACE_MS } from "../../src/app/service.ts";
import { errorTable } from "../../src/errors.ts";

const lines = readFileSync(join(import.meta.dir, "../../packaging/peer-stables@.service"), "utf8").split("\n");

/** Keys of each section, in order. */
const unit = new Map<string, [key: string, value: string][]>();
for (const line of lines) {
  if (line === "" || line.startsWith("#")) continue;
  const section = /^\[(\w+)\]$/.exec(line)?.[1];
  const pair = /^([A-Z][A-Za-z]+)=(.*)$/.exec(line);
  if (section !== undefined) unit.set(section, []);
  else if (pair !== null) [...unit.values()].at(-1)?.push([pair[1] ?? "", pair[2] ?? ""]);
  else throw new Error(`neither a section nor a setting: ${line}`);
}
const service = new Map(unit.get("Service"));

test("it has the three sections, and no key twice", () => {
  expect([...unit.keys()]).toEqual(["Unit", "Service", "Install"]);
  for (const pairs of unit.values()) expect(new Set(pairs.map(([key]) => key)).size).toBe(pairs.length);
});

test("it starts the program with flags that there are", () => {
  const [program, ...args] = (service.get("ExecStart") ?? "").replaceAll("%i", "lsp").split(" ");
  expect(program).toBe("/usr/bin/peer-stables");
  expect(splitArguments(args)).toMatchObject({ flags: { headless: "true", role: "lsp" }, words: [] });
});

test("it is told of the start, gives the stop its time, and knows the exit codes", () => {
  expect(service.get("Type")).toBe("notify");
  expect(service.get("NotifyAccess")).toBe("main");
  expect(Number(service.get("TimeoutStopSec")) * 1_000).toBeGreaterThan(GRACE_MS);
  expect(Number(service.get("WatchdogSec"))).toBeGreaterThan(0);
  expect(service.get("WatchdogSignal")).toBe("SIGKILL");
  expect(Number(service.get("RestartPreventExitStatus"))).toBe(errorTable.bad_config.exit);
  // 128 and SIGTERM's number, as src/app/signals.ts ends.
  expect([service.get("KillSignal"), service.get("SuccessExitStatus")]).toEqual(["SIGTERM", "143"]);
});

test("keys and money are the service's alone", () => {
  expect(service.get("StateDirectoryMode")).toBe("0700");
  expect(service.get("UMask")).toBe("0077");
  expect(service.get("LimitCORE")).toBe("0");
  expect(service.get("NoNewPrivileges")).toBe("yes");
});
