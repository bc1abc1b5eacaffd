/** The places a version stands in; a release goes out only when they agree. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Semantic versions: MAJOR.MINOR.PATCH, perhaps with a pre-release. */
const VERSION = /^\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/;

/** What does not agree, a sentence each. */
export function versionProblems(root: string): string[] {
  const text = (path: string) => readFileSync(join(root, path), "utf8");
  const ours = /"version": "([^"]+)"/.exec(text("package.json"))?.[1] ?? "";
  const native = /^version = "([^"]+)"/m.exec(text("native/Cargo.toml"))?.[1] ?? "";
  const changed = /^## (\S+)/m.exec(text("CHANGELOG.md"))?.[1] ?? "";
  const abi = {
    "src/ffi/symbols.ts": /ABI_VERSION = (\d+)/.exec(text("src/ffi/symbols.ts"))?.[1],
    "native/src/lib.rs": /ABI_VERSION: u32 = (\d+)/.exec(text("native/src/lib.rs"))?.[1],
    "docs/native-abi.md": /ABI version: \*\*(\d+)\*\*/.exec(text("docs/native-abi.md"))?.[1],
  };
  return [
    ...(VERSION.test(ours) ? [] : [`package.json has ${JSON.stringify(ours)}, which is no semantic version.`]),
    ...(native === ours ? [] : [`native/Cargo.toml has ${native}, package.json ${ours}.`]),
    ...(changed === ours ? [] : [`The newest entry of CHANGELOG.md is ${changed}, package.json has ${ours}.`]),
    ...(new Set(Object.values(abi)).size === 1 && abi["native/src/lib.rs"] !== undefined
      ? []
      : [
          `The ABI version differs: ${Object.entries(abi)
            .map(([path, n]) => `${path} ${n ?? "none"}`)
            .join(", ")}.`,
        ]),
  ];
}
