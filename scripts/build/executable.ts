/** One file that runs everything: Bun, the program and the native library. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BunPlugin } from "bun";

export interface ExecutableOptions {
  root: string;
  /** The native library to carry, built for the target. */
  library: string;
  outfile: string;
  /** Another machine than this one, e.g. `bun-linux-arm64`; Bun fetches its runtime for it. */
  target?: Bun.Build.CompileTarget;
}

/** @throws AggregateError with what the bundler says */
export async function buildExecutable({ root, library, outfile, target }: ExecutableOptions): Promise<void> {
  await Bun.build({
    entrypoints: [join(root, "src/main.tsx")],
    compile: {
      outfile,
      // The folder it is started in must not change what it does.
      autoloadDotenv: false,
      autoloadBunfig: false,
      ...(target === undefined ? {} : { target }),
    },
    minify: { whitespace: true, syntax: true },
    sourcemap: "none",
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [carried(resolve(library)), bundledInk()],
  });
}

/** The program as one file of JavaScript for Bun, which finds its library in the package of its platform. */
export async function bundleProgram(root: string): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(root, "src/main.tsx")],
    target: "bun",
    minify: { whitespace: true, syntax: true },
    sourcemap: "none",
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [bundledInk()],
    root,
  });
  const [main, ...others] = outputs;
  if (main === undefined || others.length > 0)
    throw new Error(`The bundle has ${outputs.length} files instead of one.`);
  return main.text();
}

/** src/ffi/embedded-library.ts with the library in it. */
function carried(library: string): BunPlugin {
  const sha256 = createHash("sha256").update(readFileSync(library)).digest("hex");
  const contents = `
    import file from ${JSON.stringify(library)} with { type: "file" };
    export const embeddedLibrary = { file, sha256: "${sha256}", bytes: ${statSync(library).size} };`;
  return {
    name: "carried library",
    setup(build) {
      build.onLoad({ filter: /src\/ffi\/embedded-library\.ts$/ }, () => ({ contents, loader: "ts" }));
    },
  };
}

/**
 * Two things the bundler can't take as they are: Ink's development tools, which ask for a package that is not
 * installed, and ink-table, which is CommonJS and requires Ink, a module with a top-level await.
 */
function bundledInk(): BunPlugin {
  return {
    name: "bundled ink",
    setup(build) {
      build.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: "none" }));
      build.onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "export default {};", loader: "js" }));
      build.onLoad({ filter: /src\/tui\/result-rows\.tsx$/ }, ({ path }) => ({
        contents: replaced(path, [[/const \{ default: Table \}(: .*?) = require\("ink-table"\);/, tableImport]]),
        loader: "tsx",
      }));
      build.onLoad({ filter: /node_modules\/ink-table\/dist\/index\.js$/ }, ({ path }) => ({
        contents: replaced(path, [
          [
            'const react_1 = __importDefault(require("react"));',
            'import react from "react"; const react_1 = { default: react };',
          ],
          ['const ink_1 = require("ink");', 'import * as ink_1 from "ink";'],
          ['const object_hash_1 = require("object-hash");', 'import object_hash_1 from "object-hash";'],
          ['"use strict";', "const exports = {};"],
          [/$/, "\nexport default exports.default;\n"],
        ]),
        loader: "js",
      }));
    },
  };
}

const tableImport = 'import inkTable from "ink-table"; const Table$1 = inkTable;';

/** @throws Error where a file is not any more what this was written for */
function replaced(path: string, pairs: readonly (readonly [string | RegExp, string])[]): string {
  return pairs.reduce(
    (text, [from, to]) => {
      if (typeof from === "string" ? !text.includes(from) : !from.test(text)) {
        throw new Error(`${path} has no ${from} to be replaced; adapt scripts/build/executable.ts.`);
      }
      return text.replace(from, to);
    },
    readFileSync(path, "utf8"),
  );
}
