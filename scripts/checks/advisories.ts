/** The advisory databases: what they say, or that they could not be asked. */
import { z } from "zod";

export type Answer = { asked: true; problems: string[] } | { asked: false; reason: string };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const firstLine = (text: string): string => text.trim().split("\n")[0] ?? "";

const bunAdvisoriesSchema = z.record(
  z.string(),
  z.array(z.object({ title: z.string(), severity: z.string(), url: z.string() })),
);

/** npm's advisories for bun.lock, through `bun audit`. */
export function askNpm(root: string): Answer {
  const run = Bun.spawnSync([process.execPath, "audit", "--json"], { cwd: root, stderr: "pipe" });
  const advisories = bunAdvisoriesSchema.safeParse(parseJson(run.stdout.toString()));
  if (!advisories.success) return { asked: false, reason: firstLine(`${run.stderr}`) || "bun audit gave no answer" };
  const problems = Object.entries(advisories.data).flatMap(([name, found]) =>
    found.map(({ title, severity, url }) => `${name}: ${title} (${severity}, ${url})`),
  );
  return { asked: true, problems };
}

const rustAdvisoriesSchema = z.object({
  vulnerabilities: z.object({
    list: z.array(
      z.object({
        advisory: z.object({ id: z.string(), title: z.string() }),
        package: z.object({ name: z.string(), version: z.string() }),
      }),
    ),
  }),
});

/** RustSec's advisories for Cargo.lock, through `cargo audit` where that is installed. */
export function askRustSec(root: string): Answer {
  if (!Bun.which("cargo-audit"))
    return { asked: false, reason: "cargo-audit is not installed (cargo install cargo-audit)" };
  const command = ["cargo", "audit", "--json", "--file", "native/Cargo.lock"];
  const run = Bun.spawnSync(command, { cwd: root, stderr: "pipe" });
  const report = rustAdvisoriesSchema.safeParse(parseJson(run.stdout.toString()));
  if (!report.success) return { asked: false, reason: firstLine(`${run.stderr}`) || "cargo audit gave no answer" };
  const problems = report.data.vulnerabilities.list.map(
    ({ advisory, package: crate }) => `${crate.name} ${crate.version}: ${advisory.title} (${advisory.id})`,
  );
  return { asked: true, problems };
}
