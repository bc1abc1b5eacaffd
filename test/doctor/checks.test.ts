import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chainCheck, clockCheck } from "../../src/doctor/check-chain.ts";
import { controlCheck } from "../../src/doctor/check-control.ts";
import { dataFolderCheck, diskCheck, permissionCheck } from "../../src/doctor/check-files.ts";
import { lspCheck, portCheck } from "../../src/doctor/check-peers.ts";
import { priceCheck } from "../../src/doctor/check-price.ts";
import { libraryCheck, settingsCheck } from "../../src/doctor/check-program.ts";
import { ledgerCheck, nodeDatabaseCheck, seedCheck } from "../../src/doctor/check-stores.ts";
import { checks, examine, examinedText } from "../../src/doctor/examine.ts";
import { openStore } from "../../src/store/open-store.ts";
import { migrations } from "../../src/store/schema.ts";
import { answers, cleanUp, freshFolder, patient, said, tip } from "./patient.ts";

afterEach(cleanUp);

test("a healthy one: nothing fails, every check says something, in the order of the table", async () => {
  const findings = await examine(patient());
  expect(findings.filter(({ state }) => state === "fail" || state === "warn")).toEqual([]);
  expect([...new Set(findings.map(({ check }) => check))]).toEqual(checks.map(({ name }) => name));
  expect(examinedText(findings)).toMatch(/\n0 failed, 0 to look at, \d+ fine$/);
});

test("a check that can't be made is a failure with its reason, and the others are made", async () => {
  const findings = await examine({ ...patient(), venueAnswers: () => Promise.reject(new Error("no network card")) });
  const failed = findings.filter(({ state }) => state === "fail");
  expect(failed.map(({ check }) => check)).toEqual(["clock", "price"]);
  expect(failed[0]?.says).toBe("it could not be examined (no network card)");
});

test("settings and library", async () => {
  expect(await said(settingsCheck, { settingProblems: ["a is wrong", "b too"] })).toEqual([
    "fail: a is wrong",
    "fail: b too",
  ]);
  const missing = { PEER_STABLES_LIBRARY: join(freshFolder(), "none.so") };
  expect(await said(libraryCheck, { env: missing })).toEqual([
    expect.stringMatching(/^fail: .*none\.so, which is not there/),
  ]);
});

describe("files", () => {
  test("a folder that is not there yet, and one that can't be made", async () => {
    const root = join(freshFolder(), "a/b");
    expect(dataFolderCheck.run({ ...patient(), root })).toMatchObject([
      { state: "ok", says: `${root} is not there yet and can be made` },
    ]);
    const file = join(freshFolder(), "file");
    writeFileSync(file, "");
    expect(dataFolderCheck.run({ ...patient(), root: join(file, "data") })).toMatchObject([
      { state: "fail", says: expect.stringContaining(file) },
    ]);
  });

  test("what others may read is named, a few at most; links are not followed", async () => {
    const root = freshFolder();
    const folder = join(root, "regtest/lsp");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    symlinkSync("/etc", join(folder, "link"));
    expect(await said(permissionCheck, { root })).toEqual(["ok: 4 files and folders, open to nobody else"]);
    for (const name of ["a", "b", "c", "d", "e", "f"]) writeFileSync(join(folder, name), "", { mode: 0o640 });
    expect(await said(permissionCheck, { root })).toEqual([
      `fail: others may read ${["a", "b", "c", "d"].map((name) => join(folder, name)).join(", ")} and 2 more`,
    ]);
  });

  test("disk", async () => {
    expect(await said(diskCheck)).toEqual([expect.stringMatching(/^(ok|warn|fail): [\d,]+ MiB free$/)]);
  });
});

describe("what a role keeps", () => {
  const role = (files: Record<string, string | Uint8Array>) => {
    const root = freshFolder();
    const folder = join(root, "regtest/lsp");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
    return { root, folder };
  };

  test.each([
    [{}, /^skip: made at the first start$/],
    [{ keys_seed: "x" }, /^warn: .*keys_seed is not under a passphrase/],
    [{ "seed.json": "x" }, /^ok: under a passphrase$/],
    [{ "seed.json": "x", keys_seed: "x" }, /^warn: the plain seed still lies beside/],
    [{ "ldk_node_data.sqlite": "x" }, /^fail: .*is there and its seed is not$/],
  ])("a seed: %p", async (files, says) => {
    expect(await said(seedCheck, { root: role(files).root })).toEqual([expect.stringMatching(says)]);
  });

  const newest = migrations.at(-1)?.version ?? 0;
  const ledger = async (root: string) => {
    const path = join(root, "regtest/lsp/ledger.sqlite");
    const store = await openStore({ path, now: () => 1_700_000_000 });
    await store.commit([{ put: "audit", entry: { kind: "opened", data: {} } }]);
    await store.close();
    return path;
  };

  test("a ledger: sound, changed behind our back, damaged, newer, older", async () => {
    const { root } = role({});
    const path = await ledger(root);
    expect(await said(ledgerCheck, { root })).toEqual([
      `ok: version ${newest}: 0 agreements, 0 settlements, 1 audit lines, all sound`,
    ]);
    const database = new Database(path);
    database.run("DROP TRIGGER audit_no_update");
    database.close();
    expect(await said(ledgerCheck, { root })).toEqual([expect.stringMatching(/^fail: .*schema.*audit_no_update/)]);
    writeFileSync(path, readFileSync(path).fill(0xa5, 100, 4_000));
    expect(await said(ledgerCheck, { root })).toEqual([expect.stringMatching(/^fail: .*damaged/)]);

    const other = role({});
    const second = new Database(await ledger(other.root));
    second.run(`PRAGMA user_version = ${newest + 1}`);
    second.close();
    expect(await said(ledgerCheck, { root: other.root })).toEqual([
      expect.stringMatching(new RegExp(`^fail: .*has version ${newest + 1} .* up to ${newest}: update the program`)),
    ]);

    const old = role({});
    const first = new Database(join(old.folder, "ledger.sqlite"));
    first.run(readFileSync(join(import.meta.dir, "../store/fixtures/version-1.sql"), "utf8"));
    first.close();
    expect(await said(ledgerCheck, { root: old.root })).toEqual([
      `ok: version 1; the next start brings it to ${newest} and keeps a copy beside it`,
    ]);
  });

  test("a node's database", async () => {
    const { root, folder } = role({});
    expect(await said(nodeDatabaseCheck, { root })).toEqual(["skip: made at the first start"]);
    const path = join(folder, "ldk_node_data.sqlite");
    const database = new Database(path);
    database.run("CREATE TABLE a (b)");
    database.close();
    expect(await said(nodeDatabaseCheck, { root })).toEqual(["ok: sound"]);
    writeFileSync(path, "this is no database, and it is longer than nothing");
    expect(await said(nodeDatabaseCheck, { root })).toEqual([expect.stringMatching(/^fail: .*is damaged/)]);
  });
});

describe("the chain", () => {
  const HOUR_MS = 3_600_000;
  test.each([
    [
      "silent",
      { tipSays: { ok: false, reason: "ECONNREFUSED" } },
      [/^fail: bitcoind 127\.0\.0\.1:18443 .*ECONNREFUSED/],
    ],
    ["another network", { network: "bitcoin", tipSays: tip() }, [/^fail: .*is on regtest, not on bitcoin$/]],
    [
      "an unknown one",
      { tipSays: tip({ genesis: "ab".repeat(32) }) },
      [/^fail: .*is on another network, not on regtest$/],
    ],
    ["catching up", { tipSays: tip({ catchingUp: true }) }, [/^ok: /, /^fail: it is still catching up/]],
    ["pruned", { tipSays: tip({ pruned: true }) }, [/^ok: .*height 110$/, /^warn: it is pruned$/]],
    ["old on regtest", { tipSays: tip({ timeMs: 0 }) }, [/^ok: /]],
    ["none", { chain: undefined }, [/^fail: no source is set/]],
  ] as const)("%s", async (_, given, says) => {
    expect(await said(chainCheck, given)).toEqual(says.map((one) => expect.stringMatching(one)));
  });

  test("a tip that is too old for its network", async () => {
    const genesis = "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6";
    const tipSays = tip({ genesis, timeMs: Date.now() - HOUR_MS });
    expect(await said(chainCheck, { network: "mutinynet", tipSays })).toEqual([
      expect.stringMatching(/^ok: /),
      "warn: its newest block is 60 minutes old",
    ]);
    expect(await said(chainCheck, { network: "signet", tipSays })).toEqual([expect.stringMatching(/^ok: /)]);
  });

  test("never a password", async () => {
    const findings = await examine(patient({ tipSays: { ok: false, reason: "401" } }));
    expect(JSON.stringify(findings)).not.toContain("hunter22");
  });
});

describe("the clock", () => {
  const off = (aheadMs: number) => answers([], aheadMs);
  test.each([
    ["right", { venuesSay: off(400) }, [/^ok: 0\.4 s ahead of what 5 price venues say$/]],
    ["a little off", { venuesSay: off(-8_000) }, [/^warn: 8\.0 s behind what/]],
    ["wrong", { venuesSay: off(120_000) }, [/^fail: 120\.0 s ahead of/]],
    [
      "behind the chain",
      { venuesSay: [], tipSays: tip({ timeMs: Date.now() + 3 * 3_600_000 }) },
      [/^fail: .* 3\.0 hours ahead/],
    ],
    ["no venue", { venuesSay: [] }, [/^ok: not behind the chain/]],
    ["nobody", { venuesSay: [], tipSays: { ok: false, reason: "" } }, [/^skip: nothing/]],
  ] as const)("%s", async (_, given, says) => {
    expect(await said(clockCheck, { ...given, venuesSay: [...given.venuesSay] })).toEqual(
      says.map((one) => expect.stringMatching(one)),
    );
  });
});

describe("peers", () => {
  const listening = () => Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });

  test("a port that is free, taken, or ours", async () => {
    const server = listening();
    const listen = `127.0.0.1:${server.port}`;
    expect(await said(portCheck, { role: { listen } })).toEqual([
      expect.stringMatching(/^fail: .*cannot be listened on \(.*EADDRINUSE/),
    ]);
    expect(await said(portCheck, { role: { listen, pid: 7 } })).toEqual([`ok: lsp: process 7 answers on ${listen}`]);
    server.stop(true);
    expect(await said(portCheck, { role: { listen } })).toEqual([`ok: lsp: ${listen} is free`]);
    expect(await said(portCheck, { role: { listen, pid: 7 } })).toEqual([
      expect.stringMatching(/^fail: .*process 7 runs and does not/),
    ]);
  });

  test("what a firewall does is not claimed", async () => {
    const role = { listen: "0.0.0.0:0" };
    expect(await said(portCheck, { role, network: "signet" })).toEqual([
      "ok: lsp: 0.0.0.0:0 is free",
      expect.stringMatching(/^skip: .*only a machine outside can tell$/),
    ]);
  });

  test("the LSP of a user: there, gone, unknown; an LSP needs none", async () => {
    const user = { role: "user" as const };
    const server = listening();
    const address = `127.0.0.1:${server.port}`;
    const lsps = () => [{ address, inUse: true }];
    expect(await said(lspCheck, { role: user, lsps })).toEqual([`ok: ${address} accepts connections`]);
    server.stop(true);
    expect(await said(lspCheck, { role: user, lsps })).toEqual([expect.stringMatching(/^fail: .*cannot be reached/)]);
    expect(await said(lspCheck, { role: user })).toEqual([expect.stringMatching(/^warn: none is named/)]);
    expect(await said(lspCheck)).toEqual([expect.stringMatching(/^skip: /)]);
  });
});

test("each of several LSPs is tried: the one in use must be there, the others should", async () => {
  const servers = [1, 2].map(() => Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }));
  const [used = "", other = ""] = servers.map(({ port }) => `127.0.0.1:${port}`);
  const given = {
    role: { role: "user" as const },
    lsps: () => [
      { address: used, inUse: true },
      { address: other, inUse: false },
    ],
  };
  expect(await said(lspCheck, given)).toEqual([
    `ok: ${used}, the one in use, accepts connections`,
    `ok: ${other} accepts connections`,
  ]);
  for (const server of servers) server.stop(true);
  expect(await said(lspCheck, given)).toEqual([
    expect.stringContaining(`fail: ${used}, the one in use, cannot be reached`),
    expect.stringContaining(`warn: ${other} cannot be reached`),
  ]);
});

describe("prices", () => {
  test("who disagrees or is silent is named beside what holds", async () => {
    const venuesSay = answers([100, 100, 100, 100, 120]);
    const [silent] = venuesSay;
    if (silent !== undefined) silent.observation = { source: silent.venue.name, atMs: 0, error: "HTTP 500" };
    expect(await said(priceCheck, { venuesSay })).toEqual([
      "ok: 3 of 5 venues agree on $100.00",
      `warn: ${silent?.venue.name}: HTTP 500`,
      "warn: paxos: +20.0 % from the median",
    ]);
  });

  test("without a quorum nothing is settled", async () => {
    expect(await said(priceCheck, { venuesSay: answers().slice(0, 2) })).toEqual([
      "fail: 2 sources answer, 3 are needed: nothing is settled without a price",
    ]);
  });

  test("another source asks no venue", async () => {
    const venueAnswers = () => Promise.reject(new Error("asked"));
    expect(await said(priceCheck, { settings: { price: { source: "scenario", name: "calm" } }, venueAnswers })).toEqual(
      ["ok: scenario=calm; no venue is needed"],
    );
  });
});

test("a folder whose node lives on elsewhere", async () => {
  expect(await said(dataFolderCheck, { role: { moved: "it was moved to X" } })).toEqual(["fail: it was moved to X"]);
});

test("a running role's control socket: there, gone, nobody running", async () => {
  expect(await said(controlCheck)).toEqual(["skip: no role runs"]);
  const folder = freshFolder();
  const path = join(folder, "control.sock");
  const role = { folder, pid: 7 };
  expect(await said(controlCheck, { role })).toEqual([expect.stringMatching(/^warn: lsp: .*does not answer/)]);
  const server = Bun.listen({ unix: path, socket: { data() {} } });
  expect(await said(controlCheck, { role })).toEqual([`ok: lsp: ${path} answers`]);
  server.stop(true);
});

test("permissions of a file that belongs to the owner alone", async () => {
  const root = freshFolder();
  chmodSync(root, 0o755);
  expect(await said(permissionCheck, { root })).toEqual([`fail: others may read ${root}`]);
});
