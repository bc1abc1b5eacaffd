/** The Homebrew formula of a release, from the template in packaging/homebrew. */

/**
 * @param sha256 of npm's package `peer-stables`, as hex
 * @throws Error where the template names something else to be filled in
 */
export function filledFormula(template: string, { version, sha256 }: { version: string; sha256: string }): string {
  const values: Readonly<Record<string, string>> = { VERSION: version, SHA256: sha256 };
  return template.replaceAll(/@([A-Z0-9_]+)@/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`packaging/homebrew/peer-stables.rb wants @${name}@, which nobody knows.`);
    return value;
  });
}
