/** The node port (src/node/port.ts) over the native library. */
import type { Node } from "../node/port.ts";
import { openBridge } from "./bridge.ts";
import { createCall } from "./call.ts";
import { type NodeConfig, nodeConfigJson } from "./config.ts";
import { FfiError } from "./errors.ts";
import { createEventStream } from "./event-stream.ts";
import { channelReplies } from "./schema-channel.ts";
import { parseEvent } from "./schema-event.ts";
import { nodeReplies } from "./schema-node.ts";
import { paymentReplies } from "./schema-payment.ts";
import type { NativeLibrary } from "./symbols.ts";

const replies = { ...nodeReplies, ...channelReplies, ...paymentReplies };

/** A node, and what the library around it can do besides. */
export interface NativeNode extends Node {
  /** Writes `state` to the service manager's socket (`sd_notify(3)`). @throws FfiError */
  notifyManager(socket: string, state: string): Promise<void>;
}

/**
 * Checks the configuration and locks the data directory; `start` then builds and starts the node.
 * @param seed 64 bytes instead of the data directory's `keys_seed`; left as they are, no other copy stays on this side
 * @throws FfiError `bad_config`, `data_dir_unwritable`, `data_dir_in_use` (`detail` is the other process's id)
 */
export async function openNode(config: NodeConfig, library: NativeLibrary, seed?: Uint8Array): Promise<NativeNode> {
  const listeners = new Set<() => void>();
  const events = createEventStream(async (seq) => {
    await call("event.ack", { seq });
  });
  const waitingForEnd = new Set<() => void>();
  let broken = false;

  /** The last message of a run: nothing of it can arrive after, so nothing of it can be taken for the next run's. */
  function ended(): void {
    events.end();
    for (const resolve of waitingForEnd) resolve();
    waitingForEnd.clear();
  }

  async function endWith(method: "node.stop" | "node.kill"): Promise<void> {
    const end = new Promise<void>((resolve) => waitingForEnd.add(resolve));
    await call(method);
    await end;
  }

  function changed(): void {
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        reportError(error); // a listener's fault must not keep the next message from being read
      }
    }
  }

  const onNotification: Readonly<Record<string, (params: unknown) => void>> = {
    changed,
    closed() {
      ended();
      changed();
    },
    event(params) {
      try {
        const { seq, event } = parseEvent(params);
        events.push(seq, event);
      } catch (error) {
        // Not acknowledged, so nothing is lost; but nothing after it can come either.
        events.fail(error instanceof FfiError ? error : new FfiError("internal", String(error), { cause: error }));
      }
      changed();
    },
  };

  const bridge = openBridge(
    library,
    nodeConfigJson(config),
    {
      notify(method, params) {
        onNotification[method]?.(params);
      },
      fail(error) {
        broken = true;
        events.fail(error);
        ended();
        changed();
      },
    },
    seed,
  );
  const call = createCall(bridge, replies);

  async function shutDown(): Promise<void> {
    try {
      // Waited for here, where nothing blocks; ps_close would stop the node as well, on the only thread there is.
      if (!broken) await call("node.stop");
    } catch (error) {
      if (!(error instanceof FfiError && error.code === "node_not_running")) throw error;
    } finally {
      ended();
      await bridge.close();
      listeners.clear();
    }
  }
  let closing: Promise<void> | undefined;

  return {
    start() {
      events.reopen();
      return call("node.start");
    },
    stop: () => endWith("node.stop"),
    async kill() {
      events.end();
      await endWith("node.kill");
    },
    status: () => call("node.status"),
    balances: () => call("node.balances"),
    channels: async () => (await call("channel.list")).channels,
    peers: async () => (await call("peer.list")).peers,
    async connect(nodeId, address) {
      await call("peer.connect", { nodeId, address });
    },
    async disconnect(nodeId) {
      await call("peer.disconnect", { nodeId });
    },
    openChannel: (request) => call("channel.open", request),
    async closeChannel(userChannelId, counterparty) {
      await call("channel.close", { userChannelId, counterparty });
    },
    async forceCloseChannel(userChannelId, counterparty, reason) {
      await call("channel.force_close", { userChannelId, counterparty, reason });
    },
    async spliceIn(userChannelId, counterparty, amountSat) {
      await call("channel.splice_in", { userChannelId, counterparty, amountSat });
    },
    async spliceOut(userChannelId, counterparty, address, amountSat) {
      await call("channel.splice_out", { userChannelId, counterparty, address, amountSat });
    },
    newAddress: async () => (await call("onchain.address")).address,
    sendOnchain: (request) => call("onchain.send", request),
    createInvoice: (request) => call("invoice.create", request),
    createJitInvoice: (request) => call("invoice.create_jit", request),
    orderChannel: (request) => call("lsps1.create_order", request),
    channelOrder: (orderId) => call("lsps1.get_order", { orderId }),
    askLsp: ({ params, ...request }) => call("lsps.request", { ...request, params: { ...params } }),
    decodeInvoice: (invoice) => call("invoice.decode", { invoice }),
    payInvoice: (invoice, amountMsat) => call("invoice.pay", { invoice, amountMsat }),
    createOffer: (request) => call("offer.create", request),
    payOffer: (offer, amountMsat) => call("offer.pay", { offer, amountMsat }),
    keysend: (request) => call("keysend.send", { ...request, records: request.records ?? [] }),
    payments: async () => (await call("payment.list")).payments,
    payment: async (paymentId) => (await call("payment.get", { paymentId })).payment,
    sign: async (message) => (await call("message.sign", { message })).signature,
    verify: async (message, signature, nodeId) => (await call("message.verify", { message, signature, nodeId })).valid,
    sync: () => call("wallet.sync"),
    async backup(path) {
      await call("node.backup", { path });
    },
    checkSource: () => call("source.check"),
    findPayouts: (from) => call("payouts.find", { from }),
    sweepPayouts: ({ outputs, ...rest }) =>
      call("payouts.sweep", {
        outputs: outputs.map(({ script, txid, vout, amountSat }) => ({ script, txid, vout, amountSat })),
        ...rest,
      }),
    async notifyManager(socket, state) {
      await call("service.notify", { socket, state });
    },
    log: async (request) => (await call("log.tail", request)).lines,
    events: () => events.read(),
    onChange(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close() {
      closing ??= shutDown();
      return closing;
    },
  };
}
