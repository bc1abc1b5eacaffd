/** A package registry on loopback, with nothing in it but what a test puts there. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Packed } from "../../scripts/release/packages.ts";

export interface Registry {
  url: string;
  stop(): Promise<void>;
}

/** Answers as npm's own does: a document per package, which names its tarballs and what they hash to. */
export function startRegistry(packages: readonly Packed[]): Registry {
  const files = new Map(packages.map(({ file }) => [`/files/${basename(file)}`, file]));
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request): Response {
      const path = decodeURIComponent(new URL(request.url).pathname);
      const file = files.get(path);
      if (file !== undefined) return new Response(Bun.file(file));
      const found = packages.find(({ name }) => path === `/${name}`);
      if (found === undefined) return Response.json({ error: "not_found" }, { status: 404 });
      return Response.json(documentOf(found, new URL(request.url).origin));
    },
  });
  return { url: server.url.href, stop: () => server.stop(true) };
}

function documentOf({ name, version, file, manifest }: Packed, base: string) {
  const integrity = `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
  const dist = { tarball: `${base}/files/${basename(file)}`, integrity };
  return { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } };
}
