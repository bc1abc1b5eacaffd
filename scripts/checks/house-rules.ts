/** The rules Biome does not know: import directions, and what no file may contain. Prints what breaks them; exit code 1. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { importProblems } from "./import-rules.ts";
import { textProblems } from "./text-rules.ts";

const root = dirname(dirname(import.meta.dir));

/** Every file that is, or would be, committed. */
function projectFiles(): string[] {
  const git = Bun.spawnSync(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: root });
  if (!git.success) throw new Error(`git ls-files failed, and it says which files are the project's: ${git.stderr}`);
  return git.stdout.toString().split("\0").filter(Boolean);
}

function problemsOf(file: string): string[] {
  const path = join(root, file);
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  if (text.includes("\0")) return [];
  return [...textProblems(file, text), ...(/^src\/.*\.tsx?$/.test(file) ? importProblems(file, text) : [])];
}

const files = projectFiles();
const problems = files.flatMap(problemsOf);
process.stdout.write(`${[...problems, `${files.length} files, ${problems.length} problems`].join("\n")}\n`);
process.exit(problems.length > 0 ? 1 : 0);
