/** What the guides name is there: flags, words, commands, settings, and the pages they lead to. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { program } from "../../src/app/program.ts";
import { commands } from "../../src/commands/table.ts";
import { readConfigFile } from "../../src/config/config-file.ts";
import { settingKeys } from "../../src/config/settings.ts";
import { verbs } from "../../src/script/verbs.ts";

const root = join(import.meta.dir, "../..");
const pages = [
  "README.md",
  "docs/users-guide.md",
  "docs/operators-guide.md",
  "docs/recovery.md",
  "docs/service.md",
  "docs/control.md",
];
const text = (page: string): string => readFileSync(join(root, page), "utf8");
const matches = (page: string, pattern: RegExp): string[] =>
  [...text(page).matchAll(pattern)].map(([, found = ""]) => found);

/** Flags of the program, of its words and of its commands; those of other programs that the pages call by name. */
const flags = new Set([
  ...program.flags.map(({ name }) => `--${name}`),
  ...program.words.flatMap(({ value }) => value?.match(/--[a-z-]+/g) ?? []),
  ...commands.flatMap(({ arguments: args }) => args.map(({ label }) => label)),
  ...["--system", "--create-home", "--home-dir", "--shell", "--now", "--allow-scripts"],
]);
const words = new Set(program.words.map(({ name }) => name));
const typed = new Set(
  [...commands, ...verbs].flatMap(({ name, aliases }) => [name, ...aliases].map((one) => one.split(" ")[0])),
);

test.each(pages)("%s names flags that there are", (page) => {
  expect(matches(page, /(?<![\w-])(--[a-z][a-z-]+)/g).filter((flag) => !flags.has(flag))).toEqual([]);
});

test.each(pages)("%s starts the program with words that there are", (page) => {
  expect(matches(page, /(?:^ {4}|`)peer-stables ([a-z]+)/gm).filter((word) => !words.has(word))).toEqual([]);
});

test.each(pages)("%s leads to pages that there are", (page) => {
  const linked = matches(page, /\]\((?!https?:)([^)#]+)/g);
  expect(linked.filter((path) => !existsSync(join(root, dirname(page), path)))).toEqual([]);
});

test("the user's guide shows lines that a user can type", () => {
  const shown = matches("docs/users-guide.md", /^ {4}([a-z0-9]+)(?= |$)/gm);
  expect(shown.length).toBeGreaterThan(10);
  expect(shown.filter((word) => !typed.has(word) && word !== "peer")).toEqual([]);
});

test("the operator's config file is one, and its table of settings names some", () => {
  const [toml = ""] = matches("docs/operators-guide.md", /```toml\n([\s\S]*?)```/g);
  const { problems, values } = readConfigFile("guide.toml", () => toml);
  expect(problems).toEqual([]);
  expect(Object.keys(values).length).toBeGreaterThan(5);
  const named = matches("docs/operators-guide.md", /`((?:stable|opening)-[a-z-]+)`/g);
  expect(named.filter((key) => !settingKeys.some((known) => known === key))).toEqual([]);
});
