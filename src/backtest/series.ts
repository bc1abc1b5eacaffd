/** What the charts show, gathered in a fixed number of buckets: when they are full, pairs are merged. */

export interface Bucket {
  fromMs: number;
  toMs: number;
  /** Micro-dollars. */
  low: number;
  high: number;
  last: number;
  /** Value of the peg over its target, lowest and highest: 1 is exact. */
  valueLow: number;
  valueHigh: number;
  payments: number;
}

export interface Series {
  add(timeMs: number, price: number, value: number): void;
  pay(): void;
  buckets(): Bucket[];
}

const MAX_BUCKETS = 1_024;

export function newSeries(): Series {
  let full: Bucket[] = [];
  let size = 1;
  let points = 0;
  let open: Bucket | undefined;

  function flush(): void {
    if (open !== undefined) full.push(open);
    open = undefined;
    points = 0;
    if (full.length < MAX_BUCKETS) return;
    full = full.flatMap((bucket, i) => (i % 2 === 0 ? [merge(bucket, full[i + 1])] : []));
    size *= 2;
  }

  return {
    add(timeMs, price, value) {
      if (open === undefined) {
        const range = { low: price, high: price, last: price, valueLow: value, valueHigh: value };
        open = { fromMs: timeMs, toMs: timeMs, ...range, payments: 0 };
      } else {
        if (price < open.low) open.low = price;
        if (price > open.high) open.high = price;
        if (value < open.valueLow) open.valueLow = value;
        if (value > open.valueHigh) open.valueHigh = value;
        open.toMs = timeMs;
        open.last = price;
      }
      if (++points >= size) flush();
    },
    pay() {
      const target = open ?? full.at(-1);
      if (target !== undefined) target.payments++;
    },
    buckets: () => (open === undefined ? [...full] : [...full, open]),
  };
}

function merge(a: Bucket, b: Bucket | undefined): Bucket {
  if (b === undefined) return a;
  return {
    fromMs: a.fromMs,
    toMs: b.toMs,
    low: Math.min(a.low, b.low),
    high: Math.max(a.high, b.high),
    last: b.last,
    valueLow: Math.min(a.valueLow, b.valueLow),
    valueHigh: Math.max(a.valueHigh, b.valueHigh),
    payments: a.payments + b.payments,
  };
}

/** Merges buckets down to at most `count`, evenly, for a chart of that width. */
export function narrow(buckets: readonly Bucket[], count: number): Bucket[] {
  if (buckets.length <= count) return [...buckets];
  const columns: Bucket[] = [];
  for (let i = 0; i < count; i++) {
    const from = Math.floor((i * buckets.length) / count);
    const group = buckets.slice(from, Math.max(Math.floor(((i + 1) * buckets.length) / count), from + 1));
    const [first, ...rest] = group;
    if (first !== undefined) columns.push(rest.reduce(merge, first));
  }
  return columns;
}
