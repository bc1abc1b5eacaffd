/** The text of `--help`, made from the tables. */
import { commands } from "../commands/table.ts";
import { environmentName, settingKeys, settingOf } from "../config/settings.ts";
import { forms } from "../script/forms.ts";
import { verbs } from "../script/verbs.ts";
import { program } from "./program.ts";

const secrets = settingKeys.filter((key) => settingOf(key).secret);

export function usage(): string {
  return [
    "peer-stables: dollars you hold yourself, over Lightning, in a terminal",
    "",
    row("peer-stables --role ROLE", "one role on a real chain: user, lsp or exchange"),
    ...program.words.map(({ name, summary, choices, value }) =>
      row(["peer-stables", name, choices?.join("|") ?? value].filter(Boolean).join(" "), summary),
    ),
    "",
    "With --script FILE, or a command behind --, nothing is drawn and the exit code says how it went:",
    "Where the role runs already, they are asked of that process, whose settings hold: a flag that differs is refused.",
    "0 done, 1 a command or an expectation failed, 2 usage, config or syntax, 3 node or chain could not start,",
    "4 data directory in use, 70 a bug; 129, 130 or 143 stopped by a hangup, ctrl-c or kill.",
    "",
    `Settings (flag, or environment as in ${environmentName("data-dir")}=DIR, or a line of the --config file):`,
    ...program.flags.map(({ name, value, summary }) =>
      row(`--${name}${value === undefined ? "" : ` ${value}`}`, summary),
    ),
    "",
    `Never flags, but by environment or config file: ${secrets.join(", ")}.`,
    "",
    "Commands (`help COMMAND` in a session says more):",
    ...commands.map((command) => row(command.name, command.summary)),
    "",
    "In scripts and the demo also:",
    ...[...verbs.filter((verb) => verb.name !== "help"), ...forms].map((verb) => row(verb.name, verb.summary)),
  ].join("\n");
}

function row(left: string, right: string): string {
  return `  ${left.padEnd(30)} ${left.length > 30 ? `\n${" ".repeat(33)}` : ""}${right}`;
}
