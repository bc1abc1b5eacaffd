/** What no file of the project may contain, in one table. */

interface TextRule {
  pattern: RegExp;
  why: string;
  /** Files it is about; all without it. */
  files?: RegExp;
}

const MAX_RUST_LINES = 400;
const sources = /\.(?:ts|tsx|rs|grit)$/;

const rules: readonly TextRule[] = [
  { pattern: /(?<![\w.~])\/(?:work|root|home\/\w+|Users\/\w+)\//, why: "a path of somebody's machine" },
  { pattern: /\.\.\/shared\b(?!\/data \(optional)/, why: "a path outside the project" },
  { pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/, why: "unfinished work belongs into an issue", files: sources },
  { pattern: /\bbiome-ignore(?!\s[^:]+: \S)/, why: "an exception to a rule says its reason", files: sources },
  { pattern: /@ts-(?:expect-error|nocheck)/, why: "types are mended, not silenced", files: /^src\// },
];

/** Where locked packages may come from; a mirror's address would bind everybody to it. */
const registries = new Set(["registry.npmjs.org", "github.com"]);
const lockFiles = /(?:^|\/)(?:bun\.lock|Cargo\.lock)$/;

/** This table would find itself. */
const exempt = "scripts/checks/text-rules.ts";

function registryProblems(file: string, text: string): string[] {
  if (!lockFiles.test(file)) return [];
  const hosts = new Set([...text.matchAll(/https?:\/\/([^/"\s]+)/g)].map((match) => match[1] ?? ""));
  return [...hosts].filter((host) => !registries.has(host)).map((host) => `${file}:1: locks a package to ${host}`);
}

/** What is wrong with one file's text, a line each: `file:line: what`. */
export function textProblems(file: string, text: string): string[] {
  if (file === exempt) return [];
  const problems = registryProblems(file, text);
  const lines = text.split("\n");
  const applying = rules.filter(({ files }) => files?.test(file) ?? true);
  for (const [index, line] of lines.entries()) {
    for (const { pattern, why } of applying) {
      const found = pattern.exec(line);
      if (found) problems.push(`${file}:${index + 1}: "${found[0]}": ${why}`);
    }
  }
  if (file.endsWith(".rs") && lines.length > MAX_RUST_LINES)
    problems.push(`${file}: ${lines.length} lines; ${MAX_RUST_LINES} at most`);
  if (/(?:^|\/)index\.tsx?$/.test(file)) problems.push(`${file}: no barrels; import from the file itself`);
  return problems;
}
