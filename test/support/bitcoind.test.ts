import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type Bitcoind, BitcoindRpcError, startBitcoind } from "./bitcoind.ts";
import { readAptSources } from "./debian-sid.ts";

const dataDir = mkdtempSync(join(tmpdir(), "peer-stables-bitcoind-"));
let bitcoind: Bitcoind;

// The first start may have to fetch bitcoind.
beforeAll(async () => {
  bitcoind = await startBitcoind({ dataDir });
}, 300_000);

afterAll(async () => {
  await bitcoind?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test("it answers on a fresh regtest chain", async () => {
  const info = z.object({ chain: z.string(), blocks: z.number() }).parse(await bitcoind.rpc("getblockchaininfo"));
  expect(info).toEqual({ chain: "regtest", blocks: 0 });
});

test("mined coins can be spent once they are mature, and a block confirms the payment", async () => {
  expect(await bitcoind.mine(101)).toHaveLength(101);
  const to = await bitcoind.newAddress();
  const txid = z.string().parse(await bitcoind.rpc("sendtoaddress", [to, "1.5"]));
  expect(await bitcoind.rpc("getrawmempool")).toEqual([txid]);
  const [block] = await bitcoind.mine(1, to);
  const tx = z.object({ blockhash: z.string() }).parse(await bitcoind.rpc("getrawtransaction", [txid, true]));
  expect(tx.blockhash).toBe(block ?? "");
});

test("an error has bitcoind's own code and words", async () => {
  const error = await bitcoind.rpc("sendrawtransaction", ["00"]).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(BitcoindRpcError);
  expect(error).toMatchObject({ code: -22, message: expect.stringContaining("TX decode failed") });
});

test("it comes back on the same port with the same chain and wallet", async () => {
  const { port } = bitcoind;
  await bitcoind.stop();
  await bitcoind.stop();
  await expect(bitcoind.rpc("getblockcount")).rejects.toThrow();
  bitcoind = await startBitcoind({ dataDir, port });
  expect(bitcoind.port).toBe(port);
  expect(await bitcoind.rpc("getblockcount")).toBe(102);
  await bitcoind.mine(1);
  expect(await bitcoind.rpc("getblockcount")).toBe(103);
});

test("apt's sources are read in both formats", () => {
  const key = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const deb822 = `Types: deb\nURIs: http://deb.debian.org/debian\nSuites: bookworm\nSigned-By: ${key}\n\nTypes: deb\nURIs: http://other.example/x\n`;
  expect(readAptSources(deb822)).toEqual([
    { uri: "http://deb.debian.org/debian", signedBy: key },
    { uri: "http://other.example/x" },
  ]);
  expect(
    readAptSources(
      `# deb http://no.example/debian sid main\ndeb [arch=amd64 signed-by=${key}] http://a.example/debian trixie main\ndeb http://b.example/debian sid main\n`,
    ),
  ).toEqual([{ uri: "http://a.example/debian", signedBy: key }, { uri: "http://b.example/debian" }]);
});
