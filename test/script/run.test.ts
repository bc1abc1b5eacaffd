import { describe, expect, test } from "bun:test";
import { addresses } from "../commands/fake-node.ts";
import { createRoles, nodeIds, onboarded, routed } from "../commands/fake-roles.ts";
import { play } from "./fake-stage.ts";

const parsed = (lines: readonly string[]): unknown[] => lines.map((line) => JSON.parse(line));

describe("JSON lines", () => {
  test("one object for each line that ran, and nothing else", async () => {
    const fake = createRoles();
    const { code, out, err } = await play(fake, "# first\n\nfaucet user 5000\nuser getaddress\n\nprice", {
      json: true,
    });
    expect(code).toBe(0);
    expect(err).toEqual([]);
    expect(out[1]).toBe(
      `{"line":4,"role":"user","command":"getaddress","ok":true,"result":{"address":"${addresses.regtest}"},"elapsed_ms":0}`,
    );
    expect(parsed(out)).toMatchObject([
      { line: 3, command: "faucet", ok: true, result: { role: "user", amount_sat: "5000" } },
      { line: 4, role: "user", command: "getaddress" },
      { line: 6, command: "price", result: { price_usd: "100000.000000", status: "ok" } },
    ]);
  });

  test("a line that fails ends it: its error on both outputs, exit code 1", async () => {
    const fake = createRoles();
    const { code, out, err } = await play(fake, "user getaddress\nexchange payjitinvoice\nuser balance", {
      json: true,
    });
    expect(code).toBe(1);
    const message = "No JIT invoice was made on this machine yet; run getjitinvoice as the user, or name an invoice.";
    expect(parsed(out)).toMatchObject([
      { line: 1, ok: true },
      { line: 2, role: "exchange", command: "payjitinvoice", ok: false, error: { code: "no_jit_invoice", message } },
    ]);
    expect(err).toEqual([`test.txt:2: ${message} (no_jit_invoice)`]);
  });

  test("a bug is told as one and ends the script all the same", async () => {
    const fake = createRoles();
    fake.of.user.context.node.newAddress = async () => {
      throw new TypeError("x is not a function");
    };
    const { code, out } = await play(fake, "user getaddress", { json: true });
    expect(code).toBe(1);
    expect(parsed(out)).toMatchObject([{ ok: false, error: { code: "internal", message: "x is not a function" } }]);
  });

  test("a result that breaks its own promise is such a bug", async () => {
    const fake = createRoles();
    const { status } = fake.of.user.context.node;
    fake.of.user.context.node.status = async () => ({ ...(await status()), nodeId: "not hex" });
    const { out } = await play(fake, "user nodeinfo", { json: true });
    expect(parsed(out)).toMatchObject([{ ok: false, error: { code: "internal" } }]);
  });
});

describe("text", () => {
  test("a line, its result, an empty line; a failure goes to the other output", async () => {
    const { code, out, err } = await play(createRoles(), "user getaddress # mine\nlsp peers\nexchange payjitinvoice");
    expect(code).toBe(1);
    expect(out).toEqual([
      ...["> user getaddress # mine", `address  ${addresses.regtest}`, ""],
      ...["> lsp peers", "no peers", ""],
      "> exchange payjitinvoice",
    ]);
    expect(err).toHaveLength(1);
  });

  test("controls in what was typed or answered reach no terminal", async () => {
    const { out } = await play(createRoles(), 'user getinvoice 5 "\u001b[2J\u202e"');
    expect(out[0]).toBe('> user getinvoice 5 "\\u{1b}[2J\\u{202e}"');
  });

  test("exit ends it well, wherever it stands", async () => {
    const { code, out } = await play(createRoles(), "user getaddress\nexit\nexchange payjitinvoice");
    expect(code).toBe(0);
    expect(out.at(-2)).toBe("> exit");
  });
});

describe("let and expect", () => {
  test("a value goes from one line into another, also inside a word", async () => {
    const fake = await onboarded();
    const { code, err } = await play(
      fake,
      `let id = lsp nodeinfo .node_id
user disconnect $id
user connect $id@127.0.0.1:9737
expect user peers .peers[0].node_id == $id
let invoice = exchange getinvoice 1000 tea .invoice
user pay $invoice
let paid = user payments 1 --direction out .payments[0].amount_msat
expect user payments 1 --direction out .payments[0].amount_msat == $paid
expect lsp listallchannels .channels[0].phase ~ "^CHANNELD_(NORMAL|AWAITING)"`,
    );
    expect(err).toEqual([]);
    expect(code).toBe(0);
  });

  test("what a variable holds is an argument, never a flag", async () => {
    const fake = createRoles();
    fake.of.user.wallet.alias = "--force";
    const { code, err } = await play(fake, "let name = user nodeinfo .alias\nuser getinvoice 5 $name");
    expect([code, err]).toEqual([0, []]);
    expect([...fake.network.invoices.values()].map((made) => made.description)).toEqual(["--force"]);
  });

  test("an argument that is wrong once it is known fails its line", async () => {
    const { code, err } = await play(createRoles(), "let a = user nodeinfo .alias\nuser getinvoice $a");
    expect(code).toBe(1);
    expect(err[0]).toContain('SATS "user": it is not an amount');
    expect(err[0]).toEndWith("(bad_amount)");
  });

  test.each([
    [
      "let a = user nodeinfo .listen",
      'user nodeinfo .listen is ["127.0.0.1:9735"], not one value; name a path to one. (bad_argument)',
    ],
    [
      "let a = user nodeinfo .nope",
      "user nodeinfo .nope: there is no .nope: the result has node_id, alias, listen, network, block_height, synced, role, chain_source, chain_state, chain_detail, chain_tip_height, gossip_state, gossip_detail, gossip_as_of, scores_state, scores_detail, scores_as_of; name another path. (bad_argument)",
    ],
    ["expect user nodeinfo .role == lsp", "Expected user nodeinfo .role == lsp, but it is user. (expectation_failed)"],
    [
      "expect user nodeinfo .block_height < 110",
      "Expected user nodeinfo .block_height < 110, but it is 110. (expectation_failed)",
    ],
    [
      "expect user nodeinfo .role < 110",
      'Expected user nodeinfo .role < 110, but it is user ("user" is not a number). (expectation_failed)',
    ],
    [
      "expect user peers .peers[0].connected == true",
      "Expected user peers .peers[0].connected == true, but there is no .peers[0]: .peers has 0 entries. (expectation_failed)",
    ],
    [
      "expect price .price_usd > 100000.000001",
      "Expected price .price_usd > 100000.000001, but it is 100000.000000. (expectation_failed)",
    ],
  ])("%s", async (line, message) => {
    const { code, err } = await play(createRoles(), line);
    expect(code).toBe(1);
    expect(err).toEqual([`test.txt:1: ${message}`]);
  });

  test("a command that fails inside of expect fails with its own error", async () => {
    const { err } = await play(createRoles(), "expect exchange payjitinvoice .status == succeeded");
    expect(err[0]).toEndWith("(no_jit_invoice)");
  });
});

describe("wait", () => {
  test("ready, synced and channels=N come true while time passes", async () => {
    const fake = createRoles();
    const script = `faucet exchange 1000000
exchange openchannel
wait lsp synced
mine 6
wait exchange ready
wait lsp channels=1 timeout 5
expect lsp listallchannels .channels[0].usable == true`;
    expect(await play(fake, script)).toMatchObject({ code: 0, err: [] });
  });

  test("settled waits for the side that owes", async () => {
    const fake = await onboarded();
    const script = `user startstablechannel last true 4 0
price 80000
wait user settled
expect user stable .agreements[0].received_msat == 1000000
wait lsp settled`;
    expect(await play(fake, script)).toMatchObject({ code: 0, err: [] });
  });

  test.each([
    ["wait user ready timeout 5", "user was not ready within 5 s: 0 of 0 channels are usable"],
    ["wait exchange ready", "exchange was not ready within 60 s: 0 of 1 channels are usable"],
    [
      "wait exchange channels=2 timeout 1",
      "exchange was not channels=2 within 1 s: it has 1 channel, 0 of them usable",
    ],
    ["wait user settled timeout 1", "user was not settled within 1 s: 0 of 0 positions are due"],
  ])("%s runs out of time and says how far it was", async (line, message) => {
    const fake = createRoles();
    fake.of.exchange.wallet.onchainSat = 1_000_000n;
    await fake.run("exchange", "openchannel");
    const began = fake.clock.steadyMs();
    const { code, err } = await play(fake, line);
    expect(code).toBe(1);
    expect(err).toEqual([
      `test.txt:1: ${message}; give it longer with timeout SECONDS, or see the role's log. (timeout)`,
    ]);
    expect(fake.clock.steadyMs() - began).toBeGreaterThanOrEqual(1_000);
  });
});

describe("the world", () => {
  test("a role that is switched off does nothing until it is back", async () => {
    const fake = await routed();
    const off = await play(fake, "kill user\nuser balance");
    expect(off.err).toEqual(["test.txt:2: user is not running; start user brings it back. (node_not_running)"]);
    const waiting = await play(fake, "wait user ready");
    expect(waiting.err[0]).toEndWith("(node_not_running)");
    // The others answer for all.
    expect(await play(fake, "price\nstart user\nuser balance")).toMatchObject({ code: 0 });
  });

  test("faucet, mine and reorg move the chain", async () => {
    const fake = createRoles();
    const { out } = await play(fake, "faucet lsp 0.5btc\nmine 5\nreorg 2\nsleep 3", { json: true });
    expect(parsed(out)).toMatchObject([
      { command: "faucet", result: { role: "lsp", amount_sat: "50000000" } },
      { command: "mine", result: { block_height: 116 } },
      { command: "reorg", result: { block_height: 117 } },
      { command: "sleep", result: { seconds: 3 } },
    ]);
    expect(fake.clock.steadyMs()).toBe(3_000);
  });

  test("a scenario is the feed's to know", async () => {
    const fake = createRoles();
    const { err } = await play(fake, "scenario nosuch");
    expect(err[0]).toContain("nosuch");
  });

  test("one role alone in its process", async () => {
    const fake = createRoles();
    const { code, out } = await play(fake, "nodeinfo\nuser getaddress\nexpect nodeinfo .role == user", {
      present: ["user"],
      json: true,
    });
    expect(code).toBe(0);
    expect(parsed(out)).toMatchObject([{ role: "user" }, { role: "user" }, { role: "user", command: "expect" }]);
  });

  test("help knows commands, verbs and forms, each where it works", async () => {
    const fake = createRoles();
    const everywhere = (await play(fake, "help\nhelp wait\nhelp let")).out.join("\n");
    expect(everywhere).toContain("faucet ROLE SATS");
    expect(everywhere).toContain("expect ROLE COMMAND... PATH OP VALUE");
    const alone = (await play(fake, "help", { present: ["user"] })).out.join("\n");
    expect(alone).toContain("wait ROLE CONDITION");
    expect(alone).not.toContain("faucet");
    expect(alone).not.toContain("payjitinvoice");
    expect((await play(fake, "help fauct")).err).toEqual([
      "test.txt:1: There is no command fauct; did you mean faucet? (unknown_command)",
    ]);
  });
});

test("nothing of a stage that is the same twice differs", async () => {
  const script = `faucet exchange 1000000\nexchange openchannel\nmine 6\nwait exchange ready\nexchange keysend ${nodeIds.lsp} 5`;
  const [first, second] = await Promise.all([
    play(createRoles(), script, { json: true }),
    play(createRoles(), script, { json: true }),
  ]);
  expect(first).toEqual(second);
});
