/** One line of a script, parsed: a command, a verb, `let` or `expect`. Nothing is run here. */
import { quote } from "../commands/arguments.ts";
import { CommandError } from "../commands/command-error.ts";
import { asRole, readLine, type Selection, selectCommand } from "../commands/parse.ts";
import type { Line, Word } from "../commands/words.ts";
import type { Role } from "../node/port.ts";
import { type Operator, operators, valueProblem } from "./compare.ts";
import { EXPECT_USAGE, LET_USAGE } from "./forms.ts";
import { looksLikePath, PATH_EXPECTED, type Path, parsePath } from "./path.ts";
import type { Verb } from "./stage.ts";
import { variablesIn } from "./variables.ts";
import { verbs } from "./verbs.ts";

export type Statement =
  | { kind: "command"; run: Selection }
  | { kind: "verb"; verb: Verb; rest: Line }
  | { kind: "let"; name: string; run: Selection; path: Path }
  | { kind: "expect"; run: Selection; path: Path; operator: Operator; value: Word };

/** What can be named where the line stands. */
export interface Scope {
  roles: readonly Role[];
  /** Whether there is a chain of our own: the demo. */
  world: boolean;
  /** Set by earlier `let` lines. */
  variables: { has(name: string): boolean };
}

const NAME = /^[A-Za-z_]\w{0,63}$/;
/**
 * @returns undefined for an empty line or a comment
 * @throws CommandError with the column and what was expected; never anything else
 */
export function parseStatement(text: string, scope: Scope): Statement | undefined {
  const line = readLine(text);
  const [first] = line.words;
  if (first === undefined) return undefined;
  checkVariables(line, scope);
  const name = first.quoted ? "" : first.text.toLowerCase();
  if (name === "let") return parseLet(line, scope);
  if (name === "expect") return parseExpect(line, scope);
  const verb = verbs.find((v) => v.name === name);
  if (verb !== undefined) return parseVerb(verb, line, scope);
  return { kind: "command", run: parseRun(line, scope) };
}

function checkVariables(line: Line, scope: Scope): void {
  for (const word of line.words) {
    const unset = variablesIn(word).find((name) => !scope.variables.has(name));
    if (unset === undefined) continue;
    throw new CommandError("bad_argument", `$${unset} is not set; an earlier line has to be let ${unset} = ...`, {
      column: word.column,
      expected: `let ${unset} = ... above`,
    });
  }
}

function fault(word: Word | undefined, line: Line, message: string, expected: string): CommandError {
  const code = word === undefined ? "missing_argument" : "bad_argument";
  return new CommandError(code, message, { column: word?.column ?? line.end, expected });
}

const laterKnown = (word: Word) => variablesIn(word).length > 0;

function parseRun(line: Line, scope: Scope): Selection {
  const run = selectCommand(line, scope.roles);
  run.command.check(run.rest, laterKnown);
  return run;
}

function parseVerb(verb: Verb, line: Line, scope: Scope): Statement {
  if (verb.needsWorld && !scope.world) {
    throw new CommandError(
      "wrong_role",
      `${verb.name} works in the demo only, which has a chain and nodes of its own.`,
      {
        column: line.words[0]?.column ?? 1,
        expected: "a command of this role",
      },
    );
  }
  const words = line.words.slice(1);
  const [only, ...others] = scope.roles;
  // In a session with one role it may be left out here as everywhere.
  if (verb.name === "wait" && asRole(words[0]) === undefined && only !== undefined && others.length === 0) {
    words.unshift({ text: only, column: words[0]?.column ?? line.end, quoted: false, literal: false });
  }
  const rest = { words, end: line.end };
  verb.check(rest, laterKnown);
  const role = asRole(words[0]);
  if (role !== undefined && !scope.roles.includes(role)) {
    throw fault(
      words[0],
      line,
      `There is no ${role} here; the roles are ${scope.roles.join(", ")}.`,
      scope.roles.join(" or "),
    );
  }
  return { kind: "verb", verb, rest };
}

function parseLet(line: Line, scope: Scope): Statement {
  const [, name, equals, ...words] = line.words;
  if (name === undefined || !NAME.test(name.text)) {
    throw fault(name, line, `A name is expected behind let; write ${LET_USAGE}.`, "a name");
  }
  if (equals?.text !== "=")
    throw fault(equals, line, `A = is expected behind let ${name.text}; write ${LET_USAGE}.`, "=");
  const path = words.at(-1);
  if (path === undefined || !looksLikePath(path)) {
    throw fault(undefined, line, `The path is missing at the end; write ${LET_USAGE}.`, PATH_EXPECTED);
  }
  const run = parseRun({ words: words.slice(0, -1), end: path.column - 1 }, scope);
  return { kind: "let", name: name.text, run, path: parsePath(path) };
}

function parseExpect(line: Line, scope: Scope): Statement {
  const words = line.words.slice(1);
  const at = words.findLastIndex((word) => looksLikePath(word));
  const path = words[at];
  if (path === undefined) {
    throw fault(undefined, line, `A path is missing; write ${EXPECT_USAGE}.`, PATH_EXPECTED);
  }
  const [sign, value, extra] = words.slice(at + 1);
  const operator = operators.find((known) => known === sign?.text);
  if (operator === undefined) {
    const expected = operators.join(" ");
    const got = sign === undefined ? "nothing" : quote(sign.text);
    throw fault(sign, line, `One of ${expected} is expected behind the path, not ${got}.`, expected);
  }
  if (value === undefined) throw fault(undefined, line, `A value is missing; write ${EXPECT_USAGE}.`, "a value");
  if (extra !== undefined) {
    throw fault(extra, line, `${quote(extra.text)} is too much; quote a value with blanks.`, "the end of the line");
  }
  const problem = laterKnown(value) ? undefined : valueProblem(operator, value.text);
  if (problem !== undefined) {
    throw fault(value, line, `${quote(value.text)} cannot be compared with ${operator}; expected ${problem}.`, problem);
  }
  const run = parseRun({ words: words.slice(0, at), end: path.column - 1 }, scope);
  return { kind: "expect", run, path: parsePath(path), operator, value };
}
