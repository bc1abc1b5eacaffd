/** The native library inside an executable; scripts/build/executable.ts puts this module's twin in its place. */

export interface EmbeddedLibrary {
  /** Readable with node:fs, though on no disk. */
  file: string;
  /** Of its bytes, lower-case hex. */
  sha256: string;
  bytes: number;
}

export const embeddedLibrary: EmbeddedLibrary | undefined = undefined;
