/** `peer-stables doctor`: what is examined, taken from the settings; without a node, and while one is running. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemClock } from "../clock.ts";
import { visible } from "../commands/text.ts";
import { defaultChain } from "../config/chain-source.ts";
import { unknownVariables } from "../config/environment.ts";
import type { RawSettings } from "../config/held.ts";
import { type Files, lookUp } from "../config/resolve.ts";
import type { Settings } from "../config/settings.ts";
import { chainTip } from "../doctor/chain-tip.ts";
import type { KnownLsp, Patient, RoleData } from "../doctor/check.ts";
import { examine, examinedText } from "../doctor/examine.ts";
import { askVenues } from "../doctor/venue-answers.ts";
import { reasonOf } from "../errors.ts";
import type { Role } from "../node/port.ts";
import { venues as builtIn } from "../price/venues.ts";
import { platformDataRoot, roleFolder, runningProcess } from "./data-folders.ts";
import { lspBook } from "./lsp-book.ts";
import { refuseMoved } from "./moved.ts";
import { defaultListen, defaultNetwork } from "./role-options.ts";

export interface DoctorRequest {
  raw: RawSettings;
  json: boolean;
}

const everyRole: readonly Role[] = ["exchange", "user", "lsp"];

/** @returns the exit code: 0, or 1 where a check failed */
export async function doctorCommand(
  request: DoctorRequest,
  files: Files,
  print: (text: string) => unknown,
): Promise<number> {
  const findings = await examine(patientOf(request.raw, files));
  const ok = findings.every(({ state }) => state !== "fail");
  if (request.json) print(`${JSON.stringify({ ok, findings })}\n`);
  else print(`${examinedText(findings).split("\n").map(visible).join("\n")}\n`);
  return ok ? 0 : 1;
}

function patientOf(raw: RawSettings, files: Files): Patient {
  const { settings, problems } = lookUp(raw, files);
  const network = settings.network ?? defaultNetwork;
  const root = resolve(settings["data-dir"] ?? platformDataRoot(raw.env));
  const chain = settings.chain ?? defaultChain(network);
  const clock = systemClock();
  const venues = [...builtIn, ...(settings["price-venue"] ?? [])];
  const data = (role: Role): RoleData => {
    const folder = roleFolder(root, network, role);
    const listen = settings.listen ?? defaultListen(role, network);
    return { role, folder, listen, pid: runningProcess(folder), ...movedOf(folder) };
  };
  const roles =
    settings.role === undefined
      ? everyRole.map(data).filter(({ folder }) => existsSync(folder))
      : [data(settings.role)];
  return {
    settings,
    settingProblems: [...problems, ...unknownVariables(raw.env)].map(({ message }) => message),
    network,
    root,
    roles,
    chain,
    lsps: () => knownLsps(roles, settings, join(root, network)),
    env: raw.env,
    clock,
    venues,
    tip: once(() =>
      chain === undefined ? Promise.resolve({ ok: false, reason: "none is set" }) : chainTip(chain, clock),
    ),
    venueAnswers: once(() => askVenues(venues, clock)),
  };
}

/** The LSP itself knows none. */
function knownLsps(roles: readonly RoleData[], settings: Settings, shared: string): KnownLsp[] {
  const books = roles.map(({ role, folder }) =>
    lspBook({ role, settings: role === "lsp" ? {} : settings, dataDir: folder, shared, prefer: "configured" }),
  );
  const used = new Set(books.flatMap((book) => book.current()?.address ?? []));
  const addresses = new Set([...used, ...books.flatMap((book) => book.all().map(({ address }) => address))]);
  return [...addresses].map((address) => ({ address, inUse: used.has(address) }));
}

function movedOf(folder: string): { moved?: string } {
  try {
    refuseMoved(folder);
    return {};
  } catch (error) {
    return { moved: reasonOf(error) };
  }
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}
