/**
 * The oldest versions of crates that money or keys depend on: below them there is a known weakness. Kept by hand, so
 * that a look at the lock file says something even where no advisory database can be reached.
 */
interface Floor {
  crate: string;
  minimum: string;
  why: string;
}

export const floors: readonly Floor[] = [
  { crate: "lightning", minimum: "0.2.7", why: "forwarding nodes and LSPs could be robbed (fixed in 0.2.5 and 0.2.7)" },
  { crate: "lightning-liquidity", minimum: "0.2.7", why: "an LSP could be robbed (fixed in 0.2.5 and 0.2.7)" },
  { crate: "ring", minimum: "0.17.12", why: "AES could panic on overflow (RUSTSEC-2025-0009)" },
  { crate: "rustls", minimum: "0.23.18", why: "a crafted ClientHello could panic (RUSTSEC-2024-0399)" },
  { crate: "rustls-webpki", minimum: "0.103.12", why: "name constraints were accepted wrongly (April 2026)" },
  { crate: "bytes", minimum: "1.11.1", why: "BytesMut::reserve could overflow (RUSTSEC-2026-0007)" },
  { crate: "idna", minimum: "1.0.0", why: "two names could pass for one (RUSTSEC-2024-0421)" },
];
