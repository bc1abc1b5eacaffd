/** The beginning of what a web address holds, however long the rest is. */
import { reasonOf } from "../errors.ts";

const TIMEOUT_MS = 5_000;

export type FirstBytes = { ok: true; bytes: Buffer } | { ok: false; reason: string };

/** At least `count` bytes, unless there are fewer. Never throws. */
export async function firstBytes(url: string, count: number): Promise<FirstBytes> {
  const abort = new AbortController();
  try {
    const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(url, { signal });
    if (!response.ok) return { ok: false, reason: `HTTP ${response.status}` };
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size >= count) break;
    }
    return { ok: true, bytes: Buffer.concat(chunks) };
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    return { ok: false, reason: late ? `no answer within ${TIMEOUT_MS / 1_000} s` : reasonOf(error) };
  } finally {
    abort.abort();
  }
}
