/**
 * Crates their authors took back. Cargo says so only when it packages something, so an empty crate with our direct
 * dependencies and our lock file is packaged in a scratch folder.
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Answer } from "./advisories.ts";

const metadataSchema = z.object({
  packages: z.array(
    z.object({
      dependencies: z.array(
        z.object({
          name: z.string(),
          req: z.string(),
          path: z.string().optional(),
          features: z.array(z.string()),
          uses_default_features: z.boolean(),
        }),
      ),
    }),
  ),
});

/** A manifest with every outside dependency of `cargo metadata --no-deps`; `req` and features as they are there. */
function manifestFor(metadata: unknown): string {
  const outside = metadataSchema
    .parse(metadata)
    .packages.flatMap(({ dependencies }) => dependencies)
    .filter(({ path }) => path === undefined);
  const tables = outside.map(({ name, req, features, uses_default_features }, index) =>
    [
      `[dependencies.d${index}]`,
      `package = ${JSON.stringify(name)}`,
      `version = ${JSON.stringify(req)}`,
      `features = ${JSON.stringify(features)}`,
      `default-features = ${uses_default_features}`,
    ].join("\n"),
  );
  return `[workspace]\n[package]\nname = "yank-check"\nversion = "0.0.0"\nedition = "2021"\n${tables.join("\n")}\n`;
}

/** Asks crates.io's index, through cargo, whether anything in native/Cargo.lock was yanked. */
export function askForYanked(root: string): Answer {
  const scratch = join(root, ".cache", "yank-check");
  const cargo = (cwd: string, ...args: string[]): { ok: boolean; output: string; errors: string } => {
    const run = Bun.spawnSync(["cargo", ...args], { cwd, stderr: "pipe" });
    return { ok: run.success, output: run.stdout.toString(), errors: run.stderr.toString() };
  };
  const metadata = cargo(join(root, "native"), "metadata", "--no-deps", "--format-version=1");
  if (!metadata.ok) return { asked: false, reason: metadata.errors.trim() };
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(join(scratch, "src"), { recursive: true });
  writeFileSync(join(scratch, "Cargo.toml"), manifestFor(JSON.parse(metadata.output)));
  writeFileSync(join(scratch, "src", "lib.rs"), "");
  copyFileSync(join(root, "native", "Cargo.lock"), join(scratch, "Cargo.lock"));
  const packaged = cargo(scratch, "package", "--no-verify", "--allow-dirty", "--color=never");
  rmSync(scratch, { recursive: true, force: true });
  if (!packaged.ok) return { asked: false, reason: packaged.errors.trim().split("\n").slice(0, 3).join(" ") };
  const warnings = packaged.errors.matchAll(/package `([^`]+)` in Cargo\.lock is yanked/g);
  return { asked: true, problems: [...warnings].map((match) => `${match[1]} was yanked by its authors`) };
}
