/** Which licences a dependency may have, and how an SPDX expression is judged by them. */

/** Plain permissive licences: use, change and pass on, naming the authors. */
const permissive = ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD"];

/** Not in that list, but asking nothing more of us; each with the reason it is let through. */
const exceptions: Readonly<Record<string, string>> = {
  "CC0-1.0": "public domain as far as the law allows: rust-bitcoin and its family",
  Unlicense: "public domain",
  Zlib: "as BSD-2-Clause, without naming in binaries",
  "Unicode-3.0": "MIT's terms for Unicode's own tables: icu4x, unicode-ident",
  MITNFA: "MIT with a request not to attribute changed versions to the author: bip21, hex_lit",
  "CDLA-Permissive-2.0": "data, not code: Mozilla's root certificates in webpki-roots; asks to pass its text on",
};

const allowed = new Set([...permissive, ...Object.keys(exceptions)]);

/** Splits at a top-level operator: one that no parenthesis encloses. */
function splitOutside(expression: string, operator: RegExp): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const token of expression.split(/(\(|\)|\s+(?:AND|OR)\s+|\/)/)) {
    depth += token === "(" ? 1 : token === ")" ? -1 : 0;
    if (depth === 0 && operator.test(token)) {
      parts.push(part);
      part = "";
    } else part += token;
  }
  return [...parts, part].map((text) => text.trim());
}

/**
 * Whether an SPDX licence expression can be met with allowed licences. OR gives the choice, AND binds tighter and asks
 * for all; crates.io's old `A/B` means OR. An exception (`WITH ...`) only widens what a licence permits.
 */
export function isAllowed(expression: string): boolean {
  const choices = splitOutside(expression, /^(?:\s+OR\s+|\/)$/);
  if (choices.length > 1) return choices.some(isAllowed);
  const demands = splitOutside(expression, /^\s+AND\s+$/);
  if (demands.length > 1) return demands.every(isAllowed);
  const inner = /^\((.*)\)$/.exec(expression.trim())?.[1];
  if (inner !== undefined) return isAllowed(inner);
  return allowed.has(expression.trim().split(/\s+WITH\s+/)[0] ?? "");
}
