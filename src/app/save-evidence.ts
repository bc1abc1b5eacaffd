/** `stable AGREEMENT --evidence FILE`: what the ledger holds about one agreement, signed and on disk. */
import { resolve } from "node:path";
import { type Clock, unixNow } from "../clock.ts";
import { writeDurably } from "../durable-file.ts";
import { reasonOf } from "../errors.ts";
import type { Node } from "../node/port.ts";
import type { Envelope } from "../stable/agreement.ts";
import { sha256Hex } from "../stable/canonical.ts";
import type { AuditLine, LedgerStore, Revision } from "../stable/ledger.ts";
import { AppError } from "./app-error.ts";
import { bundleOf, bundleText, fileText } from "./evidence-bundle.ts";

interface Sources {
  store: LedgerStore;
  node: Pick<Node, "sign">;
  nodeId: string;
  clock: Clock;
}

const PAGE = 1_000;
/** How long before a settlement the price decision it was made by can be. */
const PRICE_SECONDS = 60;

/** @throws AppError `unknown_agreement`, `conflict` before both signed, `bad_argument` where the file can't be made */
export async function saveEvidence(
  { store, node, nodeId, clock }: Sources,
  agreementId: string,
  file: string,
): Promise<{ file: string; sha256: string }> {
  const agreement = await store.agreement(agreementId);
  if (agreement === undefined) throw new AppError("unknown_agreement", `No agreement has the id ${agreementId}.`);
  const revisions = (await store.revisions(agreementId)).filter((r) => isSigned(r) && r.rev <= agreement.rev);
  if (revisions.length === 0) {
    throw new AppError("conflict", "Both have not signed this agreement; there is nothing to prove yet.");
  }
  const settlements = (await store.settlements(agreementId)).filter((s) => s.status === "succeeded");
  const bundle = bundleOf({
    agreement,
    revisions: revisions.filter(isSigned),
    settlements,
    audit: await linesFor(
      store,
      agreementId,
      settlements.map(({ createdAt }) => createdAt),
    ),
    exporter: nodeId,
    now: unixNow(clock),
  });
  const text = fileText(bundle, await node.sign(bundleText(bundle)));
  const path = resolve(file);
  write(path, text);
  return { file: path, sha256: sha256Hex(text) };
}

function isSigned(revision: Revision): revision is Revision & { acceptance: Envelope } {
  return revision.acceptance !== undefined;
}

/** Every line of the agreement, and for each settlement the last price decision before it. */
async function linesFor(store: LedgerStore, agreementId: string, times: readonly number[]): Promise<AuditLine[]> {
  const own = await everyLine(store, { agreementId });
  if (times.length === 0) return own;
  const first = Math.min(...times) - PRICE_SECONDS;
  const prices = await everyLine(store, { kind: "price" }, first);
  const used = times.flatMap((time) => prices.findLast(({ at }) => at <= time && at >= time - PRICE_SECONDS) ?? []);
  const lines = new Map([...own, ...used].map((line) => [line.seq, line]));
  return [...lines.values()].sort((a, b) => a.seq - b.seq);
}

async function everyLine(
  store: LedgerStore,
  filter: { agreementId?: string; kind?: string },
  since = 0,
): Promise<AuditLine[]> {
  let all: AuditLine[] = [];
  for (;;) {
    const before = all[0]?.seq;
    const page = await store.audit({ limit: PAGE, ...filter, ...(before === undefined ? {} : { beforeSeq: before }) });
    all = [...page, ...all];
    if (page.length < PAGE || (all[0]?.at ?? 0) < since) return all;
  }
}

/** 0600, and never over a file that is there. */
function write(path: string, text: string): void {
  try {
    writeDurably(path, text, "wx");
  } catch (cause) {
    const remedy = "name a file that is not there, in a folder that can be written";
    throw new AppError("bad_argument", `The evidence can't be written to ${path} (${reasonOf(cause)}); ${remedy}.`, {
      cause,
    });
  }
}
