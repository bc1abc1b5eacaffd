//! An in-process regtest chain that Lightning nodes cannot tell from bitcoind.
//!
//! Blocks are real: rust-bitcoin types, proof of work at regtest difficulty, every script run by Bitcoin Core's own
//! interpreter, and a mempool with bitcoind's policy. Nodes reach it over bitcoind's JSON-RPC on loopback; the program
//! that owns it mines, pays out and reorganises through [`Chain`].
//!
//! Differences from bitcoind: there is one node and no peers, no packages (`submitpackage`), no rules of their own for
//! version 3 transactions, and of the script flags that are policy only none is checked (libbitcoinconsensus offers the
//! consensus flags alone). `estimatesmartfee` gives an estimate, where bitcoind on regtest has no data.

mod accept;
mod chain;
mod coins;
mod datadir;
mod error;
mod faucet;
mod http;
mod index;
mod journal;
mod locks;
mod mempool;
mod mining;
mod params;
mod policy;
mod reject;
mod rpc;
mod script;
mod state;
mod validate;

pub use chain::{parse_address, Chain, ChainConfig, ChainInfo, ChainTransaction};
pub use error::ChainError;
pub use reject::{Reject, RejectKind};
pub use state::Reorg;
