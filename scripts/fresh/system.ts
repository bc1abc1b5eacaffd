/** What is asked of the system while a clean machine is made and used. */

/** @throws Error with the command's last words */
export async function run(command: readonly string[]): Promise<string> {
  const { exitCode, output } = await finished(Bun.spawn([...command], { stdio: ["ignore", "pipe", "pipe"] }));
  if (exitCode === 0) return output;
  throw new Error(`${command.join(" ").slice(0, 160)} ended with ${exitCode}: ${output.trim().slice(-600)}`);
}

/** Runs a command and repeats what it says as it comes. */
export function stream(
  command: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<{ exitCode: number; output: string }> {
  const child = Bun.spawn([...command], { ...options, stdio: ["ignore", "pipe", "pipe"] });
  return finished(child, (bytes) => process.stdout.write(bytes));
}

async function finished(
  child: Bun.Subprocess<"ignore", "pipe", "pipe">,
  onBytes?: (bytes: Uint8Array) => unknown,
): Promise<{ exitCode: number; output: string }> {
  const decoder = new TextDecoder();
  let output = "";
  async function gather(from: ReadableStream<Uint8Array>): Promise<void> {
    for await (const bytes of from) {
      onBytes?.(bytes);
      output += decoder.decode(bytes, { stream: true });
    }
  }
  await Promise.all([gather(child.stdout), gather(child.stderr)]);
  return { exitCode: await child.exited, output };
}

/** A command inside a root, with processes and mounts of its own that end with it. @param user `uid:gid` */
export function inRoot(root: string, user: string, command: readonly string[]): string[] {
  const enter = `mount --make-rprivate / && mount -t proc proc "$0/proc" && exec chroot --userspec=${user} "$0" "$@"`;
  return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", enter, root, ...command];
}

/** The committed files of the project, as a newcomer's clone has them. @throws Error outside a clone */
export async function unpackProject(project: string, to: string): Promise<void> {
  const archive = Bun.spawn(["git", "archive", "HEAD"], { cwd: project, stdio: ["ignore", "pipe", "inherit"] });
  const unpack = Bun.spawn(["tar", "-x", "-C", to], { stdio: [archive.stdout, "inherit", "inherit"] });
  if ((await archive.exited) !== 0 || (await unpack.exited) !== 0)
    throw new Error("the committed files could not be had");
}
