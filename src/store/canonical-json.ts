/**
 * JSON with one spelling per value: keys sorted by UTF-16 code unit, no spaces (RFC 8785). Unlike the canonical form
 * that peers sign, which is narrow on purpose, it takes any JSON: the audit log quotes whatever a peer sent.
 */

/**
 * @throws TypeError for what JSON cannot hold (bigint, NaN, infinity, function, Map, a hole in an array): amounts are
 * decimal strings. Object fields that are undefined are left out, as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(",")}]`;
  if (typeof value === "object" && isPlain(value)) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
    return `{${fields.join(",")}}`;
  }
  throw new TypeError(`a ${typeof value} has no JSON form: write amounts as decimal strings`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
