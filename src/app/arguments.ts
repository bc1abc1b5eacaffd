/** argv taken apart: flags as text, words, and the command behind `--`. */
import { parseArgs } from "node:util";
import { nearest } from "../commands/nearest.ts";
import { settingKeys, settingOf, type Values } from "../config/settings.ts";
import { reasonOf } from "../errors.ts";
import { AppError } from "./app-error.ts";
import { dataFlagOptions } from "./data-words.ts";
import { program } from "./program.ts";

interface Arguments {
  flags: Values;
  words: string[];
  /** The command behind `--`, as one line. */
  line: string | undefined;
  /** Flags of single words, which are no settings. */
  own: Readonly<Record<string, unknown>>;
  help: boolean;
  version: boolean;
}

/** @throws AppError `usage`, with the flag that was probably meant */
export function splitArguments(argv: readonly string[]): Arguments {
  const dashes = argv.indexOf("--");
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  const line = dashes < 0 ? undefined : lineOf(argv.slice(dashes + 1));
  const options = Object.fromEntries(
    settingKeys.map((key) => {
      const { value, many } = settingOf(key);
      return [
        key,
        value === undefined
          ? ({ type: "boolean" } as const)
          : ({ type: "string", multiple: many !== undefined } as const),
      ];
    }),
  );
  let parsed: { values: Record<string, string | boolean | (string | boolean)[] | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...own],
      allowPositionals: true,
      options: {
        ...options,
        ...dataFlagOptions,
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "V" },
      },
    });
  } catch (cause) {
    const known = program.flags.map(({ name }) => name);
    const given = own.flatMap((arg) => /^--([^=]+)/.exec(arg)?.[1] ?? []);
    const unknown = given.find((name) => !known.includes(name));
    const close = unknown === undefined ? undefined : nearest(unknown, known);
    const hint = close === undefined ? "See peer-stables --help." : `Did you mean --${close}?`;
    throw new AppError("usage", `${reasonOf(cause).split(". ")[0]}. ${hint}`, { cause });
  }
  const flags: Values = {};
  for (const key of settingKeys) {
    const value = parsed.values[key];
    if (value !== undefined) flags[key] = Array.isArray(value) ? value.join(settingOf(key).many) : String(value);
  }
  return {
    flags,
    own: Object.fromEntries(Object.keys(dataFlagOptions).map((name) => [name, parsed.values[name]])),
    words: parsed.positionals,
    line,
    help: parsed.values["help"] === true,
    version: parsed.values["version"] === true,
  };
}

/** The words of a shell as one line of ours, quoted where they would be read as something else. */
function lineOf(words: readonly string[]): string {
  const [only, ...others] = words;
  if (only === undefined) throw new AppError("usage", "A command is expected behind --; see peer-stables --help.");
  if (others.length === 0) return only;
  const quoted = (word: string) => `"${word.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
  return words.map((word) => (/^[^\s"'#]+$/.test(word) ? word : quoted(word))).join(" ");
}
