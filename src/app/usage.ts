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
    "  peer-stables demo                     all three roles and a chain of their own, in one process",
    "  peer-stables --role user|lsp|exchange one role on a real chain",
    "  peer-stables keys new|restore|protect|unprotect|status --role ROLE    the seed and its words",
    "  peer-stables backtest [FILE.csv]      the peg over a price history; no node needed",
    "  peer-stables config init|show|path|check",
    "  peer-stables doctor                   what is wrong with data, clock, chain, ports, peers, prices",
    "  peer-stables completions bash|zsh|fish",
    "",
    "With --script FILE, or a command behind --, nothing is drawn and the exit code says how it went:",
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
