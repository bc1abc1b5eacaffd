/** The manual page, in roff's man macros, made from the tables of words, settings, commands and errors. */
import packageJson from "../../package.json" with { type: "json" };
import { helpEntry } from "../commands/help.ts";
import { commands } from "../commands/table.ts";
import { otherVariables } from "../config/environment.ts";
import { environmentName, type SettingKey, settingKeys, settingOf } from "../config/settings.ts";
import { type ErrorCode, errorTable } from "../errors.ts";
import { forms } from "../script/forms.ts";
import { verbs } from "../script/verbs.ts";
import { program } from "./program.ts";

/** Text that roff sets as it stands: no request at the start of a line, no escape, no hyphen made longer. */
function plain(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("\n", " ")
    .replace(/^(?=[.'])/, "\\&");
}

const bold = (text: string): string => `\\fB${plain(text)}\\fR`;
const italic = (text: string): string => `\\fI${plain(text)}\\fR`;
const section = (title: string, ...lines: readonly string[]): string[] => [`.SH ${title}`, ...lines];
/** A term with what is said of it, further lines as paragraphs of their own. */
const item = (term: string, first: string, ...more: readonly string[]): string[] => [
  ".TP",
  term,
  plain(first),
  ...more.flatMap((line) => [".br", plain(line)]),
];

function setting(key: SettingKey): string[] {
  const { value, summary, fallback, otherwise, secret, many, once } = settingOf(key);
  const term = secret ? italic(key) : `${bold(`--${key}`)}${value === undefined ? "" : ` ${italic(value)}`}`;
  const unset = fallback ?? otherwise;
  const notes = [
    secret ? `Never a flag: ${environmentName(key)}, a config file of one's own, or ${key}-file.` : undefined,
    many === undefined ? undefined : `Several: the flag again, or an array in the config file.`,
    once ? "Not for a config file." : undefined,
    unset === undefined ? undefined : `Without it: ${unset}.`,
  ];
  return item(term, `${summary}.`, ...notes.filter((note) => note !== undefined));
}

function command(row: Parameters<typeof helpEntry>[0]): string[] {
  const { usage, summary, aliases, roles, arguments: args, notes } = helpEntry(row);
  const more = [
    ...(aliases.length === 0 ? [] : [`Also ${aliases.join(", ")}.`]),
    ...(roles.length === 0 || roles.length === 3 ? [] : [`For ${roles.join(", ")}.`]),
    ...args.map((arg) => `${arg.label}: ${arg.summary}${arg.default === null ? "" : `; default ${arg.default}`}.`),
    ...notes,
  ];
  return item(bold(usage), `${summary}.`, ...more);
}

function exitCodes(): string[] {
  const codes = Object.keys(errorTable).filter((code): code is ErrorCode => code in errorTable);
  const exits = [...new Set(codes.map((code) => errorTable[code].exit))].sort((a, b) => a - b);
  return exits.flatMap((exit) =>
    item(bold(String(exit)), `${codes.filter((code) => errorTable[code].exit === exit).join(", ")}.`),
  );
}

export function manualPage(): string {
  const { name } = program;
  const lines = [
    `.\\" Made from the program's tables by scripts/manual.ts; edit those.`,
    `.TH PEER-STABLES 1 "" "peer-stables ${packageJson.version}" "User Commands"`,
    // Flush left and without hyphens: flags and addresses must not be broken.
    ".ad l",
    ".nh",
    ...section("NAME", plain(`${name} - ${packageJson.description}`)),
    ...section(
      "SYNOPSIS",
      `${bold(name)} ${bold("--role")} ${italic("ROLE")} [${italic("SETTING")}]... [${bold("--")} ${italic("COMMAND")}...]`,
      ".br",
      `${bold(name)} ${italic("WORD")} [${italic("ARGUMENT")}]... [${italic("SETTING")}]...`,
    ),
    ...section(
      "DESCRIPTION",
      plain(
        "Two peers share a Lightning channel: the stable receiver keeps a fixed dollar value, the stable provider takes the bitcoin exposure, and whenever the price moves the one who owes pays the other inside the channel. With --role a process plays one of the three roles user, lsp or exchange on a real chain.",
      ),
      ".PP",
      plain(
        "In a terminal a dashboard opens. With --script FILE, or a command behind --, nothing is drawn and the exit status says how it went.",
      ),
    ),
    ...section("WORDS", ...program.words.flatMap((word) => item(bold(usageOf(word)), `${word.summary}.`))),
    ...section(
      "SETTINGS",
      plain(
        `A flag goes before the environment (${environmentName("data-dir")} for --data-dir), that before the config file, that before the default. The config file is TOML with the same names, and a table [user], [lsp] or [exchange] for what holds for one role alone.`,
      ),
      ...settingKeys.flatMap(setting),
    ),
    ...section("COMMANDS", ...commands.flatMap(command)),
    ...section(
      "SCRIPTS",
      plain("One command a line, # begins a comment. The whole script is read before its first line runs. Also:"),
      ...verbs.filter((verb) => verb.name !== "help").flatMap(command),
      ...forms.flatMap((form) => item(bold(form.usage), `${form.summary}.`, ...form.notes)),
    ),
    ...section(
      "EXIT STATUS",
      ...item(bold("0"), "Done."),
      ...exitCodes(),
      ...item(bold("129, 130, 143"), "Stopped by a hangup, ctrl-c or kill."),
    ),
    ...section("ENVIRONMENT", ...otherVariables.flatMap((one) => item(bold(one.name), `${one.summary}.`))),
    ...section(
      "FILES",
      ...item(italic("~/.config/peer-stables/config.toml"), "Settings; config path says which file is read."),
      ...item(
        italic("~/.local/share/peer-stables/NETWORK/ROLE/"),
        "What a role keeps: its seed, the node's database, the ledger, the log. Never copy it while the role runs.",
      ),
    ),
    ...section(
      "EXAMPLES",
      ...item(bold("peer-stables demo"), "All three roles and a chain of their own."),
      ...item(
        bold("peer-stables config init --role user --network mutinynet"),
        "Write a config file, then start with: peer-stables",
      ),
      ...item(bold("peer-stables --role user -- balance --json"), "Run one command."),
      ...item(bold("peer-stables doctor"), "Say what is wrong and what to do."),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function usageOf({ name, choices = [], value }: (typeof program.words)[number]): string {
  return [name, choices.join("|") || value].filter(Boolean).join(" ");
}
