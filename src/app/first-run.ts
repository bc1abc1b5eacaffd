/** The first start in a terminal: role and network are asked for, kept in a config file, and the program goes on. */
import { createInterface } from "node:readline/promises";
import { defaultChain } from "../config/chain-source.ts";
import { type Settings, settingTable } from "../config/settings.ts";
import { writeConfig } from "./write-config.ts";

type Role = NonNullable<Settings["role"]>;
type Network = NonNullable<Settings["network"]>;

const roles: readonly (readonly [Role, string])[] = [
  ["user", "hold dollars in a channel of your own"],
  ["lsp", "open channels for users and take their price risk"],
  ["exchange", "pay users over the LSP"],
];
const networks: readonly (readonly [Network, string])[] = [
  ["mutinynet", "a test network with a block every half minute; its coins are worth nothing"],
  ["signet", "a test network"],
  ["testnet", "another test network"],
  ["regtest", "a chain of your own"],
  ["bitcoin", "real bitcoin, real money"],
];

type Ask = (question: string) => Promise<string>;

/** By number or by name; asked again until it is one of them. */
async function choose<T extends string>(ask: Ask, what: string, rows: readonly (readonly [T, string])[]): Promise<T> {
  const width = Math.max(...rows.map(([name]) => name.length));
  const list = rows.map(([name, summary], i) => `  ${i + 1}  ${name.padEnd(width)}  ${summary}`).join("\n");
  for (;;) {
    const answer = (await ask(`\n${what}\n${list}\n> `)).trim().toLowerCase();
    const found = rows.find(([name], i) => answer === name || answer === String(i + 1));
    if (found !== undefined) return found[0];
  }
}

async function chainOf(ask: Ask, network: Network): Promise<string | undefined> {
  if (defaultChain(network) !== undefined) return undefined;
  for (;;) {
    const answer = (await ask(`\nWhere is the chain of ${network}? ${settingTable.chain.summary}\n> `)).trim();
    if (settingTable.chain.schema.safeParse(answer).success) return answer;
  }
}

/** @param path of the config file to write. @returns whether it was; false where the person left */
export async function firstRun(path: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  const left = new AbortController();
  reader.on("close", () => left.abort());
  reader.on("SIGINT", () => reader.close());
  const ask: Ask = (question) => reader.question(question, { signal: left.signal });
  try {
    process.stdout.write(
      "Welcome to peer-stables. (To look around first, leave with ctrl-c and run: peer-stables demo)\n",
    );
    const role = await choose(ask, "What shall this node be?", roles);
    const network = await choose(ask, "On which network?", networks);
    if (network === "bitcoin" && (await ask("\nThis is real money. Type bitcoin to go on.\n> ")).trim() !== "bitcoin")
      return false;
    const chain = await chainOf(ask, network);
    writeConfig(path, { role, network, chain });
    process.stdout.write(`\nKept in ${path}; flags go before it.\n`);
    return true;
  } catch (error) {
    if (left.signal.aborted) return false;
    throw error;
  } finally {
    reader.close();
  }
}
