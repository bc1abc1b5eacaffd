/** BOLT8's encrypted transport: the responder's side, and the initiator's for the vectors. Pure but for the keys given. */
import { createHash, hkdfSync } from "node:crypto";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";

type Bytes = Uint8Array;

const NONE = new Uint8Array(0);
const TAG = 16;
/** Messages under one key (BOLT8, "Lightning Message Key Rotation"): two nonces each. */
const ROTATION = 1000;

export const actSizes = [50, 50, 66] as const;

const concat = (...parts: readonly Bytes[]): Bytes => new Uint8Array(Buffer.concat(parts));
const sha256 = (...parts: readonly Bytes[]): Bytes =>
  new Uint8Array(
    createHash("sha256")
      .update(concat(...parts))
      .digest(),
  );
export const publicKeyOf = (secret: Bytes): Bytes => secp256k1.getPublicKey(secret, true);

function ecdh(secret: Bytes, point: Bytes): Bytes {
  return sha256(secp256k1.getSharedSecret(secret, point, true));
}

function hkdf(salt: Bytes, input: Bytes): [Bytes, Bytes] {
  const output = new Uint8Array(hkdfSync("sha256", input, salt, NONE, 64));
  return [output.slice(0, 32), output.slice(32)];
}

function nonce(count: number): Bytes {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setBigUint64(4, BigInt(count), true);
  return bytes;
}

const seal = (key: Bytes, count: number, data: Bytes, text: Bytes) =>
  chacha20poly1305(key, nonce(count), data).encrypt(text);
const unseal = (key: Bytes, count: number, data: Bytes, text: Bytes) =>
  chacha20poly1305(key, nonce(count), data).decrypt(text);

/** One direction's key, which changes every 1,000 nonces. */
export interface Cipher {
  seal(text: Bytes): Bytes;
  unseal(text: Bytes): Bytes;
}

function cipher(firstKey: Bytes, firstChain: Bytes): Cipher {
  let [key, chain, count] = [firstKey, firstChain, 0];
  function next<T>(work: (key: Bytes, count: number) => T): T {
    const done = work(key, count);
    count += 1;
    if (count === ROTATION) {
      [chain, key] = hkdf(chain, key);
      count = 0;
    }
    return done;
  }
  return {
    seal: (text) => next((k, n) => seal(k, n, NONE, text)),
    unseal: (text) => next((k, n) => unseal(k, n, NONE, text)),
  };
}

/** The length and the text, each sealed. */
export function frame(sender: Cipher, message: Bytes): Bytes {
  const size = new Uint8Array(2);
  new DataView(size.buffer).setUint16(0, message.length);
  return concat(sender.seal(size), sender.seal(message));
}

export const HEADER = 2 + TAG;

/** Bytes of the sealed message that follow a sealed length. */
export function sizeOf(receiver: Cipher, header: Bytes): number {
  return new DataView(receiver.unseal(header).slice().buffer).getUint16(0) + TAG;
}

function start(responderId: Bytes) {
  const name = sha256(Buffer.from("Noise_XK_secp256k1_ChaChaPoly_SHA256"));
  return { chain: name, hash: sha256(sha256(name, Buffer.from("lightning")), responderId) };
}

export interface Keys {
  /** Of the node. */
  secret: Bytes;
  /** For this connection only. */
  ephemeral: Bytes;
}

export interface Tunnel {
  peerId: Bytes;
  sender: Cipher;
  receiver: Cipher;
}

/** @throws where an act is not what the peer should have sent */
export function respond({ secret, ephemeral }: Keys, actOne: Bytes) {
  let { chain, hash } = start(publicKeyOf(secret));
  const theirs = actOne.slice(1, 34);
  hash = sha256(hash, theirs);
  let key: Bytes;
  [chain, key] = hkdf(chain, ecdh(secret, theirs));
  unseal(key, 0, hash, actOne.slice(34));
  hash = sha256(hash, actOne.slice(34));

  const ours = publicKeyOf(ephemeral);
  hash = sha256(hash, ours);
  [chain, key] = hkdf(chain, ecdh(ephemeral, theirs));
  const tag = seal(key, 0, hash, NONE);
  hash = sha256(hash, tag);

  return {
    actTwo: concat(Uint8Array.of(0), ours, tag),
    finish(actThree: Bytes): Tunnel {
      const sealedId = actThree.slice(1, 50);
      const peerId = unseal(key, 1, hash, sealedId);
      hash = sha256(hash, sealedId);
      [chain, key] = hkdf(chain, ecdh(ephemeral, peerId));
      unseal(key, 0, hash, actThree.slice(50));
      const [receiving, sending] = hkdf(chain, NONE);
      return { peerId, sender: cipher(sending, chain), receiver: cipher(receiving, chain) };
    },
  };
}

/** The other side, as far as the vectors need it. */
export function initiate({ secret, ephemeral }: Keys, responderId: Bytes) {
  let { chain, hash } = start(responderId);
  let key: Bytes;
  const ours = publicKeyOf(ephemeral);
  hash = sha256(hash, ours);
  [chain, key] = hkdf(chain, ecdh(ephemeral, responderId));
  const tag = seal(key, 0, hash, NONE);
  hash = sha256(hash, tag);
  return {
    actOne: concat(Uint8Array.of(0), ours, tag),
    finish(actTwo: Bytes): { actThree: Bytes; tunnel: Tunnel } {
      const theirs = actTwo.slice(1, 34);
      hash = sha256(hash, theirs);
      [chain, key] = hkdf(chain, ecdh(ephemeral, theirs));
      unseal(key, 0, hash, actTwo.slice(34));
      hash = sha256(hash, actTwo.slice(34));
      const sealedId = seal(key, 1, hash, publicKeyOf(secret));
      hash = sha256(hash, sealedId);
      [chain, key] = hkdf(chain, ecdh(secret, theirs));
      const last = seal(key, 0, hash, NONE);
      const [sending, receiving] = hkdf(chain, NONE);
      const tunnel = { peerId: responderId, sender: cipher(sending, chain), receiver: cipher(receiving, chain) };
      return { actThree: concat(Uint8Array.of(0), sealedId, last), tunnel };
    },
  };
}
