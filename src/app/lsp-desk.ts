/** An LSP's policy and what is offered of it. LDK takes both when it is built: what changes them renews the session. */
import { join } from "node:path";
import { LSP_POLICY_FILE } from "../backup/write-backup.ts";
import type { Clock } from "../clock.ts";
import { unixNow } from "../clock.ts";
import type { Lsps2Service } from "../ffi/config.ts";
import type { FeeRates } from "../lsp/funds.ts";
import { fullMenu, isEmpty, type Menu, menuOf, type OfferFacts, offerOf, withdrawnReasons } from "../lsp/offer.ts";
import { type LspPolicy, MAX_CLIENT_TO_SELF_DELAY } from "../lsp/policy.ts";
import type { ProviderPort, ProviderView } from "../lsp/port.ts";
import type { Node } from "../node/port.ts";
import { smaller } from "../stable/integers.ts";
import type { LedgerStore } from "../stable/ledger.ts";
import { type Sat, sat } from "../stable/units.ts";
import { changedPolicy, type LspFile, readLspFile, writeLspFile } from "./lsp-file.ts";

const DAY_SECONDS = 86_400;

/** What is there before the node is. */
export interface LspOffice {
  policy: LspPolicy;
  /** What clients of this session are told. */
  menu: Menu;
  path: string;
  file: LspFile;
  settings: LspPolicy;
  /** Whether the menu follows the funds. */
  withdraws: boolean;
}

/** @throws AppError `bad_config` for a damaged policy file */
export function openLspOffice(dataDir: string, settings: LspPolicy, withdraws: boolean): LspOffice {
  const path = join(dataDir, LSP_POLICY_FILE);
  const file = readLspFile(path);
  const policy = changedPolicy(settings, file.changed);
  const full = fullMenu(policy, file.rates);
  const menu = withdraws ? within(file.menu ?? full, full) : full;
  return { policy, menu, path, file, settings, withdraws };
}

/** A menu of an earlier run, under the settings of this one. */
function within(menu: Menu, full: Menu): Menu {
  if (isEmpty(menu) || isEmpty(full) || menu.maxMsat < full.minMsat) return isEmpty(menu) ? menu : full;
  return { minMsat: full.minMsat, maxMsat: smaller(menu.maxMsat, full.maxMsat) };
}

/** As ldk-node takes it. It puts one entry on its menu and knows one token. */
export function lsps2Service({ policy, menu }: Pick<LspOffice, "policy" | "menu">): Lsps2Service {
  return {
    ...(policy.token === undefined ? {} : { requireToken: policy.token }),
    advertiseService: true,
    channelOpeningFeePpm: policy.openingFeePpm,
    minChannelOpeningFeeMsat: policy.openingFeeMinMsat,
    channelOverProvisioningPpm: policy.overProvisioningPpm,
    minChannelLifetime: policy.minLifetimeBlocks,
    maxClientToSelfDelay: MAX_CLIENT_TO_SELF_DELAY,
    minPaymentSizeMsat: menu.minMsat,
    maxPaymentSizeMsat: menu.maxMsat,
    clientTrustsLsp: true,
  };
}

export interface LspDesk extends ProviderPort {
  office: LspOffice;
  facts(): Promise<OfferFacts>;
  /** What clients should be told by these facts. */
  wanted(facts: OfferFacts): Menu;
  /** Tells them so from the next session on, which it asks for. */
  offer(menu: Menu, rates: FeeRates): void;
}

interface Parts {
  office: LspOffice;
  node: Pick<Node, "status" | "balances">;
  store: Pick<LedgerStore, "openedChannels">;
  clock: Clock;
  renew: () => void;
}

export function lspDesk({ office, node, store, clock, renew }: Parts): LspDesk {
  const { policy, menu, path, file, settings, withdraws } = office;

  async function rates(): Promise<FeeRates> {
    const status = await node.status();
    return {
      commitmentSatPerKw: status.anchorCommitmentSatPerKw ?? file.rates.commitmentSatPerKw,
      fundingSatPerKw: status.fundingSatPerKw ?? file.rates.fundingSatPerKw,
    };
  }

  async function opened(): Promise<Sat> {
    const channels = await store.openedChannels(unixNow(clock) - DAY_SECONDS);
    return sat(channels.reduce((sum, { capacitySat }) => sum + capacitySat, 0n));
  }

  async function facts(): Promise<OfferFacts> {
    return {
      spendableSat: (await node.balances()).onchainSpendableSat,
      rates: await rates(),
      openedSat: await opened(),
    };
  }

  function wantedUnder(under: LspPolicy, now: OfferFacts): Menu {
    return withdraws ? menuOf(offerOf(under, now), under) : fullMenu(under, now.rates);
  }

  function viewOf(under: LspPolicy, told: Menu, changed: LspFile["changed"], now: OfferFacts): ProviderView {
    const offer = offerOf(under, now);
    return {
      policy: under,
      changed: Object.keys(changed).length > 0,
      ...now,
      offer,
      ...(offer.open ? {} : { why: withdrawnReasons[offer.why] }),
      menu: told,
      menuIsEmpty: isEmpty(told),
    };
  }

  async function set(changed: LspFile["changed"]): Promise<ProviderView> {
    const now = await facts();
    const under = changedPolicy(settings, changed);
    const told = wantedUnder(under, now);
    writeLspFile(path, { changed, rates: now.rates, menu: told });
    renew();
    return viewOf(under, told, changed, now);
  }

  return {
    office,
    facts,
    wanted: (now) => wantedUnder(policy, now),
    offer(next, at) {
      writeLspFile(path, { ...file, rates: at, menu: next });
      renew();
    },
    minLifetimeBlocks: policy.minLifetimeBlocks,
    view: async () => viewOf(policy, menu, file.changed, await facts()),
    change: (change) => set({ ...file.changed, ...change }),
    reset: () => set({}),
  };
}
