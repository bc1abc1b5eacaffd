/** Keeps secrets out of traces and error texts. */

const secretNames = new Set(["seed", "password", "token", "require_token", "passphrase", "mnemonic", "preimage"]);
const secretMention = /"(?:seed|password|token|require_token|passphrase|mnemonic|preimage)"/;
const userInfo = /:\/\/[^/@\s"]*@/g;
const mask = "[redacted]";
const maskedUser = `://${mask}@`;

/** Whether a field of this name holds something that must not be shown. */
export function isSecretName(name: string): boolean {
  return secretNames.has(name);
}

/** JSON text without its secrets; text that is not JSON ends where it first mentions one. */
export function redactText(text: string): string {
  let redacted: string;
  try {
    redacted = JSON.stringify(JSON.parse(text, (name, value) => (isSecretName(name) ? mask : value)));
  } catch {
    const mention = text.search(secretMention);
    redacted = mention < 0 ? text : text.slice(0, mention) + mask;
  }
  return redacted.replace(userInfo, maskedUser);
}

/** Words of the contract that stand below a secret's name and are none themselves. */
const harmless = new Set(["file", "hex", "mnemonic", "kind", "value"]);
const SHORTEST_SECRET = 4;

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)]);
}

function secretsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (isSecretName(name) ? textsIn(inner) : secretsIn(inner)));
}

/** What makes a text free of the secrets of this configuration, for refusals that repeat what they refuse. */
export function secretHider(config: string): (text: string) => string {
  const secrets = secretsIn(JSON.parse(config)).filter((text) => text.length >= SHORTEST_SECRET && !harmless.has(text));
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, mask), text.replace(userInfo, maskedUser));
}

/** At most `max` characters of a text, with an ellipsis where something was cut off. */
export function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}...`;
}
