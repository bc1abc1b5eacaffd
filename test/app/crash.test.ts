import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../src/app/app-error.ts";
import { lastWords } from "../../src/app/crash.ts";
import { parseScript } from "../../src/script/script.ts";

const folder = mkdtempSync(join(tmpdir(), "peer-stables-crash-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function said(error: unknown, argv: string[] = [], reportDir = folder) {
  const lines: string[] = [];
  const exit = lastWords(error, { argv, write: (line) => lines.push(line), reportDir });
  return { exit, lines };
}

test("what was foreseen is its sentence and its code", () => {
  const error = new AppError("port_in_use", "Nothing can listen there; choose another address.");
  expect(said(error)).toEqual({
    exit: 3,
    lines: ["peer-stables: Nothing can listen there; choose another address. (port_in_use)"],
  });
  expect(readdirSync(folder)).toEqual([]);
});

test("text from elsewhere can't play with the terminal", () => {
  expect(said(new AppError("usage", "a\u001b[2Jb")).lines).toEqual(["peer-stables: a\\u{1b}[2Jb (usage)"]);
});

test("a script's problems are all said, each with its own code", () => {
  const parse = () => parseScript("user balence\nlsp getinvoice", "x.txt", { roles: ["user", "lsp"], world: true });
  expect(parse).toThrow();
  try {
    parse();
  } catch (error) {
    const { exit, lines } = said(error);
    expect(exit).toBe(2);
    expect(lines[0]).toMatch(/^x\.txt:1:6: .*\(unknown_command\)$/);
    expect(lines[1]).toMatch(/^x\.txt:2:15: .*\(missing_argument\)$/);
    expect(lines[2]).toMatch(/nothing of it was run\. \(script_syntax\)$/);
  }
});

test("a bug leaves a private report: where it arose and what caused it, but no secret", () => {
  const cause = new Error("connect http://me:hunter22@127.0.0.1 failed");
  const argv = [
    "--role",
    "lsp",
    "--chain",
    "bitcoind=http://me:hunter22@127.0.0.1:1",
    "--lsp-token=s3cret",
    "--",
    "price",
  ];
  const { exit, lines } = said(new TypeError("it is undefined", { cause }), argv);
  expect(exit).toBe(70);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe("peer-stables: it is undefined (internal)");
  const path = /A report without secrets is at (\S+\.txt);/.exec(lines[1] ?? "")?.[1] ?? "";
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const report = readFileSync(path, "utf8");
  for (const part of ["it is undefined", "crash.test.ts", "127.0.0.1 failed", "flags: --role --chain --lsp-token\n"]) {
    expect(report).toContain(part);
  }
  for (const secret of ["hunter22", "s3cret"]) expect(report).not.toContain(secret);
});

test("where no report can be written it says so", () => {
  const { exit, lines } = said("a string was thrown", [], join(folder, "missing"));
  expect(exit).toBe(70);
  expect(lines).toEqual([
    "peer-stables: a string was thrown (internal)",
    expect.stringMatching(/No report could be written to .*missing.*ENOENT/),
  ]);
});
