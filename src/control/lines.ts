/** Bytes to lines, with an end to how long one may be. */

export interface LineReader {
  /** The lines that these bytes finish. @throws LineTooLong */
  take(bytes: Uint8Array | string): string[];
}

export class LineTooLong extends Error {}

export function lineReader(longestBytes: number): LineReader {
  let parts: Uint8Array[] = [];
  let size = 0;
  const decoder = new TextDecoder();

  function finished(): string {
    const text = decoder.decode(Buffer.concat(parts));
    parts = [];
    size = 0;
    return text;
  }

  function keep(part: Uint8Array): void {
    if (part.length === 0) return;
    size += part.length;
    if (size > longestBytes) throw new LineTooLong(`a line is longer than ${longestBytes} bytes`);
    // The buffer may be used again by whoever gave it.
    parts.push(part.slice());
  }

  return {
    take(given) {
      const bytes = typeof given === "string" ? Buffer.from(given) : given;
      const lines: string[] = [];
      let from = 0;
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
        keep(bytes.subarray(from, at));
        lines.push(finished());
        from = at + 1;
      }
      keep(bytes.subarray(from));
      return lines;
    },
  };
}
