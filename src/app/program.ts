/** What the program itself takes, before any command: read by its help and by the shells' completions. */
import { type Program, shells } from "../commands/completions.ts";
import { settingKeys, settingOf } from "../config/settings.ts";
import { configActions } from "./config-command.ts";
import { keysActions } from "./keys-command.ts";

/** A secret is never a flag. */
const flags = settingKeys
  .filter((key) => !settingOf(key).secret)
  .map((name) => {
    const { value, summary, fallback = settingOf(name).otherwise } = settingOf(name);
    const known = fallback === undefined ? summary : `${summary} [${fallback}]`;
    return { name, summary: known, ...(value === undefined ? {} : { value }) };
  });

export const program: Program = {
  name: "peer-stables",
  words: [
    { name: "demo", summary: "all three roles and a chain of their own, in one process" },
    { name: "attach", summary: "the dashboard of a role that runs already; several may look on" },
    { name: "backtest", value: "[FILE]", summary: "the peg over a price history; no node needed" },
    { name: "verify", value: "FILE", summary: "check an evidence file that --evidence wrote; no node needed" },
    { name: "keys", choices: keysActions, summary: "a role's seed and its words; needs --role" },
    { name: "doctor", summary: "look at data, disk, clock, chain, ports, peers and prices, and say what to do" },
    {
      name: "backup",
      value: "PATH [--move]",
      summary:
        "a role's data copied to a new folder, or file (.tar, .tar.zst), while it runs or not; --move ends it here",
    },
    {
      name: "restore",
      value: "PATH [--without-channels | --accept WORDS]",
      summary: "puts a backup in its place, unless that could lose funds; docs/recovery.md",
    },
    { name: "config", choices: configActions.map(({ name }) => name), summary: "the config file, and what holds" },
    { name: "completions", choices: shells, summary: "a completion script" },
    { name: "manual", summary: "the manual page; for man -l -" },
  ],
  flags: [
    ...flags,
    { name: "help", summary: "what can be given here, and every command" },
    { name: "version", summary: "which version this is" },
  ],
};
