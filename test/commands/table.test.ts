import { describe, expect, test } from "bun:test";
import { completionScript, type Program } from "../../src/commands/completions.ts";
import { parseLine } from "../../src/commands/parse.ts";
import { commands, findCommand } from "../../src/commands/table.ts";
import { viewLines } from "../../src/commands/text.ts";
import { createRoles } from "./fake-roles.ts";

describe("the command table", () => {
  // All commands there are by now, each with its roles.
  const expected: Record<string, string> = {
    getaddress: "exchange user lsp",
    balance: "exchange user lsp",
    nodeinfo: "exchange user lsp",
    connect: "exchange user lsp",
    disconnect: "exchange user lsp",
    openchannel: "exchange user lsp",
    listallchannels: "exchange user lsp",
    closechannel: "exchange user lsp",
    closeallchannels: "exchange user lsp",
    getinvoice: "exchange user lsp",
    payinvoice: "exchange user lsp",
    getjitinvoice: "user",
    payjitinvoice: "exchange",
    lsps1: "user",
    "lsps1 order": "user",
    lsps2: "user",
    "lsps2 quote": "user",
    "lsps2 use": "user",
    "lsps2 policy": "lsp",
    "stable wishes": "user",
    startstablechannel: "user lsp",
    stable: "exchange user lsp",
    checkstability: "user lsp",
    stopstable: "user lsp",
    resize: "user lsp",
    buy: "user lsp",
    sell: "user lsp",
    renegotiate: "user lsp",
    resume: "user lsp",
    topup: "user lsp",
    reopen: "user lsp",
    resolve: "user lsp",
    settlements: "user lsp",
    price: "exchange user lsp",
    recoverpayouts: "exchange user lsp",
    payments: "exchange user lsp",
    peers: "exchange user lsp",
    forwards: "exchange user lsp",
    income: "lsp exchange",
    log: "exchange user lsp",
    audit: "exchange user lsp",
    backup: "exchange user lsp",
    keysend: "exchange user lsp",
    onchainsend: "exchange user lsp",
    getouroffer: "exchange user lsp",
    payoffer: "exchange user lsp",
    sync: "exchange user lsp",
    help: "exchange user lsp",
    exit: "exchange user lsp",
  };

  test("has each command for its roles", () => {
    expect(Object.fromEntries(commands.map((command) => [command.name, command.roles.join(" ")]))).toEqual(expected);
  });

  test("names are one word or two, aliases one, and never two commands'", () => {
    const names = commands.flatMap((command) => [command.name, ...command.aliases]);
    expect(commands.filter(({ name }) => !/^[a-z][a-z0-9]*( [a-z]+)?$/.test(name))).toEqual([]);
    expect(commands.flatMap(({ aliases }) => aliases).filter((name) => !/^[a-z]+$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(findCommand("pay")?.name).toBe("payinvoice");
    expect(findCommand("channels")?.name).toBe("listallchannels");
  });

  test("what moves money is marked, so that a screen can ask first", () => {
    expect(
      commands
        .filter((command) => command.money)
        .map((command) => command.name)
        .sort(),
    ).toEqual(
      [
        ...["buy", "checkstability", "closeallchannels", "closechannel", "keysend", "onchainsend", "openchannel"],
        ...["payinvoice", "payjitinvoice", "payoffer", "renegotiate", "reopen", "resize", "resolve", "resume", "sell"],
        ...["startstablechannel", "stopstable", "topup"],
      ].sort(),
    );
  });

  test("optional places come behind required ones, and every argument says what it is", () => {
    for (const command of commands) {
      const places = command.arguments.filter((arg) => arg.place === "positional" || arg.place === "rest");
      expect(places.map((arg) => arg.required)).toEqual(
        places
          .map((arg) => arg.required)
          .toSorted()
          .toReversed(),
      );
      expect(command.arguments.filter((arg) => arg.summary === "" || arg.expects === "")).toEqual([]);
    }
  });
});

describe("help", () => {
  test("lists what the role has, each with how to write it", async () => {
    const { context } = createRoles().of.lsp;
    const { view } = await parseLine("help", ["lsp"]).call.run(context);
    const text = viewLines(view(), { color: false }).join("\n");
    expect(text).toContain("closechannel CHANNEL [--force]");
    expect(text).toContain("getinvoice SATS [DESCRIPTION...]");
    expect(text).not.toContain("getjitinvoice");
  });

  test("tells all about one, by name or alias", async () => {
    const { context } = createRoles().of.user;
    const { view } = await parseLine("help getjitinvoice", ["user"]).call.run(context);
    expect(viewLines(view(), { color: false })).toEqual([
      "getjitinvoice [SATS] [--max-fee SATS] [--new-channel] [--stable USD]",
      "  an invoice whose payment opens a channel from the LSP",
      "  for user",
      "  The LSP is asked for its price first; without --max-fee it may take that and no more. lsps2 quote compares several.",
      "  Where a channel has room enough it is a plain invoice, for nothing. The invoice is good for an hour.",
      "  --stable USD proposes a stable agreement to the LSP by itself once it is paid; see stable wishes.",
      "  With any for the amount the payer chooses it; only with an LSP that charges nothing.",
      "SATS            how much to ask for (any, or sats such as 50000, 50000sat, 50000000msat or 0.0005btc); default 50000",
      "--max-fee SATS  the most the LSP may take for opening the channel (0 or sats such as 50000, 50000sat, 50000000msat or 0.0005btc)",
      "--new-channel   also where a channel has room enough",
      "--stable USD    make so many dollars of it stable once it is paid (dollars such as 4, 4.00 or $4.00)",
    ]);
    const { result } = await parseLine("help pay", ["user"]).call.run(context);
    expect(result["commands"]).toMatchObject([{ name: "payinvoice", aliases: ["pay"] }]);
  });

  test("of something else suggests what may be meant", async () => {
    expect(await createRoles().fails("user", "help stabel")).toEqual({
      code: "unknown_command",
      message: "There is no command stabel; did you mean stable?",
    });
  });

  test("exit ends the session and nothing else does", async () => {
    const { context } = createRoles().of.user;
    expect((await parseLine("exit", ["user"]).call.run(context)).quit).toBe(true);
    expect((await parseLine("help", ["user"]).call.run(context)).quit).toBeUndefined();
  });
});

describe("shell completions", () => {
  const program: Program = {
    name: "peer-stables",
    flags: [
      { name: "role", value: "user|lsp|exchange", summary: "which: it's [one] of three" },
      { name: "script", value: "FILE", summary: "run a script" },
      { name: "data-dir", value: "DIR", summary: "where" },
      { name: "speed", value: "N", summary: "how fast" },
      { name: "json", summary: "JSON" },
    ],
    words: [
      { name: "demo", summary: "all three" },
      { name: "backtest", summary: "over the past" },
    ],
  };

  /** What bash would offer behind these words. */
  function offered(...words: string[]): string[] {
    const probe = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _peer_stables; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const run = Bun.spawnSync([
      "bash",
      "-c",
      `${completionScript("bash", program)}\n${probe}`,
      "-",
      "peer-stables",
      ...words,
    ]);
    expect(run.stderr.toString()).toBe("");
    return run.stdout.toString().split("\n").filter(Boolean);
  }

  test("bash offers modes and flags, their choices, and behind -- the commands with their flags", () => {
    expect(offered("de")).toEqual(["demo"]);
    expect(offered("--")).toEqual(["--role", "--script", "--data-dir", "--speed", "--json"]);
    expect(offered("--role", "")).toEqual(["user", "lsp", "exchange"]);
    expect(offered("--speed", "")).toEqual([]);
    expect(offered("--", "getj")).toEqual(["getjitinvoice"]);
    expect(offered("--role", "user", "--", "openchannel", "--p")).toEqual(["--push", "--private"]);
    expect(offered("--", "startstablechannel", "last", "t")).toEqual(["true"]);
  });

  test("behind the first word of a name of two come the second ones", () => {
    expect(offered("--", "lsps2", "").filter((word) => !word.startsWith("--"))).toEqual(["quote", "use", "policy"]);
    expect(offered("--", "lsps2", "q")).toEqual(["quote"]);
  });

  test.each(["bash", "zsh", "fish"] as const)("%s's has every command and flag", (shell) => {
    const script = completionScript(shell, program);
    for (const { name } of commands) expect(script).toContain(name.split(" ")[0] ?? "");
    for (const { name } of [...program.flags, ...program.words]) expect(script).toContain(name);
  });

  test("a quote in a summary is escaped as the shell wants it", () => {
    expect(completionScript("zsh", program)).toContain(
      "'--role[which\\: it'\\''s \\[one\\] of three]:value:(user lsp exchange)'",
    );
    expect(completionScript("fish", program)).toContain("-d 'which: it\\'s [one] of three'");
  });
});
