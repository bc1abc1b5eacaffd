/** A role's folder held without a node in it, so that no role starts on it meanwhile. */
import { openNode } from "../ffi/node.ts";
import type { NativeLibrary } from "../ffi/symbols.ts";
import { namingHolder } from "./data-folders.ts";

/**
 * The lock is the native library's, which takes it before it would build a node; none is built here, so neither chain
 * nor seed are ever used.
 *
 * @returns the way to let go @throws FfiError, AppError `data_dir_in_use`
 */
export async function holdFolder(folder: string, library: NativeLibrary): Promise<() => Promise<void>> {
  const chain = { kind: "bitcoind", host: "127.0.0.1", port: 1, user: "-", password: "-" } as const;
  const held = await openNode({ dataDir: folder, network: "regtest", chain }, library, new Uint8Array(64)).catch(
    (error: unknown) => {
      throw namingHolder(error, folder, folder);
    },
  );
  return () => held.close();
}
