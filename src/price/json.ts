/** JSON whose numbers stay text, so that no price passes through a float on its way in. */

type ReviverContext = { source?: string };

/**
 * Parses JSON with every number as its source text, e.g. `{"last": 63001.10}` gives `{ last: "63001.10" }`.
 * @throws SyntaxError, or RangeError where it nests too deep
 */
export function parseJsonExact(text: string): unknown {
  const keepText = (_key: string, value: unknown, context?: ReviverContext): unknown =>
    typeof value === "number" ? (context?.source ?? String(value)) : value;
  return JSON.parse(text, keepText);
}
