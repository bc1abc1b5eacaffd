/** One small GET with every bound that a hostile or broken server could otherwise stretch. */
import type { Clock } from "../clock.ts";

export interface HttpLimits {
  /** Whole request, redirects and body included. */
  timeoutMs: number;
  maxBytes: number;
  maxRedirects: number;
}

export const defaultLimits: HttpLimits = { timeoutMs: 3_000, maxBytes: 64 * 1_024, maxRedirects: 3 };

export interface HttpOptions {
  clock: Clock;
  limits: HttpLimits;
  userAgent: string;
  /** Certificates to trust besides the system's, PEM. */
  ca?: string;
}

export type HttpResult =
  /** `dateMs`: the server's own time, in whole seconds, where it states it. */
  | { ok: true; text: string; dateMs?: number }
  /** `again`: worth one retry. `waitMs`: the server asked for a pause. */
  | { ok: false; error: string; again: boolean; waitMs?: number };

const DEFAULT_WAIT_MS = 30_000;
const MAX_WAIT_MS = 300_000;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * The body of a 200 answer as UTF-8 text. Never throws. Compressed bodies are neither asked for nor read, so nothing
 * can unfold in memory. The proxy is the environment's (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`).
 */
export async function getText(url: string, options: HttpOptions): Promise<HttpResult> {
  const abort = new AbortController();
  let timedOut = false;
  const cancel = options.clock.after(options.limits.timeoutMs, () => {
    timedOut = true;
    abort.abort();
  });
  try {
    return await follow(new URL(url), options, abort.signal);
  } catch (error) {
    const text = timedOut ? `no answer within ${options.limits.timeoutMs / 1_000} s` : reasonOf(error);
    return { ok: false, error: text, again: true };
  } finally {
    cancel();
    abort.abort();
  }
}

async function follow(first: URL, options: HttpOptions, signal: AbortSignal): Promise<HttpResult> {
  let url = first;
  for (let hops = 0; hops <= options.limits.maxRedirects; hops++) {
    const response = await fetch(url, {
      signal,
      redirect: "manual",
      decompress: false,
      keepalive: true,
      headers: { accept: "application/json", "accept-encoding": "identity", "user-agent": options.userAgent },
      ...(options.ca !== undefined && { tls: { ca: options.ca } }),
    });
    if (!REDIRECTS.has(response.status)) return await answerOf(response, options.limits);
    const next = redirectOf(url, response.headers.get("location"));
    if (typeof next === "string") return { ok: false, error: next, again: false };
    url = next;
  }
  return { ok: false, error: `more than ${options.limits.maxRedirects} redirects`, again: false };
}

/** Where a redirect leads, or what is wrong with it. A price never travels from https to http. */
function redirectOf(from: URL, location: string | null): URL | string {
  if (location === null || !URL.canParse(location, from.href)) return "a redirect that leads nowhere";
  const to = new URL(location, from.href);
  if (to.protocol === from.protocol || to.protocol === "https:") return to;
  return `a redirect from ${from.protocol}// to ${to.protocol}//`;
}

async function answerOf(response: Response, limits: HttpLimits): Promise<HttpResult> {
  const { status, headers } = response;
  if (status === 429 || status === 418) {
    const waitMs = waitOf(headers.get("retry-after"));
    return { ok: false, error: `HTTP ${status}: too many requests`, again: false, waitMs };
  }
  if (status !== 200) return { ok: false, error: `HTTP ${status}`, again: status >= 500 };
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity") return { ok: false, error: `a ${encoding} body that was not asked for`, again: false };
  const body = await bodyOf(response, limits.maxBytes);
  const dateMs = Date.parse(headers.get("date") ?? "");
  return body.ok && Number.isFinite(dateMs) ? { ...body, dateMs } : body;
}

/** Seconds or an HTTP date, within bounds; RFC 9110 10.2.3. Dates are rare and give the default. */
function waitOf(retryAfter: string | null): number {
  const given = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : DEFAULT_WAIT_MS;
  return Math.min(Math.max(given, 1_000), MAX_WAIT_MS);
}

async function bodyOf(response: Response, maxBytes: number): Promise<HttpResult> {
  const tooLarge = { ok: false, error: `a body above ${maxBytes} bytes`, again: false } as const;
  if (Number(response.headers.get("content-length") ?? 0) > maxBytes) return tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body !== null) {
    for await (const chunk of response.body) {
      size += chunk.byteLength;
      if (size > maxBytes) return tooLarge;
      chunks.push(chunk);
    }
  }
  const bytes = Buffer.concat(chunks);
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { ok: false, error: "a body that is not UTF-8", again: false };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const text = error.message.split("\n")[0]?.slice(0, 160) ?? "";
  return code === undefined || text.includes(code) ? text : `${code}: ${text}`;
}
