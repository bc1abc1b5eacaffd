/** OSC 52: the terminal's own clipboard, over ssh as well. */

/** tmux and screen pass a sequence on only when it is wrapped, with every escape doubled for tmux. */
export function clipboardSequence(text: string, env: Record<string, string | undefined>): string {
  const plain = `\u001b]52;c;${Buffer.from(text, "utf8").toString("base64")}\u0007`;
  if ((env["TMUX"] ?? "") !== "") return `\u001bPtmux;${plain.replaceAll("\u001b", "\u001b\u001b")}\u001b\\`;
  if (env["TERM"]?.startsWith("screen") === true) return `\u001bP${plain}\u001b\\`;
  return plain;
}
