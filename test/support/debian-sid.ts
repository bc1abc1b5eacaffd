/**
 * bitcoind from Debian sid's package bitcoin-knots, unpacked into a folder of our own and run by the loader and the
 * libraries it was built for. Nothing is installed into the system; apt verifies every file it fetches.
 */
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Why there is no bitcoind and how to get one, in one sentence. */
export class BitcoindMissing extends Error {
  override readonly name = "BitcoindMissing";
}

const PACKAGE = "bitcoin-knots";
const DEBIAN = "http://deb.debian.org/debian";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

interface Archive {
  uri: string;
  signedBy?: string;
}

/** Both formats of apt's sources: `Key: value` blocks (deb822) and `deb [options] uri suite components` lines. */
export function readAptSources(text: string): Archive[] {
  const archives: Archive[] = [];
  for (const block of text.split(/\n\s*\n/)) {
    const field = (name: string): string | undefined => new RegExp(`^${name}:\\s*(\\S+)`, "mi").exec(block)?.[1];
    const uri = field("URIs");
    const signedBy = field("Signed-By");
    if (uri) archives.push({ uri, ...(signedBy?.startsWith("/") && { signedBy }) });
  }
  for (const [, options = "", uri = ""] of text.matchAll(/^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s/gm)) {
    const signedBy = /signed-by=(\S+)/.exec(options)?.[1];
    archives.push({ uri, ...(signedBy && { signedBy }) });
  }
  return archives;
}

/** The machine's own way to Debian's main archive, which may be a mirror; the public one where its key is at hand. */
function debianArchive(): Archive | undefined {
  const files = ["/etc/apt/sources.list", ...globSync("/etc/apt/sources.list.d/*.{list,sources}")];
  const archives = files
    .filter((file) => existsSync(file))
    .flatMap((file) => readAptSources(readFileSync(file, "utf8")));
  const own = archives.find(({ uri }) => /\/debian\/?$/.test(uri));
  return own ?? (existsSync(KEYRING) ? { uri: DEBIAN, signedBy: KEYRING } : undefined);
}

async function run(command: string[]): Promise<void> {
  const child = Bun.spawn(command, {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (child.exitCode !== 0) {
    throw new BitcoindMissing(
      `${command.at(0)} ended with ${child.exitCode} while fetching ${PACKAGE}: ${`${output}${errors}`.trim().slice(-600)}`,
    );
  }
}

/** Downloads the package and all it depends on, as if nothing were installed, into `<folder>/archives`. */
async function download(folder: string, archive: Archive): Promise<string[]> {
  const apt = join(folder, "apt");
  for (const name of ["lists/partial", "cache/archives/partial", "empty"])
    mkdirSync(join(apt, name), { recursive: true });
  writeFileSync(join(apt, "status"), "");
  const option = archive.signedBy ? `[signed-by=${archive.signedBy}] ` : "";
  writeFileSync(join(apt, "sources.list"), `deb ${option}${archive.uri} sid main\n`);
  const settings = {
    "Dir::Etc::SourceList": join(apt, "sources.list"),
    "Dir::Etc::SourceParts": join(apt, "empty"),
    "Dir::Etc::Preferences": join(apt, "empty/none"),
    "Dir::Etc::PreferencesParts": join(apt, "empty"),
    "Dir::State": apt,
    "Dir::State::Lists": join(apt, "lists"),
    "Dir::State::Status": join(apt, "status"),
    "Dir::Cache": join(apt, "cache"),
    // apt's own user could not write into our folder.
    "APT::Sandbox::User": "root",
    "APT::Install-Recommends": "false",
    "Acquire::Languages": "none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    "Acquire::Retries": "2",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  await run(["apt-get", ...options, "--quiet", "update"]);
  await run(["apt-get", ...options, "--quiet", "--yes", "--download-only", "install", PACKAGE]);
  return globSync(join(apt, "cache/archives/*.deb"));
}

/** How to run what is unpacked in `folder`, if it is. */
export function unpackedBitcoind(folder: string): string[] | undefined {
  const bitcoind = join(folder, "usr/bin/bitcoind");
  const loader = globSync(join(folder, "usr/lib/*/ld-linux-*.so.*")).at(0);
  if (!loader || !existsSync(bitcoind)) return undefined;
  return [loader, "--library-path", join(loader, ".."), bitcoind];
}

/**
 * Fetches bitcoind into `folder`, whole or not at all (some 30 MB, ten seconds).
 * @throws BitcoindMissing where there is no apt, no way to Debian's archive, or the fetch fails
 */
export async function fetchFromSid(folder: string): Promise<string[]> {
  for (const tool of ["apt-get", "dpkg-deb"]) {
    if (!Bun.which(tool)) throw new BitcoindMissing(`there is no ${tool} to fetch it from Debian with`);
  }
  const archive = debianArchive();
  if (!archive) throw new BitcoindMissing(`apt's sources name no Debian archive and ${KEYRING} is missing`);
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  const root = join(partial, "root");
  mkdirSync(root, { recursive: true });
  for (const file of await download(partial, archive)) await run(["dpkg-deb", "-x", file, root]);
  const command = unpackedBitcoind(root);
  if (!command) throw new BitcoindMissing(`${PACKAGE} and what it needs hold no usr/bin/bitcoind or no loader for it`);
  await run([...command, "-version"]);
  rmSync(folder, { recursive: true, force: true });
  renameSync(root, folder);
  rmSync(partial, { recursive: true, force: true });
  const moved = unpackedBitcoind(folder);
  if (!moved) throw new BitcoindMissing(`${folder} vanished while it was being unpacked`);
  return moved;
}
