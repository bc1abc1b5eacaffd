/** Data that an earlier version left, and data of a later one. */
import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { migrations } from "../../src/store/schema.ts";
import { jsonLines, runProgram, temporaryFolder } from "./program.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const roles = ["exchange", "lsp", "user"];

/** The walkthrough's data folder as ledger schema 1 left it: chain, seeds, LDK's databases, a stable agreement. */
function dataOfSchemaOne(name: string): string {
  const to = join(folder.path, name);
  mkdirSync(to);
  const archive = join(import.meta.dir, "fixtures/data-schema-1.tar.gz");
  const unpacked = Bun.spawnSync(["tar", "-xzf", archive, "-C", to]);
  if (!unpacked.success) throw new Error(unpacked.stderr.toString());
  return join(to, "data");
}

test("the previous version's channels, money and agreement are there, and go on", async () => {
  const dataDir = dataOfSchemaOne("older");
  // The price the fixture ended at, standing still: what is settled then is what the script asks for, however slowly it runs.
  const stdin = [
    "wait user synced",
    "wait user channels=1 timeout 60",
    "user stable",
    "price 64000",
    "wait user settled timeout 60",
    "expect user stable .agreements[0].drift_bps <= 25",
    "user stable",
    "user closechannel last",
  ].join("\n");
  const { code, stdout, stderr } = await runProgram(
    ["demo", "--json", "--yes", "--price", "fixed=80000", "--data-dir", dataDir, "--script", "-"],
    { stdin },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const results = jsonLines(stdout).map(({ result }) => result);
  expect(results[2]).toMatchObject({
    agreements: [{ target_usd: "4.000000", backing_msat: "4999990", status: "active", settlements: 1 }],
  });
  expect(results[6]).toMatchObject({ agreements: [{ status: "active", settlements: 2 }] });
  for (const role of roles) {
    const kept = readdirSync(join(dataDir, "regtest", role)).filter((name) => name.startsWith("ledger.sqlite.v1-"));
    expect(kept).toHaveLength(1);
  }
});

test("a later version's ledger is refused with what to do, and nothing is changed", async () => {
  const dataDir = dataOfSchemaOne("newer");
  const newest = migrations.at(-1)?.version ?? 0;
  const path = join(dataDir, "regtest/lsp/ledger.sqlite");
  const database = new Database(path);
  database.run(`PRAGMA user_version = ${newest + 1}`);
  database.close();
  const files = ["ledger.sqlite", "ldk_node_data.sqlite", "keys_seed"].map((name) =>
    join(dataDir, "regtest/lsp", name),
  );
  const before = files.map((file) => readFileSync(file));
  const { code, stdout, stderr } = await runProgram(["demo", "--data-dir", dataDir, "--", "lsp", "balance"]);
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toMatch(
    new RegExp(
      `ledger\\.sqlite has version ${newest + 1} and this program knows up to ${newest}: update .*\\(database_newer\\)\\n$`,
    ),
  );
  expect(files.map((file) => readFileSync(file))).toEqual(before);
});
