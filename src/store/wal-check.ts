/**
 * SQLite reads its write-ahead log up to the first frame whose checksum fails and silently drops the rest: right for
 * the torn end a power cut leaves, wrong for damage in the middle, where commits that were on disk would vanish.
 * This tells the two apart. Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;

/** What is wrong with a write-ahead log, or nothing if it is whole or only its end is torn. */
export function walDamage(wal: Uint8Array): string | undefined {
  if (wal.length < HEADER_BYTES) return undefined;
  const view = new DataView(wal.buffer, wal.byteOffset, wal.byteLength);
  const header = readHeader(view);
  if (header === undefined) return "the header of its write-ahead log is damaged";
  const { littleEndian, pageSize, salt } = header;
  const frameBytes = FRAME_HEADER_BYTES + pageSize;
  let sum = header.sum;
  let broken = false;
  let commitsAfter = 0;
  for (let at = HEADER_BYTES; at + frameBytes <= wal.length; at += frameBytes) {
    // frames of an earlier pass through the log carry another salt
    const current = view.getBigUint64(at + 8) === salt;
    if (!broken) {
      sum = checksum(view, at, 8, sum, littleEndian);
      sum = checksum(view, at + FRAME_HEADER_BYTES, pageSize, sum, littleEndian);
      broken = !current || sum.a !== view.getUint32(at + 16) || sum.b !== view.getUint32(at + 20);
    }
    if (!broken || !current) continue;
    // only one commit can have been under way; a frame behind its commit mark means it had been synced
    if (commitsAfter > 0)
      return `frame ${(at - HEADER_BYTES) / frameBytes} of its write-ahead log follows a damaged one`;
    if (view.getUint32(at + 4) !== 0) commitsAfter += 1;
  }
  return undefined;
}

interface Sum {
  a: number;
  b: number;
}

function readHeader(view: DataView): { littleEndian: boolean; pageSize: number; salt: bigint; sum: Sum } | undefined {
  const magic = view.getUint32(0);
  const pageSize = view.getUint32(8);
  const littleEndian = magic === MAGIC;
  if (!littleEndian && magic !== MAGIC + 1) return undefined;
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  const sum = checksum(view, 0, 24, { a: 0, b: 0 }, littleEndian);
  if (sum.a !== view.getUint32(24) || sum.b !== view.getUint32(28)) return undefined;
  return { littleEndian, pageSize, salt: view.getBigUint64(16), sum };
}

function checksum(view: DataView, from: number, bytes: number, { a, b }: Sum, littleEndian: boolean): Sum {
  for (let at = from; at < from + bytes; at += 8) {
    a = (a + view.getUint32(at, littleEndian) + b) >>> 0;
    b = (b + view.getUint32(at + 4, littleEndian) + a) >>> 0;
  }
  return { a, b };
}
