import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FfiError } from "../../src/ffi/errors.ts";
import { findLibrary, loadLibrary } from "../../src/ffi/library.ts";
import { ABI_VERSION } from "../../src/ffi/symbols.ts";

const dir = realpathSync(mkdtempSync(join(tmpdir(), "peer-stables-library-")));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const extension = process.platform === "darwin" ? "dylib" : "so";
const packageName = `@peer-stables/native-${process.platform}-${process.arch}`;

function root(name: string): string {
  const path = join(dir, name);
  mkdirSync(path, { recursive: true });
  return path;
}

function refusal(run: () => unknown): FfiError {
  try {
    run();
  } catch (error) {
    if (error instanceof FfiError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

test("with none anywhere every place and the remedy are named", () => {
  const empty = root("empty");
  const error = refusal(() => findLibrary({ env: {}, root: empty }));
  expect(error.code).toBe("library_missing");
  for (const place of ["PEER_STABLES_LIBRARY", join(empty, "native"), packageName, "bun run setup"])
    expect(error.message).toContain(place);
});

test("the override goes before the build in the tree, that before the package", () => {
  const home = root("full");
  const packaged = join(home, "node_modules", packageName);
  mkdirSync(packaged, { recursive: true });
  writeFileSync(
    join(packaged, "package.json"),
    JSON.stringify({ name: packageName, version: "1.0.0", main: `lib.${extension}` }),
  );
  const inPackage = join(packaged, `lib.${extension}`);
  writeFileSync(inPackage, "abc");
  const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2, B.1
  writeFileSync(join(packaged, "checksum.json"), JSON.stringify({ sha256, bytes: 3, abi: ABI_VERSION }));
  expect(findLibrary({ env: {}, root: home })).toBe(inPackage);
  writeFileSync(inPackage, "abd");
  expect(refusal(() => findLibrary({ env: {}, root: home })).message).toContain("is not what was released");
  rmSync(join(packaged, "checksum.json"));
  expect(refusal(() => findLibrary({ env: {}, root: home })).message).toContain("install it anew");

  const built = join(home, "native/target/release");
  mkdirSync(built, { recursive: true });
  writeFileSync(join(built, `libpeer_stables_native.${extension}`), "");
  expect(findLibrary({ env: {}, root: home })).toBe(join(built, `libpeer_stables_native.${extension}`));

  const own = join(home, "own.so");
  writeFileSync(own, "");
  expect(findLibrary({ env: { PEER_STABLES_LIBRARY: own }, root: home })).toBe(own);
});

test("an override that is not there is an error, whatever else there is", () => {
  const error = refusal(() => findLibrary({ env: { PEER_STABLES_LIBRARY: "/no/such/library.so" } }));
  expect(error.code).toBe("library_missing");
  expect(error.message).toContain("/no/such/library.so");
});

test("a file that is no library is refused in the loader's words", () => {
  const path = join(dir, `text.${extension}`);
  writeFileSync(path, "this is no library");
  const error = refusal(() => loadLibrary({ env: { PEER_STABLES_LIBRARY: path } }));
  expect(error.code).toBe("library_missing");
  expect(error.message).toContain(path);
  expect(error.cause).toBeInstanceOf(Error);
  if (error.cause instanceof Error) expect(error.message).toContain(error.cause.message);
});

test("another ABI version is refused, naming both and the path", () => {
  const error = refusal(() => loadLibrary({ abi: ABI_VERSION + 1 }));
  expect(error.code).toBe("library_abi");
  expect(error.message).toContain(`ABI version ${ABI_VERSION}`);
  expect(error.message).toContain(`needs ${ABI_VERSION + 1}`);
  expect(error.message).toContain(findLibrary());
});

test("the library loads, once", () => {
  const env = { PEER_STABLES_LIBRARY: findLibrary() };
  expect(loadLibrary({ env })).toBe(loadLibrary({ env }));
});
