/** Runs one parsed line on a stage. */
import type { Clock } from "../clock.ts";
import type { Outcome } from "../commands/command.ts";
import { CommandError } from "../commands/command-error.ts";
import type { Selection } from "../commands/parse.ts";
import type { Json } from "../commands/view.ts";
import { compare } from "./compare.ts";
import { follow, type Path, textOf } from "./path.ts";
import type { Stage, StageSession } from "./stage.ts";
import type { Statement } from "./statement.ts";
import { expandLine, expandWord } from "./variables.ts";

export interface Machine {
  stage: Stage;
  clock: Clock;
  /** Set by `let`, read as `$NAME`. */
  variables: Map<string, string>;
}

/** @throws the command's CodedError; CommandError `expectation_failed`, `bad_argument`, `node_not_running` */
export async function execute(statement: Statement, machine: Machine): Promise<Outcome> {
  switch (statement.kind) {
    case "command":
      return runCommand(statement.run, machine);
    case "verb":
      return statement.verb.prepare(expandLine(statement.rest, machine.variables)).run(machine);
    case "let":
      return runLet(statement, machine);
    case "expect":
      return runExpect(statement, machine);
  }
}

function sessionFor({ role }: Selection, stage: Stage): StageSession {
  const roles = role === undefined ? stage.roles : [role];
  for (const candidate of roles) {
    const session = stage.session(candidate);
    if (session !== undefined) return session;
  }
  const who = roles.join(", ");
  throw new CommandError("node_not_running", `${who} is not running; start ${roles[0] ?? "it"} brings it back.`);
}

async function runCommand(run: Selection, machine: Machine): Promise<Outcome> {
  const call = run.command.prepare(expandLine(run.rest, machine.variables));
  return sessionFor(run, machine.stage).run(call);
}

function asked(run: Selection, path: Path): string {
  return [run.role, run.command.name, path.text].filter((part) => part !== undefined).join(" ");
}

async function runLet({ name, run, path }: Extract<Statement, { kind: "let" }>, machine: Machine): Promise<Outcome> {
  const found = follow((await runCommand(run, machine)).result, path);
  if (!found.ok) throw new CommandError("bad_argument", `${asked(run, path)}: ${found.why}; name another path.`);
  if (found.value === null || typeof found.value === "object") {
    throw new CommandError(
      "bad_argument",
      `${asked(run, path)} is ${shown(found.value)}, not one value; name a path to one.`,
    );
  }
  const value = textOf(found.value);
  machine.variables.set(name, value);
  const result = { name, value };
  return { result, view: () => ({ kind: "lines", lines: [`${name} = ${value}`] }) };
}

async function runExpect(
  { run, path, operator, value }: Extract<Statement, { kind: "expect" }>,
  machine: Machine,
): Promise<Outcome> {
  const expected = expandWord(value, machine.variables).text;
  const found = follow((await runCommand(run, machine)).result, path);
  const sentence = `${asked(run, path)} ${operator} ${expected}`;
  if (!found.ok) throw new CommandError("expectation_failed", `Expected ${sentence}, but ${found.why}.`);
  const actual = textOf(found.value);
  const comparison = compare(actual, operator, expected);
  if (!comparison.ok) {
    const why = "why" in comparison ? ` (${comparison.why})` : "";
    throw new CommandError("expectation_failed", `Expected ${sentence}, but it is ${shown(found.value)}${why}.`);
  }
  const result = { path: path.text, operator, expected, actual: found.value };
  return { result, view: () => ({ kind: "lines", lines: [`as expected: ${shown(found.value)}`] }) };
}

const SHOWN = 200;

function shown(value: Json): string {
  const text = textOf(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
