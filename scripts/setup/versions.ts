/** Compares the numbers of `major.minor.patch`, as far as `minimum` has them; a pre-release counts as its release. */
export function isOlder(version: string, minimum: string): boolean {
  const numbers = (text: string): number[] => (text.split(/[-+]/)[0] ?? "").split(".").map(Number);
  const have = numbers(version);
  for (const [index, wanted] of numbers(minimum).entries()) {
    const found = have[index] ?? 0;
    if (found !== wanted) return found < wanted;
  }
  return false;
}
