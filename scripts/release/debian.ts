/** The Debian package of a release: the executable with its manual page, completions and service unit. */
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { manualFiles } from "../manual-files.ts";
import type { Target } from "./targets.ts";

const NAME = "peer-stables";

/** Debian's names of the machines a release is built for. */
const architectures: Readonly<Record<Target["arch"], string>> = { x64: "amd64", arm64: "arm64" };

/** Where each file lies, and where it comes from in the sources. */
const copied: Readonly<Record<string, string>> = {
  "usr/lib/systemd/system/peer-stables@.service": "packaging/peer-stables@.service",
  "usr/lib/sysusers.d/peer-stables.conf": "packaging/debian/sysusers.conf",
  "usr/lib/tmpfiles.d/peer-stables.conf": "packaging/debian/tmpfiles.conf",
  "usr/share/doc/peer-stables/copyright": "packaging/debian/copyright",
  "DEBIAN/postinst": "packaging/debian/postinst",
  "DEBIAN/prerm": "packaging/debian/prerm",
  "DEBIAN/postrm": "packaging/debian/postrm",
};
const completions: Readonly<Record<string, string>> = {
  "usr/share/bash-completion/completions/peer-stables": "docs/man/peer-stables.bash",
  "usr/share/zsh/vendor-completions/_peer-stables": "docs/man/peer-stables.zsh",
  "usr/share/fish/vendor_completions.d/peer-stables.fish": "docs/man/peer-stables.fish",
};

/** The GCC, and with it Debian's libstdc++6, that first had these symbols (gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html). */
const libstdcxx: Readonly<Record<string, string>> = {
  "3.4.28": "9.3",
  "3.4.29": "11",
  "3.4.30": "12",
  "3.4.31": "13.1",
  "3.4.32": "13.2",
  "3.4.33": "14",
  "3.4.34": "15",
};

export interface DebianOptions {
  /** The sources. */
  root: string;
  /** The folder for the package. */
  out: string;
  target: Target;
  /** What `bun run build` makes, for the target. */
  executable: string;
  /** As in SOURCE_DATE_EPOCH: seconds; nothing in the package is dated later. */
  dated: string;
  compression?: "zstd" | "none";
}

/** @returns the package's path @throws Error where there is no dpkg-deb, or with what it says */
export function packDebian(options: DebianOptions): string {
  const { root, out, target, executable, compression = "zstd" } = options;
  if (Bun.which("dpkg-deb") === null) throw new Error("A Debian package needs dpkg-deb, of Debian's package dpkg.");
  const architecture = architectures[target.arch];
  const file = join(out, `${NAME}_${packageJson.version}_${architecture}.deb`);
  const folder = mkdtempSync(join(tmpdir(), "peer-stables-deb-"));
  const at = (path: string): string => {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    return join(folder, path);
  };
  try {
    copyFileSync(executable, at("usr/bin/peer-stables"));
    const manual = manualFiles();
    for (const [to, from] of Object.entries(copied)) copyFileSync(join(root, from), at(to));
    for (const [to, from] of Object.entries(completions)) writeFileSync(at(to), manual[from] ?? "");
    const page = manual["docs/man/peer-stables.1"] ?? "";
    writeFileSync(at("usr/share/man/man1/peer-stables.1.gz"), Bun.gzipSync(Buffer.from(page), { level: 9 }));
    const changes = readFileSync(join(root, "CHANGELOG.md"));
    writeFileSync(at("usr/share/doc/peer-stables/changelog.gz"), Bun.gzipSync(changes, { level: 9 }));
    const files = globSync("usr/**", { cwd: folder }).filter((path) => statSync(join(folder, path)).isFile());
    writeFileSync(
      at("DEBIAN/md5sums"),
      files
        .sort()
        .map((path) => sumLine(folder, path))
        .join(""),
    );
    const bytes = files.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
    writeFileSync(at("DEBIAN/control"), control(architecture, Math.ceil(bytes / 1024), options));
    for (const path of ["usr/bin/peer-stables", "DEBIAN/postinst", "DEBIAN/prerm", "DEBIAN/postrm"]) {
      chmodSync(at(path), 0o755);
    }
    // Whatever umask this runs under.
    done(["chmod", "-R", "u=rwX,go=rX", folder]);
    done(["dpkg-deb", "--root-owner-group", `-Z${compression}`, "--build", folder, file], {
      ...process.env,
      SOURCE_DATE_EPOCH: options.dated,
    });
    return file;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sumLine(folder: string, path: string): string {
  const sum = createHash("md5")
    .update(readFileSync(join(folder, path)))
    .digest("hex");
  return `${sum}  ${path}\n`;
}

function control(architecture: string, kibibytes: number, { executable }: DebianOptions): string {
  return [
    `Package: ${NAME}`,
    // A pre-release comes before its release.
    `Version: ${packageJson.version.replace("-", "~")}`,
    `Architecture: ${architecture}`,
    "Maintainer: the peer-stables developers",
    `Installed-Size: ${kibibytes}`,
    `Depends: ${dependencies(executable).join(", ")}`,
    "Section: net",
    "Priority: optional",
    `Description: ${packageJson.description}`,
    " Two Lightning peers share a channel; one keeps a fixed dollar value, the other",
    " takes the bitcoin exposure, and whoever owes pays the other inside the channel.",
    " This is the program for either of them, with a service for systemd.",
    "",
  ].join("\n");
}

/** What Bun and the native library in it were linked against, in the oldest versions that have it. */
function dependencies(executable: string): string[] {
  const text = readFileSync(executable).toString("latin1");
  const glibc = newest(text, /GLIBC_(2\.\d+)\0/g) ?? "2.17";
  const cxx = newest(text, /GLIBCXX_(3\.4\.\d+)\0/g) ?? "3.4.28";
  const gcc = libstdcxx[cxx];
  if (gcc === undefined)
    throw new Error(`No GCC is known to have brought GLIBCXX_${cxx}; tell scripts/release/debian.ts.`);
  return [`libc6 (>= ${glibc})`, "libgcc-s1", `libstdc++6 (>= ${gcc})`];
}

function newest(text: string, version: RegExp): string | undefined {
  const found = [...text.matchAll(version)].map(([, one = ""]) => one);
  return found.sort((a, b) => Bun.semver.order(padded(a), padded(b))).at(-1);
}

/** Three parts, as semver has them. */
const padded = (version: string): string => (version.split(".").length < 3 ? `${version}.0` : version);

/** @throws Error with what the command said */
function done(command: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
  const { success, stderr } = Bun.spawnSync([...command], { env, stderr: "pipe" });
  if (!success) throw new Error(`${command[0]}: ${stderr.toString().trim()}`);
}
