/** A prompt in the terminal: the commands and verbs of scripts, typed one by one. */
import { createInterface, type Interface } from "node:readline/promises";
import type { Clock } from "../clock.ts";
import { viewLines, visible } from "../commands/text.ts";
import { execute, type Machine } from "../script/execute.ts";
import { failureOf, type ScriptOutput } from "../script/run-script.ts";
import type { Stage } from "../script/stage.ts";
import { parseStatement } from "../script/statement.ts";
import { completionsFor } from "./prompt-completion.ts";

/**
 * Ends with `exit`, with ctrl-d, and with ctrl-c twice: the first one gives up the line that is being typed and says
 * so. Lines that are pasted together run one after the other.
 */
export async function runPrompt(
  stage: Stage,
  clock: Clock,
  output: ScriptOutput,
  { greeting, stopped }: { greeting: string; stopped: Promise<unknown> },
): Promise<void> {
  const machine: Machine = { stage, clock, variables: new Map() };
  const reader = createInterface({
    input: process.stdin,
    output: process.stdout,
    completer: (line: string) => completionsFor(line, stage),
    historySize: 500,
    prompt: "> ",
  });
  const left = new Promise<"left">((resolve) => reader.once("close", () => resolve("left")));
  leaveOnInterrupts(reader, output);
  // Whatever ends the session, the terminal is given back as it was.
  const close = () => reader.close();
  stopped.then(close, close);
  const lines = typedLines(reader);
  output.out(greeting);
  try {
    for (;;) {
      reader.prompt();
      const text = await Promise.race([lines.next(), left]);
      if (text === "left") return;
      // A command that is under way does not hold up who leaves.
      const ended = await Promise.race([runLine(text.line, machine, output), left]);
      if (ended !== "goes on") return;
    }
  } finally {
    reader.close();
  }
}

function leaveOnInterrupts(reader: Interface, output: ScriptOutput): void {
  let armed = false;
  reader.on("line", () => {
    armed = false;
  });
  reader.on("SIGINT", () => {
    if (armed && reader.line === "") return reader.close();
    armed = true;
    output.out("\nctrl-c again, or exit, stops the nodes and leaves.");
    // ctrl-e, ctrl-u: the line that was being typed is given up.
    reader.write(null, { ctrl: true, name: "e" });
    reader.write(null, { ctrl: true, name: "u" });
    reader.prompt();
  });
}

/** What was typed while a command ran waits here. */
function typedLines(reader: Interface): { next(): Promise<{ line: string }> } {
  const typed: string[] = [];
  let wake = () => {};
  reader.on("line", (line) => {
    typed.push(line);
    wake();
  });
  return {
    async next() {
      for (;;) {
        const line = typed.shift();
        if (line !== undefined) return { line };
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

async function runLine(text: string, machine: Machine, output: ScriptOutput): Promise<"goes on" | "exit"> {
  try {
    const { stage, variables } = machine;
    const statement = parseStatement(text, { roles: stage.roles, world: stage.world !== undefined, variables });
    if (statement === undefined) return "goes on";
    const outcome = await execute(statement, machine);
    if (outcome.quit === true) return "exit";
    for (const line of viewLines(outcome.view(), output.style)) output.out(line);
  } catch (error) {
    const { code, message } = failureOf(error);
    output.err(`${visible(message)} (${code})`);
  }
  return "goes on";
}
