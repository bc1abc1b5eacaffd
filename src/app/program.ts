/** What the program itself takes, before any command: read by its help and by the shells' completions. */
import type { Program } from "../commands/completions.ts";
import { settingKeys, settingOf } from "../config/settings.ts";

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
    { name: "backtest", summary: "the peg over a price history; no node needed" },
    { name: "verify", summary: "check an evidence file that --evidence wrote; no node needed" },
    { name: "keys", summary: "the seed: keys new, restore, protect, unprotect or status" },
    { name: "doctor", summary: "look at data, disk, clock, chain, ports, peers and prices, and say what to do" },
    { name: "config", summary: "the config file: init, show, path or check" },
    { name: "completions", summary: "a completion script for bash, zsh or fish" },
  ],
  flags: [
    ...flags,
    { name: "help", summary: "what can be given here, and every command" },
    { name: "version", summary: "which version this is" },
  ],
};
