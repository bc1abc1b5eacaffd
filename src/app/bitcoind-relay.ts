/**
 * Between LDK's RPC client (lightning-block-sync 0.2) and a bitcoind. That client waits five minutes for an answer: a
 * bitcoind that fell silent without a word (a suspended machine, a forgotten entry in a router) would keep the node from
 * the chain for as long, however soon it is back. So its connections go over a port of ours on loopback, where silence
 * ends them sooner.
 */
import { connect } from "node:net";
import type { Clock } from "../clock.ts";
import { type LoopbackRelay, openLoopbackRelay } from "./loopback-relay.ts";

/** A block of several megabytes begins to come sooner, even from a machine that is busy with others. */
const SILENCE_MS = 15_000;

export function openBitcoindRelay(host: string, port: number, clock: Clock): Promise<LoopbackRelay> {
  return openLoopbackRelay(
    () => connect(port, host),
    ({ client, upstream, fail, well }) => {
      let cancel = () => {};
      const wait = () => {
        cancel();
        cancel = clock.after(SILENCE_MS, () => fail(`no answer within ${SILENCE_MS / 1000} s`));
      };
      client.on("data", (bytes) => {
        wait();
        upstream.write(bytes);
      });
      upstream.on("data", (bytes) => {
        cancel();
        well();
        client.write(bytes);
      });
      return () => cancel();
    },
  );
}
