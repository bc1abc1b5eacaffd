/** The recovery drill of docs/recovery.md, on a user with a live peg: full copy, stale copy, seed only. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expectPayouts } from "../../src/app/lost-channels.ts";
import { askForRescan } from "../../src/app/rescan.ts";
import { type RestoreOptions, restoreBackup } from "../../src/backup/restore.ts";
import { CodedError } from "../../src/errors.ts";
import { runProgram, temporaryFolder } from "./program.ts";
import { killQuiet } from "./saved.ts";
import { onboarding, openPlaying, type Playing } from "./stage.ts";
import { until } from "./until.ts";

const LONG_MS = 120_000;
const root = temporaryFolder();
const at = (name: string) => join(root.path, name);
const folder = at("data/regtest/user");
const options = ["--data-dir", at("data"), "--network", "regtest"];
let stage: Playing;

beforeAll(async () => {
  stage = await openPlaying("embedded", { "data-dir": at("data") });
  await stage.script(`${onboarding}
    faucet user 30000
    user startstablechannel last true 4.0 0
    user backup ${at("old")}
    price 90000
    wait user settled`);
  await killQuiet(stage, "user");
  // Of a node that stopped: nothing of the last payment can be under way any more.
  const made = await runProgram(["backup", at("new"), "--role", "user", ...options]);
  expect(made).toMatchObject({ code: 0, stderr: "" });
}, LONG_MS);
afterAll(async () => {
  await stage?.close();
  root.remove();
});

function restore(backup: string, wish: Partial<RestoreOptions> = {}): string {
  const now = Math.floor(Date.now() / 1000);
  try {
    const opened = { folder: at(backup), name: at(backup), usedMark: at(`${backup}/restored.json`) };
    restoreBackup({ backup: opened, folder, accepted: false, withoutChannels: false, now, ...wish });
    return "restored";
  } catch (error) {
    if (error instanceof CodedError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

const onchain = async () => BigInt(String((await stage.run("user balance"))["onchain_sat"]));

/** The folder of a machine that is gone. */
function lose(): void {
  rmSync(folder, { recursive: true });
}

/** The LSP closes the channel it can't go on with; what is ours comes back when that is buried. */
async function untilOnchain(sats: bigint): Promise<void> {
  await until(async () => {
    await stage.run("mine 6");
    return (await onchain()) >= sats;
  }, 60_000);
}

test("a backup is private, names what it holds, and is never written over anything", async () => {
  expect(readdirSync(at("new")).sort()).toEqual(["backup.json", "keys_seed", "ldk_node_data.sqlite", "ledger.sqlite"]);
  for (const name of readdirSync(at("new")))
    expect([name, statSync(at(`new/${name}`)).mode & 0o777]).toEqual([name, 0o600]);
  expect(statSync(at("new")).mode & 0o777).toBe(0o700);
  const manifest = (name: string) => JSON.parse(readFileSync(at(`${name}/backup.json`), "utf8"));
  expect(manifest("old")).toMatchObject({ role: "user", source: "running", moved: false });
  expect(manifest("new")).toMatchObject({ role: "user", source: "stopped", moved: false });
  await expect(stage.run(`lsp backup ${at("new")}`)).rejects.toMatchObject({ code: "bad_argument" });
});

test("while its folder is there, an older copy is refused, whatever one says", () => {
  // Looking into a database in WAL mode makes its index.
  const names = () =>
    readdirSync(folder)
      .filter((name) => !/-(wal|shm)$/.test(name))
      .sort();
  const before = names();
  for (const accepted of [false, true]) {
    expect(restore("old", { accepted })).toMatch(
      /^restore_refused: .*older than what is in .*restoring would lose money\.$/,
    );
    expect(restore("old", { accepted, withoutChannels: true })).toMatch(/^restore_refused: /);
  }
  expect(names()).toEqual(before);
});

test(
  "full copy: with the folder lost it asks for the person's word, and then the peg goes on",
  async () => {
    lose();
    expect(restore("new")).toMatch(
      /^restore_refused: Nothing shows that .*--without-channels.*--accept "nothing ran since/,
    );
    expect(existsSync(folder)).toBe(false);
    expect(restore("new", { accepted: true })).toBe("restored");
    const agreement = ".agreements[0].settlements";
    await stage.script(`start user
      wait user ready
      price 80000
      wait user settled
      expect user stable ${agreement} == 2
      user backup ${at("newest")}`);
    await killQuiet(stage, "user");
    expect(restore("new", { accepted: true })).toMatch(/^restore_refused: .*older than what is in/);
  },
  LONG_MS,
);

test(
  "stale copy: not as it is, but without channels it brings back all the peer closes with",
  async () => {
    lose();
    expect(restore("new")).toMatch(/^restore_refused: .*was restored before/);
    expect(restore("old")).toMatch(/^restore_refused: Nothing shows/);
    expect(restore("old", { withoutChannels: true })).toBe("restored");
    expectPayouts(folder, Math.floor(Date.now() / 1000));
    expect(existsSync(join(folder, "before-recovery-ledger.sqlite"))).toBe(true);
    expect(await stage.run("start user")).toBeDefined();
    // 30,000 of the wallet, and the channel's 50,999 as of the last settlement, which the copy never saw, less its fee.
    await untilOnchain(80_000n);
    await stage.run("kill user");
  },
  LONG_MS,
);

test(
  "seed only: what is on chain comes back",
  async () => {
    const seed = at("keys_seed");
    copyFileSync(join(folder, "keys_seed"), seed);
    lose();
    mkdirSync(folder, { mode: 0o700 });
    copyFileSync(seed, join(folder, "keys_seed"));
    askForRescan(folder);
    await stage.run("start user");
    await until(async () => (await onchain()) >= 80_000n, 30_000);
    await until(async () => !existsSync(join(folder, "rescan")));
  },
  LONG_MS,
);

test("a backup that is not whole is refused", () => {
  writeFileSync(at("newest/ledger.sqlite"), "x", { flag: "a" });
  expect(restore("newest", { accepted: true })).toMatch(/^backup_damaged: .*ledger\.sqlite is not what was written/);
  rmSync(at("newest/ledger.sqlite"));
  expect(restore("newest", { accepted: true })).toMatch(/^backup_damaged: .*ledger\.sqlite is missing/);
  rmSync(at("newest/backup.json"));
  expect(restore("newest", { accepted: true })).toMatch(/^backup_damaged: /);
});

test(
  "from another process: beside a running role, and a move that ends the old folder",
  async () => {
    const beside = await runProgram(["backup", at("beside"), "--role", "user", ...options]);
    expect(beside).toMatchObject({ code: 0, stderr: "" });
    expect(beside.stdout).toContain("newest state only until the next payment");
    const early = await runProgram(["backup", at("moved.tar.zst"), "--move", "--role", "user", ...options]);
    expect(early.code).toBe(4);
    await stage.run("kill user");
    expect(await runProgram(["backup", at("moved.tar.zst"), "--move", "--role", "user", ...options])).toMatchObject({
      code: 0,
      stderr: "",
    });
    await expect(stage.run("start user")).rejects.toMatchObject({ code: "data_dir_moved" });
    const there = ["restore", at("moved.tar.zst"), "--data-dir", at("elsewhere")];
    expect(await runProgram(there)).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(at("elsewhere/regtest/user/ldk_node_data.sqlite"))).toBe(true);
    // It is one file, of which nothing stays unpacked, and which is restored but once.
    expect(statSync(at("moved.tar.zst")).mode & 0o777).toBe(0o600);
    expect(readdirSync(at("elsewhere"))).toEqual(["regtest"]);
    expect(existsSync(at("moved.tar.zst.restored.json"))).toBe(true);
    const wrong = await runProgram([...there, "--role", "lsp"]);
    expect(wrong.stderr).toMatch(/is of user on regtest; leave --role and --network out/);
  },
  LONG_MS,
);

test.each([
  [["backup", "x"], /backup needs --role/],
  [["backup", "--role", "user"], /backup needs one path/],
  [["restore"], /restore needs one path/],
  [["restore", "x", "--accept", "yes"], /--accept takes these words and no others: "nothing ran since this backup"/],
  [["demo", "--move"], /--move belongs to backup/],
])("%p is refused with what to do", async (args, says) => {
  const { code, stderr } = await runProgram(args);
  expect(code).toBe(2);
  expect(stderr).toMatch(says);
});
