/**
 * Waits for a condition of something outside this process: looked at every 20 ms. Less long than a test may take (30 s):
 * else the test would run out of time first, and what it waited for be an error in the middle of another one.
 * @throws after `patienceMs`, with the condition's text
 */
export async function until(condition: () => Promise<boolean>, patienceMs = 25_000): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !(await condition()); await Bun.sleep(20)) {
    if (Date.now() > deadline) throw new Error(`not within ${patienceMs / 1000} s: ${condition.toString()}`);
  }
}
