/** The dependencies as they are installed (JavaScript) and locked (Rust). */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

export interface Dependency {
  name: string;
  version: string;
  /** SPDX expression; undefined where the package names none. */
  licence: string | undefined;
}

const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().optional(),
});

/** What node_modules holds, nested packages too. Those for other platforms are not installed here. */
export function bunDependencies(root: string): Dependency[] {
  const manifests = globSync("node_modules/**/package.json", { cwd: root }).filter((path) =>
    // A package's own folder, not some folder within it.
    /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path),
  );
  return manifests.map((path) => {
    const { name, version, license } = packageSchema.parse(JSON.parse(readFileSync(join(root, path), "utf8")));
    return { name, version, licence: license };
  });
}

const metadataSchema = z.object({
  packages: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      license: z.string().nullable(),
      source: z.string().nullable(),
    }),
  ),
});

/** Every crate of Cargo.lock, for whatever platform, without our own. @throws Error with cargo's words */
export function cargoDependencies(root: string): (Dependency & { source: string })[] {
  const command = ["cargo", "metadata", "--format-version=1", "--locked", "--manifest-path", "native/Cargo.toml"];
  const run = Bun.spawnSync(command, { cwd: root, stderr: "pipe" });
  if (!run.success) throw new Error(`${command.join(" ")} failed: ${run.stderr}`);
  return metadataSchema
    .parse(JSON.parse(run.stdout.toString()))
    .packages.flatMap(({ name, version, license, source }) =>
      source === null ? [] : [{ name, version, licence: license ?? undefined, source }],
    );
}
