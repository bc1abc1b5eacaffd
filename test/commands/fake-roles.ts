/** Exchange, user and LSP over the network in memory, each with the context its commands run in. */
import type { Outcome } from "../../src/commands/command.ts";
import type { CommandContext, DeskInvoice, LspContact } from "../../src/commands/context.ts";
import { parseLine } from "../../src/commands/parse.ts";
import { until } from "../../src/commands/until.ts";
import { CodedError, type ErrorCode } from "../../src/errors.ts";
import type { Payment, Role } from "../../src/node/port.ts";
import { createFeed } from "../../src/price/feed.ts";
import type { PriceFeed } from "../../src/price/port.ts";
import type { PriceSpec } from "../../src/price/spec.ts";
import { msat, price, sat } from "../../src/stable/units.ts";
import { createNetwork, type FakeNetwork, type FakeWallet } from "./fake-network.ts";
import { createNode } from "./fake-node.ts";
import { createStable, type FakeStable } from "./fake-stable.ts";
import { createStore, type FakeStore } from "./fake-store.ts";
import { type HurriedClock, hurriedClock } from "./hurried-clock.ts";

export const roles: readonly Role[] = ["exchange", "user", "lsp"];
export const nodeIds: Record<Role, string> = {
  exchange: `02${"e1".repeat(32)}`,
  user: `03${"a5".repeat(32)}`,
  lsp: `02${"15".repeat(32)}`,
};
export const LSP_ADDRESS = "127.0.0.1:9737";

export interface FakeRole {
  wallet: FakeWallet;
  store: FakeStore;
  context: CommandContext;
}

export interface FakeRoles {
  clock: HurriedClock;
  network: FakeNetwork;
  stable: FakeStable;
  price: PriceFeed;
  of: Record<Role, FakeRole>;
  /** What `getjitinvoice` is told of the LSP; undefined for none. */
  lsp: { contact: LspContact | undefined; others: LspContact[] };
  run(role: Role, line: string): Promise<Outcome["result"]>;
  /** The error that a line ends in. */
  fails(role: Role, line: string): Promise<{ code: ErrorCode; message: string }>;
}

const atHundredThousand: PriceSpec = { source: "fixed", price: price(100_000_000_000n) };

/** All three with empty wallets, at $100,000; with a live source, which nobody starts, without any price. */
export function createRoles(spec = atHundredThousand): FakeRoles {
  const clock = hurriedClock();
  const now = () => Math.floor(clock.wallMs() / 1000);
  const network = createNetwork(now);
  const feed = createFeed({ spec, clock });
  const stable = createStable(network, feed);
  feed.onUpdate(() => stable.onPrice());
  const newest: DeskInvoice[] = [];
  const lsp: FakeRoles["lsp"] = { contact: { nodeId: nodeIds.lsp, address: LSP_ADDRESS }, others: [] };

  function create(role: Role): FakeRole {
    const wallet = network.join(nodeIds[role], role);
    const node = createNode(network, wallet, nodeIds.lsp);
    const store = createStore(now);
    const ended = (payment: Payment | undefined) => (payment?.status === "pending" ? undefined : payment);
    const context: CommandContext = {
      role,
      network: "regtest",
      node,
      stable: stable.port(nodeIds[role]),
      price: feed,
      store,
      chain: () => ({ source: "bitcoind=http://127.0.0.1:18443", state: "ok", tipHeight: network.height }),
      jitDesk: { publish: async (invoice) => void newest.push(invoice), newest: async () => newest.at(-1) },
      lsp: async () => (role === "lsp" ? undefined : lsp.contact),
      lsps: async () => (lsp.contact === undefined ? [] : [lsp.contact, ...lsp.others]),
      async chooseLsp(chosen) {
        const known = lsp.contact === undefined ? lsp.others : [lsp.contact, ...lsp.others];
        lsp.others = known.filter((one) => one.nodeId !== chosen.nodeId);
        lsp.contact = chosen;
      },
      async paymentOutcome(paymentId, timeoutMs) {
        const { onChange } = node;
        const payment = await until(async () => ended(await node.payment(paymentId)), { onChange, clock, timeoutMs });
        if (payment === undefined) return { status: "pending" };
        if (payment.status === "failed") return { status: "failed", reason: "no route was found" };
        return { status: "succeeded", feePaidMsat: payment.feePaidMsat ?? msat(0n) };
      },
      saveBackup: async (target) => ({ path: `/backups/${target}`, channels: 1, files: 3, madeAt: now() }),
      saveEvidence: async (_id, file) => ({ file, sha256: "00".repeat(32) }),
      aliasOf: (nodeId) => roles.find((name) => nodeIds[name] === nodeId),
      now,
      clock,
    };
    return { wallet, store, context };
  }

  const of = { exchange: create("exchange"), user: create("user"), lsp: create("lsp") };
  const run: FakeRoles["run"] = async (role, line) => {
    const parsed = parseLine(line, [role]);
    return (await parsed.call.run(of[role].context)).result;
  };
  return {
    clock,
    network,
    stable,
    price: feed,
    of,
    lsp,
    run,
    async fails(role, line) {
      try {
        await run(role, line);
      } catch (error) {
        if (error instanceof CodedError) return { code: error.code, message: error.message };
        throw error;
      }
      throw new Error(`${role} ${line} did not fail`);
    },
  };
}

/** Both funded, and a ready channel of 500,000 sat from the exchange to the LSP. */
export async function routed(spec = atHundredThousand): Promise<FakeRoles> {
  const fake = createRoles(spec);
  fake.of.lsp.wallet.onchainSat = 100_000_000n;
  fake.of.exchange.wallet.onchainSat = 100_000_000n;
  await fake.run("exchange", "openchannel");
  fake.network.mine(6);
  await fake.of.user.context.node.connect(nodeIds.lsp, LSP_ADDRESS);
  return fake;
}

/** The user's first channel is there: 50,000 sat on each side. */
export async function onboarded(spec = atHundredThousand): Promise<FakeRoles> {
  const fake = await routed(spec);
  await fake.run("user", "getjitinvoice");
  await fake.run("exchange", "payjitinvoice");
  await until(async () => ((await fake.of.user.context.node.channels())[0]?.usable === true ? true : undefined), {
    onChange: fake.of.user.context.node.onChange,
    clock: fake.clock,
    timeoutMs: 10_000,
  });
  return fake;
}

/** What an LSP on this machine would say of itself. */
export function localTerms(spendableSat: bigint): NonNullable<LspContact["local"]> {
  return {
    spendableSat: sat(spendableSat),
    overProvisioningPpm: 1_000_000,
    minPaymentMsat: msat(1_000_000n),
    maxPaymentMsat: msat(100_000_000_000n),
  };
}
