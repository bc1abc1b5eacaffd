/** QR codes out of half blocks: one row of text holds two rows of modules. */
import { encode } from "uqr";

/** Bech32 in upper case takes the denser alphanumeric mode; it means the same. */
const BECH32 = /^(ln|lno|bc|tb|bcrt)[a-z0-9]+$/;

/** What a wallet's camera understands: an address, an invoice, an offer. */
export function isScannable(text: string): boolean {
  return /^(ln(bc|tb|tbs|bcrt|o)1?[a-z0-9]{20,}|(bc|tb|bcrt)1[a-z0-9]{20,}|[123mn][1-9A-HJ-NP-Za-km-z]{25,34})$/i.test(
    text,
  );
}

/** Light modules are drawn, so that on a dark terminal the code is as printed: dark on light. */
export function qrLines(text: string): string[] {
  const { data, size } = encode(BECH32.test(text) ? text.toUpperCase() : text, { ecc: "L", border: 2 });
  const light = (x: number, y: number): boolean => y >= size || data[y]?.[x] === false;
  const rows: string[] = [];
  for (let y = 0; y < size; y += 2) {
    let row = "";
    for (let x = 0; x < size; x += 1) {
      const [upper, lower] = [light(x, y), y + 1 < size && light(x, y + 1)];
      row += upper ? (lower ? "█" : "▀") : lower ? "▄" : " ";
    }
    rows.push(row);
  }
  return rows;
}
