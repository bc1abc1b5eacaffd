/**
 * What a command may touch: ports, never implementations. `src/app` wires them to a running role. Types only.
 */
import type { Clock } from "../clock.ts";
import type { StablePort } from "../engine/port.ts";
import type { ProviderPort } from "../lsp/port.ts";
import type { ChainView } from "../node/chain-view.ts";
import type { Network, Node, Role } from "../node/port.ts";
import type { PriceFeed } from "../price/port.ts";
import type { LedgerStore } from "../stable/ledger.ts";
import type { Msat, Sat } from "../stable/units.ts";

export type {
  AgreementView,
  CarryOverView,
  CheckAction,
  CheckView,
  ConversionFee,
  StablePort,
} from "../engine/port.ts";

export type PaymentOutcome =
  | { status: "succeeded"; feePaidMsat: Msat }
  | { status: "failed"; reason: string }
  | { status: "pending" };

export interface LspContact {
  nodeId: string;
  /** host:port */
  address: string;
  token?: string;
  /**
   * What an LSP on this machine says of itself: what it could put into a new channel now, and its terms. Unset for a
   * distant one.
   */
  local?: { spendableSat: Sat; overProvisioningPpm: number; minPaymentMsat: Msat; maxPaymentMsat: Msat };
}

export interface DeskInvoice {
  invoice: string;
  /** Not where a channel had room enough: then its LSP needs nothing for it. */
  opensChannel: boolean;
}

/** JIT invoices made on this machine, newest last, so that an exchange here can pay the newest without typing it. */
export interface JitDesk {
  publish(invoice: DeskInvoice): Promise<void>;
  newest(): Promise<DeskInvoice | undefined>;
}

export interface CommandContext {
  role: Role;
  network: Network;
  node: Node;
  /** How it stands with the node's chain source. */
  chain(): ChainView;
  stable: StablePort;
  price: PriceFeed;
  store: LedgerStore;
  jitDesk: JitDesk;
  /** The LSP this role uses by default, given by flag or found on this machine. */
  lsp(): Promise<LspContact | undefined>;
  /** An LSP's own offer; only with that role. */
  provider?: ProviderPort;
  /** All that are known, the one in use first. */
  lsps(): Promise<LspContact[]>;
  /** Makes it the one in use from the next command on, durably: the node is opened again for it. */
  chooseLsp(lsp: Pick<LspContact, "nodeId" | "address">): Promise<void>;
  /** Resolves once the node says how a payment ended, or "pending" after the time. */
  paymentOutcome(paymentId: string, timeoutMs: number): Promise<PaymentOutcome>;
  /**
   * Writes what proves an agreement's book to a new file, 0600.
   * @throws `unknown_agreement`; `bad_argument` where the file can't be made
   */
  saveEvidence(agreementId: string, file: string): Promise<{ file: string; sha256: string }>;
  /**
   * A checked copy of everything this role keeps, in a new folder, 0700, or a new file, 0600, while it goes on.
   * @throws `bad_argument` where it is there already; `store_failure`
   */
  saveBackup(target: string): Promise<{ path: string; channels: number; files: number; madeAt: number }>;
  /** A name for a node id where one is known ("lsp", an alias), already free of control characters. */
  aliasOf(nodeId: string): string | undefined;
  /** Unix seconds. */
  now(): number;
  /** For waits and for how long something took. */
  clock: Clock;
}

/** What only scripts and the demo may do: the chain, the clock of prices, and the power switch of each role. */
export interface World {
  roles: readonly Role[];
  faucet(role: Role, amountSat: Sat): Promise<{ txid: string }>;
  mine(blocks: number): Promise<{ height: number }>;
  reorg(depth: number): Promise<{ height: number }>;
  kill(role: Role): Promise<void>;
  start(role: Role): Promise<void>;
}
