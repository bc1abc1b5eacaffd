import { z } from "zod";
import type { Playing } from "./stage.ts";
import { until } from "./until.ts";

const channelsOf = z.object({ channels: z.array(z.object({ usable: z.boolean() })) });
const peersOf = z.object({ peers: z.array(z.object({ node_id: z.string(), connected: z.boolean() })) });

/** User and exchange have found the LSP again, as it stands after a restart too, and may send to it and receive from it. */
export async function untilConnected(playing: Playing): Promise<void> {
  const usable = async (role: string) =>
    channelsOf.parse(await playing.run(`${role} listallchannels`)).channels.every((channel) => channel.usable);
  const idOf = async (role: string) =>
    z.object({ node_id: z.string() }).parse(await playing.run(`${role} nodeinfo`)).node_id;
  const holds = async (role: string, peer: string) => {
    const { peers } = peersOf.parse(await playing.run(`${role} peers`));
    return peers.some(({ node_id, connected }) => node_id === peer && connected) && (await usable(role));
  };
  const lsp = await idOf("lsp");
  for (const role of ["user", "exchange"]) {
    const id = await idOf(role);
    // Who did not hang up may count a connection that is gone for a moment still; both ends have a new one only.
    await until(async () => (await holds("lsp", id)) && (await holds(role, lsp)));
  }
}
