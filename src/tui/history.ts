/** The lines typed before: what is kept, and how it is searched. */

const LONGEST = 500;
/** Invoices, offers and what looks like a key or a seed are not kept on disk or in memory. */
const SECRET = /\bln(bc|tb|bcrt|tbs|o)[a-z0-9]{20,}|\b[0-9a-f]{128,}\b|\bxprv[a-z0-9]+|token|seed|mnemonic|password/i;

export function isKept(line: string): boolean {
  return line.trim() !== "" && !SECRET.test(line);
}

/** Newest last; a line typed again moves to the end. */
export function remembered(history: readonly string[], line: string): readonly string[] {
  const text = line.trim();
  if (!isKept(text)) return history;
  return [...history.filter((one) => one !== text), text].slice(-LONGEST);
}

/** @param skip how many older hits to pass over */
export function search(history: readonly string[], part: string, skip: number): string | undefined {
  if (part === "") return undefined;
  const hits = history.filter((line) => line.includes(part)).toReversed();
  return hits[Math.min(skip, hits.length - 1)];
}
