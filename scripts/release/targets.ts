/** The platforms a release has packages for. */

export interface Target {
  /** As in process.platform and process.arch, and in the package's name. */
  platform: "linux" | "darwin";
  arch: "x64" | "arm64";
  /** Which C library npm has to find. */
  libc?: "glibc";
  /** Bun's package for it. */
  bun: string;
  rust: string;
  library: string;
  /** How the library is built on a machine that is not of this kind; unset where that is not done. */
  cross?: string;
}

export const targets: readonly Target[] = [
  {
    platform: "linux",
    arch: "x64",
    libc: "glibc",
    bun: "@oven/bun-linux-x64",
    rust: "x86_64-unknown-linux-gnu",
    library: "libpeer_stables_native.so",
  },
  {
    platform: "linux",
    arch: "arm64",
    libc: "glibc",
    bun: "@oven/bun-linux-aarch64",
    rust: "aarch64-unknown-linux-gnu",
    library: "libpeer_stables_native.so",
    cross: "rustup target add aarch64-unknown-linux-gnu, and gcc-aarch64-linux-gnu with g++",
  },
  {
    platform: "darwin",
    arch: "x64",
    bun: "@oven/bun-darwin-x64",
    rust: "x86_64-apple-darwin",
    library: "libpeer_stables_native.dylib",
  },
  {
    platform: "darwin",
    arch: "arm64",
    bun: "@oven/bun-darwin-aarch64",
    rust: "aarch64-apple-darwin",
    library: "libpeer_stables_native.dylib",
  },
];

export const packageName = ({ platform, arch }: Pick<Target, "platform" | "arch">): string =>
  `@peer-stables/native-${platform}-${arch}`;

export function isThisMachine({ platform, arch }: Target): boolean {
  return platform === process.platform && arch === process.arch;
}
