import { describe, expect, test } from "bun:test";
import { signerOf } from "../../src/app/node-signature.ts";

// Signatures other people made, from the tests of rust-lightning (util/message_signing.rs).
const known: readonly [who: string, text: string, signature: string, nodeId: string][] = [
  [
    "@bitconner",
    "is this compatible?",
    "rbgfioj114mh48d8egqx8o9qxqw4fmhe8jbeeabdioxnjk8z3t1ma1hu1fiswpakgucwwzwo6ofycffbsqusqdimugbh41n1g698hr9t",
    "02b80cabdf82638aac86948e4c06e82064f547768dcef977677b9ea931ea75bab5",
  ],
  [
    "@duck1123",
    "hi",
    "rnrphcjswusbacjnmmmrynh9pqip7sy5cx695h6mfu64iac6qmcmsd8xnsyczwmpqp9shqkth3h4jmkgyqu5z47jfn1q7gpxtaqpx4xg",
    "02de60d194e1ca5947b59fe8e2efd6aadeabfb67f2e89e13ae1a799c1e08e4a43b",
  ],
  [
    "@jochemin",
    "hi",
    "ry8bbsopmduhxy3dr5d9ekfeabdpimfx95kagdem7914wtca79jwamtbw4rxh69hg7n6x9ty8cqk33knbxaqftgxsfsaeprxkn1k48p3",
    "022b8ece90ee891cbcdac0c1cc6af46b73c47212d8defbce80265ac81a6b794931",
  ],
];

describe("a node's signature", () => {
  test.each(known)("of %s is recovered", (_, text, signature, nodeId) => {
    expect(signerOf(text, signature)).toBe(nodeId);
  });

  test.each(known)("of %s is nobody's over another text", (_, text, signature, nodeId) => {
    expect(signerOf(`${text} `, signature)).not.toBe(nodeId);
  });

  test("that is no signature has no signer", () => {
    const [, text, signature] = known[0] ?? ["", "", ""];
    expect(signerOf(text, "")).toBeUndefined();
    expect(signerOf(text, signature.slice(1))).toBeUndefined();
    expect(signerOf(text, `v${signature.slice(1)}`)).toBeUndefined();
    expect(signerOf(text, "y".repeat(104))).toBeUndefined();
    expect(signerOf(text, "9".repeat(104))).toBeUndefined();
  });
});
