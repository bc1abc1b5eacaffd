/**
 * A node can be killed at any moment, but LDK gives a channel up whose monitor was written and the manager of the same
 * moment not (docs/kills.md). Tests of something else kill when that can't be.
 */
import { join } from "node:path";
import type { Role } from "../../src/node/port.ts";
import { untilQuiet } from "./books.ts";
import type { Playing } from "./stage.ts";
import { until } from "./until.ts";

/** Rows are replaced, so the newest has the highest number. Blocks have whole monitors written anew, without a manager. */
const QUERY = `
  SELECT (SELECT max(rowid) FROM ldk_node_data WHERE key = 'manager')
       > (SELECT ifnull(max(rowid), 0) FROM ldk_node_data WHERE primary_namespace = 'monitor_updates')`;
const PROGRAM = `
  import { Database } from "bun:sqlite";
  const [, path, query] = process.argv;
  process.exit(new Database(path, { readonly: true }).query(query).values()[0][0] === 1 ? 0 : 10);`;

/** Until a node has written its manager after its monitors. @param folder the role's own */
export async function untilSaved(folder: string): Promise<void> {
  await until(async () => {
    // In a process of its own: a second SQLite in this one would let go of the node's locks (howtocorrupt.html, 2.2).
    const asked = Bun.spawn([process.execPath, "-e", PROGRAM, join(folder, "ldk_node_data.sqlite"), QUERY], {
      stderr: "pipe",
    });
    const code = await asked.exited;
    if (code !== 0 && code !== 10) throw new Error(await asked.stderr.text());
    return code === 0;
  });
}

/** Ends a role as a pulled plug does, with nothing under way. */
export async function killQuiet(playing: Playing, role: Role): Promise<void> {
  await untilQuiet(playing);
  await untilSaved(playing.folder(role));
  await playing.run(`kill ${role}`);
}
