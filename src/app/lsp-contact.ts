/**
 * How roles on one machine find each other without typing: the LSP leaves its contact, whoever makes a JIT invoice
 * leaves the invoice. Plain JSON files in the network's shared folder, replaced atomically, parsed when read.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { JitDesk, LspContact } from "../commands/context.ts";
import type { Node } from "../node/port.ts";
import { msat, sat } from "../stable/units.ts";
import type { LspOffice } from "./lsp-desk.ts";

const digits = z.string().regex(/^\d{1,19}$/);

const contactSchema = z.strictObject({
  node_id: z.string().regex(/^0[23][0-9a-f]{64}$/),
  address: z.string().min(3),
  spendable_sat: digits,
  over_provisioning_ppm: z.int().nonnegative(),
  min_payment_msat: digits,
  max_payment_msat: digits,
});

const deskSchema = z.array(z.strictObject({ invoice: z.string(), opens_channel: z.boolean() }));

const CONTACT = "lsp.json";
const INVOICES = "jit-invoices.json";
const KEPT_INVOICES = 20;

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // Not there yet, or being something else: both mean that nobody on this machine left one.
    return undefined;
  }
}

function replaceFile(path: string, value: unknown): void {
  const next = `${path}.${process.pid}.next`;
  writeFileSync(next, JSON.stringify(value), { mode: 0o600 });
  renameSync(next, path);
}

export function publishLspContact(shared: string, lsp: LspContact & { local: NonNullable<LspContact["local"]> }): void {
  replaceFile(join(shared, CONTACT), {
    node_id: lsp.nodeId,
    address: lsp.address,
    spendable_sat: lsp.local.spendableSat.toString(),
    over_provisioning_ppm: lsp.local.overProvisioningPpm,
    min_payment_msat: lsp.local.minPaymentMsat.toString(),
    max_payment_msat: lsp.local.maxPaymentMsat.toString(),
  });
}

export function readLspContact(shared: string): LspContact | undefined {
  const parsed = contactSchema.safeParse(readJson(join(shared, CONTACT)));
  if (!parsed.success) return undefined;
  const c = parsed.data;
  return {
    nodeId: c.node_id,
    address: c.address,
    local: {
      spendableSat: sat(BigInt(c.spendable_sat)),
      overProvisioningPpm: c.over_provisioning_ppm,
      minPaymentMsat: msat(BigInt(c.min_payment_msat)),
      maxPaymentMsat: msat(BigInt(c.max_payment_msat)),
    },
  };
}

export function jitDesk(shared: string): JitDesk {
  const path = join(shared, INVOICES);
  const list = () => deskSchema.catch([]).parse(readJson(path));
  return {
    async publish({ invoice, opensChannel }) {
      replaceFile(path, [...list(), { invoice, opens_channel: opensChannel }].slice(-KEPT_INVOICES));
    },
    async newest() {
      const newest = list().at(-1);
      return newest === undefined ? undefined : { invoice: newest.invoice, opensChannel: newest.opens_channel };
    },
  };
}

/**
 * An LSP tells the other roles of this machine where it is and what it could put into a channel now, at once and
 * whenever that changes.
 * @returns the way to tell at once, and the way to stop; the contact is left behind
 */
export function announceLsp(
  node: Pick<Node, "balances" | "onChange">,
  nodeId: string,
  options: { shared: string; listen?: string; office: LspOffice },
  clock: Clock,
): { tell(): Promise<void>; stop(): void } {
  const { shared, listen } = options;
  const { policy, menu } = options.office;
  let told: bigint | undefined;
  let waiting: (() => void) | undefined;
  let stopped = false;

  async function tell(): Promise<void> {
    waiting = undefined;
    const { onchainSpendableSat } = await node.balances();
    if (stopped || onchainSpendableSat === told || listen === undefined) return;
    told = onchainSpendableSat;
    const spare = onchainSpendableSat - policy.chainReserveSat;
    publishLspContact(shared, {
      nodeId,
      address: listen,
      local: {
        spendableSat: sat(spare > 0n ? spare : 0n),
        overProvisioningPpm: policy.overProvisioningPpm,
        minPaymentMsat: menu.minMsat,
        maxPaymentMsat: menu.maxMsat,
      },
    });
  }
  // A node that is stopping can't tell its balance; the last word stands.
  const soon = () => {
    // Before the first sync its balance would be an old one: whoever starts it tells when it has caught up.
    if (told !== undefined) waiting ??= clock.after(50, () => void tell().catch(() => undefined));
  };
  const stopListening = node.onChange(soon);
  return {
    tell,
    stop() {
      stopped = true;
      waiting?.();
      stopListening();
    },
  };
}
