/**
 * The LSPs a role knows: those of the settings, the one of this machine, and those that were chosen at some time. The
 * choice is kept in the role's folder, so that it outlives a restart.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LSP_BOOK_FILE } from "../backup/write-backup.ts";
import type { LspContact } from "../commands/context.ts";
import { type LspAddress, readLspTokens } from "../config/lsp-settings.ts";
import type { Settings } from "../config/settings.ts";
import type { Role } from "../node/port.ts";
import { AppError } from "./app-error.ts";
import { readLspContact } from "./lsp-contact.ts";
import { replaceFile } from "./replace-file.ts";

const address = z.strictObject({ node_id: z.string().regex(/^0[23][0-9a-f]{64}$/), address: z.string().min(3) });
/** The chosen one is the last; channels of the earlier ones may still be there. */
const bookSchema = z.strictObject({ chosen: z.array(address) });

/** Each of them is kept connected to. LDK itself minds those whose channels outlive the choice of so many others. */
const MOST_CHOSEN = 32;

export interface LspBook {
  /** The source of JIT channels: the one last chosen, else the first of the settings, else this machine's. */
  current(): LspContact | undefined;
  /** The current one first, each once. */
  all(): LspContact[];
  /** The current one and those chosen before: their channels and unpaid invoices may still be there. */
  used(): LspContact[];
  /** On disk when it returns. */
  choose(lsp: LspAddress): void;
}

export interface LspBookOptions {
  role: Role;
  settings: Settings;
  /** The role's own folder, which need not be there before the first choice. */
  dataDir: string;
  /** Where an LSP of this machine says of itself what it is. */
  shared: string;
  /** Which comes first where nothing was chosen: this machine's LSP, as in the demo, or those of the settings. */
  prefer: "local" | "configured";
}

/** @throws AppError `bad_config` where the kept choice can't be read */
export function lspBook({ role, settings, dataDir, shared, prefer }: LspBookOptions): LspBook {
  const file = join(dataDir, LSP_BOOK_FILE);
  const configured = settings.lsp ?? [];
  const tokens = readLspTokens(settings["lsp-token"] ?? "");
  const local = () => (role === "lsp" ? undefined : readLspContact(shared));
  let chosen = readChosen(file);

  function tokenOf(nodeId: string): string | undefined {
    const first = (configured[0] ?? local())?.nodeId;
    const found = tokens.byNodeId.get(nodeId) ?? (nodeId === first ? tokens.first : undefined);
    return found === "" ? undefined : found;
  }

  /** What is known of it now: this machine's LSP may be back at another address. */
  function known({ nodeId, address: at }: LspAddress): LspContact {
    const here = local();
    const token = tokenOf(nodeId);
    const given = configured.find((one) => one.nodeId === nodeId)?.address ?? at;
    const contact = here?.nodeId === nodeId ? here : { nodeId, address: given };
    return token === undefined ? contact : { ...contact, token };
  }

  function some(list: readonly (LspAddress | undefined)[]): LspContact[] {
    const there = list.filter((one) => one !== undefined);
    return [...new Map(there.map((one) => [one.nodeId, one])).values()].map(known);
  }

  function current(): LspContact | undefined {
    const [first, second] = prefer === "local" ? [local(), configured[0]] : [configured[0], local()];
    const one = chosen.at(-1) ?? first ?? second;
    return one === undefined ? undefined : known(one);
  }

  return {
    current,
    all: () => some([current(), ...configured, local(), ...chosen]),
    used: () => some([current(), ...chosen]),
    choose(lsp) {
      const before = current();
      const rest = before === undefined ? chosen : [...chosen, before];
      const others = new Map(rest.filter((one) => one.nodeId !== lsp.nodeId).map((one) => [one.nodeId, one]));
      const next = [...others.values(), lsp].slice(-MOST_CHOSEN);
      keep(file, next);
      chosen = next;
    },
  };
}

function readChosen(file: string): LspAddress[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return []; // none was ever chosen
  }
  try {
    return bookSchema
      .parse(JSON.parse(text))
      .chosen.map(({ node_id, address: at }) => ({ nodeId: node_id, address: at }));
  } catch (cause) {
    throw new AppError("bad_config", `${file}, which keeps the chosen LSP, can't be read; delete it to choose anew.`, {
      cause,
    });
  }
}

function keep(file: string, chosen: readonly LspAddress[]): void {
  replaceFile(file, JSON.stringify({ chosen: chosen.map((one) => ({ node_id: one.nodeId, address: one.address })) }));
}
