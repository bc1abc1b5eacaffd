/** A real bitcoind on regtest for tests: started on a free port, reached by JSON-RPC, gone at the end. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { freePort } from "../../src/app/free-port.ts";
import { getBitcoind } from "./bitcoind-binary.ts";

const START_MS = 60_000;
const STOP_MS = 30_000;
const RETRY_MS = 20;
const MINER = "miner";

/** What bitcoind answered instead of a result; `code` is its own (e.g. -26: refused by the mempool's rules). */
export class BitcoindRpcError extends Error {
  override readonly name = "BitcoindRpcError";
  readonly code: number;

  constructor(method: string, code: number, message: string) {
    super(`${method}: ${message} (${code})`);
    this.code = code;
  }
}

export interface Bitcoind {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly dataDir: string;
  readonly pid: number;
  /** One call; the result is for the caller to parse. @throws BitcoindRpcError */
  rpc(method: string, params?: readonly unknown[]): Promise<unknown>;
  /** Mines `blocks` to `address`, or to this node's own wallet; returns the hashes. */
  mine(blocks: number, address?: string): Promise<string[]>;
  /** A new address of this node's own wallet, which is made at the first call of this or of `mine`. */
  newAddress(): Promise<string>;
  /** Shuts down and waits for the end; safe to call twice. */
  stop(): Promise<void>;
}

const replySchema = z.object({
  result: z.unknown(),
  error: z.object({ code: z.number(), message: z.string() }).nullish(),
});

/** In a file, not in argv, where every user of the machine could read the password. */
function writeConfig(dataDir: string, port: number, user: string, password: string): void {
  const lines = [
    "regtest=1",
    "server=1",
    "txindex=1",
    "fallbackfee=0.0001",
    "listen=0",
    "printtoconsole=0",
    `rpcuser=${user}`,
    `rpcpassword=${password}`,
    "[regtest]",
    `rpcport=${port}`,
  ];
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, "bitcoin.conf"), `${lines.join("\n")}\n`, { mode: 0o600 });
}

function lastLog(dataDir: string): string {
  const path = join(dataDir, "regtest", "debug.log");
  return existsSync(path)
    ? readFileSync(path, "utf8").trimEnd().split("\n").slice(-8).join("\n")
    : "it wrote no debug.log";
}

/**
 * Starts bitcoind and returns once it answers.
 * @param options `dataDir` is made if need be, and may hold an earlier chain; `port` only to come back on the same one
 * @throws BitcoindMissing where there is none to be had
 */
export async function startBitcoind(options: { dataDir: string; port?: number }): Promise<Bitcoind> {
  const { dataDir } = options;
  const command = await getBitcoind();
  const host = "127.0.0.1";
  const port = options.port ?? freePort();
  const user = "test";
  const password = randomBytes(16).toString("hex");
  const authorization = `Basic ${btoa(`${user}:${password}`)}`;
  writeConfig(dataDir, port, user, password);
  const child = Bun.spawn([...command, `-datadir=${dataDir}`], { stdio: ["ignore", "ignore", "pipe"] });

  async function call(path: string, method: string, params: readonly unknown[]): Promise<unknown> {
    const response = await fetch(`http://${host}:${port}${path}`, {
      method: "POST",
      headers: { authorization },
      body: JSON.stringify({ jsonrpc: "1.0", id: 0, method, params }),
    });
    const { result, error } = replySchema.parse(await response.json());
    if (error) throw new BitcoindRpcError(method, error.code, error.message);
    return result;
  }
  const rpc: Bitcoind["rpc"] = (method, params = []) => call("/", method, params);

  async function untilReady(): Promise<void> {
    for (const deadline = Date.now() + START_MS; ; await Bun.sleep(RETRY_MS)) {
      if (child.exitCode !== null) {
        throw new Error(
          `bitcoind ended with ${child.exitCode} at once: ${await child.stderr.text()}\n${lastLog(dataDir)}`,
        );
      }
      const failure = await rpc("getblockchaininfo").then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure === undefined) return;
      if (Date.now() > deadline)
        throw new Error(`bitcoind does not answer on port ${port}\n${lastLog(dataDir)}`, { cause: failure });
    }
  }

  async function openWallet(): Promise<void> {
    const loaded = z.array(z.string()).parse(await rpc("listwallets"));
    if (loaded.includes(MINER)) return;
    const known = existsSync(join(dataDir, "regtest", "wallets", MINER));
    await rpc(known ? "loadwallet" : "createwallet", [MINER]);
  }
  let wallet: Promise<void> | undefined;
  async function newAddress(): Promise<string> {
    wallet ??= openWallet();
    await wallet;
    return z.string().parse(await rpc("getnewaddress"));
  }

  let stopped: Promise<void> | undefined;
  async function shutDown(): Promise<void> {
    if (child.exitCode === null) await rpc("stop").catch(() => child.kill());
    const killer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await child.exited;
    clearTimeout(killer);
  }

  const bitcoind: Bitcoind = {
    host,
    port,
    user,
    password,
    dataDir,
    pid: child.pid,
    rpc,
    newAddress,
    async mine(blocks, address) {
      return z.array(z.string()).parse(await rpc("generatetoaddress", [blocks, address ?? (await newAddress())]));
    },
    stop() {
      stopped ??= shutDown();
      return stopped;
    },
  };
  try {
    await untilReady();
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return bitcoind;
}
