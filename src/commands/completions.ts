/** Completion scripts for the shells, made from the command table and the flags of the program. */
import type { ArgumentSpec } from "./arguments.ts";
import { commands, secondWords } from "./table.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** A flag of the program itself, as src/app knows it. */
export interface ProgramFlag {
  /** Without the dashes. */
  name: string;
  /** What stands behind it: `FILE`, `DIR`, `a|b|c`, `N`; unset for a switch. */
  value?: string;
  summary: string;
}

/** A word that stands where a mode does: `demo`, `backtest`, `completions`. */
export interface ProgramWord {
  name: string;
  summary: string;
  /** What has to stand behind it, if that is one of a few words. */
  choices?: readonly string[];
  /** Else what else stands there: `FILE`. */
  value?: string;
}

export interface Program {
  name: string;
  flags: readonly ProgramFlag[];
  words: readonly ProgramWord[];
}

/** What can follow a flag: fixed words, a file, a folder, or something only a person knows. */
type Follows = { kind: "choices"; choices: string[] } | { kind: "file" | "folder" | "free" };

function follows(value: string): Follows {
  if (value.includes("|")) return { kind: "choices", choices: value.split("|") };
  if (value === "DIR") return { kind: "folder" };
  return { kind: value.includes("FILE") ? "file" : "free" };
}

const firstWord = (name: string) => name.split(" ")[0] ?? name;

/** What a line can begin with: each first word of a name or alias once, with what it does. */
function commandNames(): { name: string; summary: string }[] {
  const names = new Map<string, string>();
  for (const { name, aliases, summary } of commands) {
    for (const one of [name, ...aliases].map(firstWord)) if (!names.has(one)) names.set(one, summary);
  }
  return [...names].map(([name, summary]) => ({ name, summary }));
}

/** What can follow the first word of a line: second words, flags and fixed choices of all commands that begin so. */
function wordsAfterFirst(): { names: string; words: string[] }[] {
  const firsts = new Map<string, string[]>();
  for (const { name, aliases, arguments: args } of commands) {
    const first = firstWord(name);
    const words = [...(firsts.get(first) ?? secondWords(first).map(({ word }) => word)), ...wordsAfter(args)];
    firsts.set(first, [...new Set(words)]);
    for (const alias of aliases) firsts.set(alias, words);
  }
  return [...firsts].map(([names, words]) => ({ names, words }));
}

/** The words that can follow a command: its flags, and the fixed choices of its arguments. */
function wordsAfter(args: readonly ArgumentSpec[]): string[] {
  return args.flatMap((arg) => {
    if (arg.place === "flag" || arg.place === "switch") return [arg.label];
    return arg.completes === "choice" ? [...(arg.choices ?? [])] : [];
  });
}

const makers: Record<Shell, (program: Program) => string> = { bash, zsh, fish };

/** A script to source, or to put where the shell looks for completions. */
export function completionScript(shell: Shell, program: Program): string {
  return makers[shell](program);
}

function bash({ name, flags, words }: Program): string {
  const fn = `_${name.replaceAll("-", "_")}`;
  const compgen: Record<Follows["kind"], string> = { choices: "-W", file: "-f", folder: "-d", free: "" };
  const values = flags.flatMap((flag) => {
    const next = flag.value === undefined ? undefined : follows(flag.value);
    if (next === undefined) return [];
    if (next.kind === "free") return [`    --${flag.name}) return ;;`];
    const list = next.kind === "choices" ? ` "${next.choices.join(" ")}"` : "";
    return [`    --${flag.name}) COMPREPLY=($(compgen ${compgen[next.kind]}${list} -- "$cur")); return ;;`];
  });
  const behindWords = words.flatMap(({ name: word, choices, value }) => {
    if (choices !== undefined)
      return [`    ${word}) COMPREPLY=($(compgen -W "${choices.join(" ")}" -- "$cur")); return ;;`];
    return value === undefined ? [] : [`    ${word}) COMPREPLY=($(compgen -f -- "$cur")); return ;;`];
  });
  const after = wordsAfterFirst().flatMap(({ names, words: list }) =>
    list.length === 0 ? [] : [`      ${names}) list="${list.join(" ")}" ;;`],
  );
  return `# bash completion for ${name}
${fn}() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" behind=0 i list=""
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ "\${COMP_WORDS[i]}" == "--" ]]; then behind=$i; break; fi
  done
  if ((behind)); then
    if ((COMP_CWORD == behind + 1)); then
      list="${commandNames()
        .map((command) => command.name)
        .join(" ")}"
    else
      case "\${COMP_WORDS[behind+1]}" in
${after.join("\n")}
      esac
    fi
    COMPREPLY=($(compgen -W "$list" -- "$cur"))
    return
  fi
  case "$prev" in
${[...values, ...behindWords].join("\n")}
  esac
  COMPREPLY=($(compgen -W "${[...words.map((w) => w.name), ...flags.map((flag) => `--${flag.name}`)].join(" ")}" -- "$cur"))
}
complete -F ${fn} ${name}
`;
}

function zsh({ name, flags, words }: Program): string {
  const fn = `_${name.replaceAll("-", "_")}`;
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const plain = (text: string) => text.replaceAll(/[[\]:\\]/g, "\\$&");
  const action: Record<Exclude<Follows["kind"], "choices">, string> = {
    file: "_files",
    folder: "_files -/",
    free: " ",
  };
  const options = flags.map((flag) => {
    const head = `--${flag.name}[${plain(flag.summary)}]`;
    if (flag.value === undefined) return quoted(head);
    const next = follows(flag.value);
    return quoted(`${head}:value:${next.kind === "choices" ? `(${next.choices.join(" ")})` : action[next.kind]}`);
  });
  const behindWords = words.flatMap(({ name: word, choices, value }) =>
    choices === undefined && value === undefined
      ? []
      : [`${word}) ${choices === undefined ? "_files" : `compadd ${choices.join(" ")}`};;`],
  );
  const described = (list: readonly ProgramWord[]) =>
    list.map((word) => `    ${quoted(`${word.name}:${plain(word.summary)}`)}`).join("\n");
  return `#compdef ${name}
${fn}() {
  local -a commands modes
  commands=(
${described(commandNames())}
  )
  modes=(
${described(words)}
  )
  local behind=\${words[(i)--]}
  if ((behind < CURRENT)); then
    if ((CURRENT == behind + 1)); then _describe command commands; fi
    return
  fi
  _arguments -S \\
${options.map((option) => `    ${option} \\`).join("\n")}
    '1: :{_describe mode modes}' \
    '2: :{case \${words[CURRENT-1]} in ${behindWords.join(" ")} esac}'
}
compdef ${fn} ${name}
`;
}

function fish({ name, flags, words }: Program): string {
  const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const given: Record<Exclude<Follows["kind"], "choices">, string> = {
    file: " -rF",
    folder: " -xa '(__fish_complete_directories)'",
    free: " -x",
  };
  const option = (flag: ProgramFlag) => {
    const next = flag.value === undefined ? undefined : follows(flag.value);
    const value =
      next === undefined ? "" : next.kind === "choices" ? ` -xa ${quoted(next.choices.join(" "))}` : given[next.kind];
    return `complete -c ${name} -n 'not __${fn}_behind' -l ${flag.name}${value} -d ${quoted(flag.summary)}`;
  };
  const fn = name.replaceAll("-", "_");
  const first = (word: ProgramWord) =>
    `complete -c ${name} -n '__fish_use_subcommand; and not __${fn}_behind' -a ${word.name} -d ${quoted(word.summary)}`;
  const behindWord = ({ name: word, choices, value }: ProgramWord) => {
    const seen = `complete -c ${name} -n '__fish_seen_subcommand_from ${word}; and not __${fn}_behind'`;
    if (choices !== undefined) return [`${seen} -a ${quoted(choices.join(" "))}`];
    return value === undefined ? [] : [`${seen} -F`];
  };
  const command = (word: ProgramWord) =>
    `complete -c ${name} -n '__${fn}_first_behind' -a ${word.name} -d ${quoted(word.summary)}`;
  return `# fish completion for ${name}
function __${fn}_behind
    contains -- -- (commandline -opc)
end
function __${fn}_first_behind
    set -l given (commandline -opc)
    test "$given[-1]" = --
end
complete -c ${name} -f
${[...flags.map(option), ...words.map(first), ...words.flatMap(behindWord), ...commandNames().map(command)].join("\n")}
`;
}
