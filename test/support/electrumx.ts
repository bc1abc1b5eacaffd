/** ElectrumX over a bitcoind, from PyPI: a virtual environment in `.cache/electrumx`, made once by whoever needs it first. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { withFileLock } from "../../scripts/setup/file-lock.ts";
import { freePort } from "../../src/app/free-port.ts";
import type { Bitcoind } from "./bitcoind.ts";
import { until } from "./until.ts";

/**
 * ElectrumX is published as `e-x`, plyvel is the database of its index. Newer ones hold answers back for up to a second
 * against traffic analysis, which has LDK's syncs run out of time, and 2.0 wants a Bitcoin Core 31 behind it.
 */
const PACKAGES = ["e-x==1.16.0", "plyvel==1.5.1"];
const cache = join(import.meta.dir, "../../.cache/electrumx");
const environment = join(cache, "venv");
const server = join(environment, "bin/electrumx_server");

export class ElectrumxMissing extends Error {}

async function run(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (child.exitCode === 0) return;
  const said = `${output}${errors}`.trim().slice(-600);
  throw new ElectrumxMissing(
    `These tests need ElectrumX, and ${command.at(0)} ended with ${child.exitCode}: ${said}. It takes python3 (3.10 or newer) with its venv module, and PyPI.`,
  );
}

async function install(): Promise<void> {
  const python = Bun.which("python3");
  if (python === null) throw new ElectrumxMissing("These tests need ElectrumX, which needs python3 (3.10 or newer).");
  rmSync(environment, { recursive: true, force: true });
  await run([python, "-m", "venv", environment]);
  const pip = join(environment, "bin/pip");
  await run([pip, "install", "--quiet", "--disable-pip-version-check", ...PACKAGES]);
  // Whole or not at all: what was cut off has no such file.
  const marker = join(cache, "installed");
  await Bun.write(`${marker}.next`, `${PACKAGES.join("\n")}\n`);
  renameSync(`${marker}.next`, marker);
}

async function isInstalled(): Promise<boolean> {
  const marker = join(cache, "installed");
  return existsSync(server) && existsSync(marker) && (await Bun.file(marker).text()) === `${PACKAGES.join("\n")}\n`;
}

async function getElectrumx(): Promise<void> {
  if (await isInstalled()) return;
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, "lock");
  const install_ = async () => {
    if (!(await isInstalled())) await install();
  };
  await withFileLock(lock, () => {}, install_);
}

export interface Electrumx {
  host: string;
  port: number;
  /** Of the newest block it has indexed. */
  height(): Promise<number>;
  stop(): Promise<void>;
}

/** @throws ElectrumxMissing where it can't be had */
export async function startElectrumx(bitcoind: Bitcoind): Promise<Electrumx> {
  await getElectrumx();
  const host = "127.0.0.1";
  const port = freePort();
  const data = mkdtempSync(join(tmpdir(), "electrumx-"));
  const child = Bun.spawn([join(environment, "bin/python"), server], {
    env: {
      PATH: process.env["PATH"] ?? "",
      DB_DIRECTORY: data,
      DB_ENGINE: "leveldb",
      DAEMON_URL: `http://${bitcoind.user}:${bitcoind.password}@${bitcoind.host}:${bitcoind.port}/`,
      COIN: "Bitcoin",
      NET: "regtest",
      SERVICES: `tcp://${host}:${port}`,
      PEER_DISCOVERY: "off",
      PEER_ANNOUNCE: "",
      ALLOW_ROOT: "1",
      CACHE_MB: "20",
      DAEMON_POLL_INTERVAL_BLOCKS: "100",
      DAEMON_POLL_INTERVAL_MEMPOOL: "100",
      // Tests ask more than a person would; its limits are tried by a proxy of ours.
      REQUEST_SLEEP: "0",
      COST_SOFT_LIMIT: "1000000000",
      COST_HARD_LIMIT: "2000000000",
      LOG_LEVEL: "warning",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = Promise.all([child.stdout.text(), child.stderr.text()]);
  try {
    await until(async () => child.exitCode !== null || (await answers(host, port)), 60_000);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  if (child.exitCode !== null) throw new Error(`ElectrumX ended with ${child.exitCode}: ${(await said).join("")}`);
  return {
    host,
    port,
    height: () => indexedHeight(host, port),
    async stop() {
      child.kill("SIGTERM");
      const killer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await child.exited;
      clearTimeout(killer);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

const replySchema = z.object({ id: z.number(), result: z.looseObject({ height: z.number() }) });

function indexedHeight(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    let text = "";
    const ask = (id: number, method: string, params: unknown[]) =>
      socket.write(`${JSON.stringify({ id, method, params })}\n`);
    ask(0, "server.version", ["test", "1.4"]);
    ask(1, "blockchain.headers.subscribe", []);
    socket.on("error", reject);
    socket.on("data", (bytes) => {
      text += String(bytes);
      const [, reply] = text.split("\n");
      if (!text.endsWith("\n") || reply === undefined || reply === "") return;
      socket.destroy();
      resolve(replySchema.parse(JSON.parse(reply)).result.height);
    });
  });
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
