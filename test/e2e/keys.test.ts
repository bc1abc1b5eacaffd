/** The seed from a person's side: words in a terminal, a passphrase at each start, and what is never to be seen. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChainControl } from "../../src/app/chain-control.ts";
import { loadLibrary } from "../../src/ffi/library.ts";
import { openNode } from "../../src/ffi/node.ts";
import { seedOfWords } from "../../src/keys/mnemonic.ts";
import { startInTerminal } from "../tui/terminal.ts";
import { chainArgument, openChainControl } from "./chains.ts";
import { runProgram, temporaryFolder } from "./program.ts";

const folder = temporaryFolder();
let chain: ChainControl;
beforeAll(async () => {
  chain = await openChainControl("embedded");
});
afterAll(async () => {
  await chain?.close();
  folder.remove();
});

const LONG_MS = 120_000;
const words = "legal winner thank year wave sausage worth useful legal winner thank yellow".split(" ");
const passphrase = "correct horse battery";
const written = (name: string, text: string) => {
  const path = join(folder.path, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};
const role = (name: string) => ["--role", "lsp", "--network", "regtest", "--data-dir", join(folder.path, name)];
const start = (name: string, ...more: string[]) => [
  ...role(name),
  ...["--chain", chainArgument(chain.source), "--listen", "127.0.0.1:0", "--price", "fixed=100000", "--json"],
  ...more,
  ...["--", "nodeinfo"],
];

async function nodeId(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await runProgram(args, { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return String(JSON.parse(stdout).result.node_id);
}

/** Of every file below, the paths of those that hold any of these texts. */
function holding(root: string, texts: readonly (string | Uint8Array)[]): string[] {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => texts.some((text) => readFileSync(path).includes(text)));
}

test(
  "words from a file make the node any LDK makes of them, under a passphrase, and no trace of them stays",
  async () => {
    const node = await openNode(
      {
        dataDir: join(folder.path, "ldk"),
        network: "regtest",
        chain: chain.source,
        seed: { kind: "mnemonic", value: words.join(" ") },
      },
      loadLibrary(),
    );
    const { nodeId: expected } = await node.start();
    await node.close();

    const passphraseFile = written("passphrase", `${passphrase}\n`);
    const wordsFile = written("words", words.map((word, i) => `${i + 1}. ${word}`).join("\n"));
    const restored = await runProgram([
      "keys",
      "restore",
      ...role("a"),
      "--words-file",
      wordsFile,
      "--passphrase-file",
      passphraseFile,
    ]);
    expect(restored).toMatchObject({ code: 0, stderr: "" });
    expect(restored.stdout).toContain("under a passphrase");
    expect(restored.stdout).toContain(`Delete ${wordsFile} now`);

    const trace = join(folder.path, "a", "trace");
    expect(
      await nodeId(start("a", "--passphrase-file", passphraseFile, "--log-level", "trace"), {
        PEER_STABLES_FFI_TRACE: trace,
      }),
    ).toBe(expected);
    expect(await nodeId(start("a"), { PEER_STABLES_PASSPHRASE: passphrase })).toBe(expected);
    const again = await runProgram(["keys", "restore", ...role("a"), "--words-file", wordsFile]);
    expect(again.code).toBe(1);

    const data = join(folder.path, "a", "regtest", "lsp");
    expect(existsSync(join(data, "keys_seed"))).toBe(false);
    expect(statSync(join(data, "seed.json")).mode & 0o777).toBe(0o600);
    const seed = Buffer.from(seedOfWords(words));
    const secrets = [
      seed,
      seed.toString("hex"),
      seed.subarray(0, 32),
      seed.toString("base64"),
      "sausage worth useful",
      passphrase,
    ];
    expect(readFileSync(trace, "utf8")).toContain('\\"seed\\":\\"[redacted]\\"');
    expect(holding(join(folder.path, "a"), secrets)).toEqual([]);
  },
  LONG_MS,
);

test(
  "a wrong or missing passphrase starts nothing and changes nothing",
  async () => {
    const sealed = readFileSync(join(folder.path, "a", "regtest", "lsp", "seed.json"), "utf8");
    for (const [env, says] of [
      [{}, /under a passphrase; give it with --passphrase-file or PEER_STABLES_PASSPHRASE\. \(wrong_passphrase\)/],
      [{ PEER_STABLES_PASSPHRASE: "another one" }, /does not open .*; nothing was changed\. \(wrong_passphrase\)/],
    ] as const) {
      const { code, stderr } = await runProgram(start("a"), { env });
      expect(code).toBe(3);
      expect(stderr).toMatch(says);
    }
    expect(readFileSync(join(folder.path, "a", "regtest", "lsp", "seed.json"), "utf8")).toBe(sealed);
    expect(existsSync(join(folder.path, "a", "regtest", "lsp", "keys_seed"))).toBe(false);
  },
  LONG_MS,
);

test(
  "LDK's own seed file opens, goes under a passphrase and comes back, always the same node",
  async () => {
    const before = await nodeId(start("b"));
    const passphraseFile = written("passphrase-b", passphrase);
    const options = [...role("b"), "--passphrase-file", passphraseFile];
    expect((await runProgram(["keys", "protect", ...options])).code).toBe(0);
    expect(existsSync(join(folder.path, "b", "regtest", "lsp", "keys_seed"))).toBe(false);
    expect(await nodeId(start("b", "--passphrase-file", passphraseFile))).toBe(before);
    expect((await runProgram(["keys", "unprotect", ...options])).code).toBe(0);
    expect(await nodeId(start("b"))).toBe(before);
  },
  LONG_MS,
);

test(
  "a database without its seed gets no new one",
  async () => {
    const data = join(folder.path, "c", "regtest", "lsp");
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, "ldk_node_data.sqlite"), "");
    const { code, stderr } = await runProgram(start("c"));
    expect(code).toBe(3);
    expect(stderr).toContain("(seed_missing)");
    expect(readdirSync(data)).toEqual(["ldk_node_data.sqlite"]);
  },
  LONG_MS,
);

test.each([
  [["keys"], /keys needs one of new, restore/],
  [["keys", "restore", "abandon"], /words and passphrases are never arguments/],
  [["keys", "new"], /keys needs --role/],
  [["keys", "new", "--role", "user"], /needs a terminal/],
])("%p is refused with what to do", async (args, says) => {
  const { code, stderr } = await runProgram(args, { env: { XDG_DATA_HOME: folder.path } });
  expect(code).toBe(2);
  expect(stderr).toMatch(says);
});

test("protecting nothing is refused before anything is asked", async () => {
  const { code, stderr } = await runProgram(["keys", "protect", ...role("nothing")]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/holds no plain seed to protect; keys status says what is there\. \(conflict\)/);
});

test("on bitcoin no seed is made in passing", async () => {
  const { code, stderr } = await runProgram([
    "--role",
    "user",
    "--network",
    "bitcoin",
    "--data-dir",
    join(folder.path, "d"),
    "--",
    "balance",
  ]);
  expect(code).toBe(3);
  expect(stderr).toMatch(/keys new --role user --network bitcoin\. \(seed_missing\)/);
});

test(
  "in a terminal the words are shown once, three are asked back, and none stays on the screen",
  async () => {
    const args = [
      "keys",
      "new",
      "--role",
      "user",
      "--network",
      "mutinynet",
      "--words",
      "12",
      "--data-dir",
      join(folder.path, "e"),
    ];
    const program = startInTerminal(args, { columns: 100 });
    try {
      await program.shows("Press enter when they are written down.");
      const shown = new Map(
        [
          ...program
            .screen()
            .join("\n")
            .matchAll(/(\d+)\. ([a-z]+)/g),
        ].map(([, n, word]) => [Number(n), word ?? ""]),
      );
      expect(shown.size).toBe(12);
      program.type("\r");
      for (const _ of [1, 2, 3]) {
        await program.shows(/Word (\d+): *$/m);
        const asked = [
          ...program
            .screen()
            .join("\n")
            .matchAll(/Word (\d+):/g),
        ].at(-1)?.[1];
        expect(program.screen().join("\n")).not.toContain(shown.get(1) === undefined ? "?" : `1. ${shown.get(1)}`);
        program.type(`${shown.get(Number(asked))}\r`);
        await program.shows(new RegExp(`Word ${asked}: ${shown.get(Number(asked))}|Passphrase`));
      }
      await program.shows("Passphrase:");
      program.type(`${passphrase}\r`);
      await program.shows("The same again:");
      program.type(`${passphrase}\r`);
      expect(await program.exited).toBe(0);
      await program.shows("under a passphrase");
      const left = program.screen().join("\n");
      expect(left).not.toContain(passphrase);
      expect([...shown.values()].filter((word) => new RegExp(`\\. ${word}\\b|: ${word}\\b`).test(left))).toEqual([]);
      expect(program.state()).toMatchObject({ alternate: false, echo: true, canonical: true });
      const file = join(folder.path, "e", "mutinynet", "user", "seed.json");
      expect(readdirSync(join(folder.path, "e", "mutinynet", "user"))).toEqual(["seed.json"]);
      expect(readFileSync(file, "utf8")).toContain("argon2id");
    } finally {
      program.close();
    }
  },
  LONG_MS,
);
