//! What the tests share: a blocking RPC client and a wallet of one key.
#![allow(dead_code, clippy::missing_panics_doc, clippy::must_use_candidate)]

pub mod bitcoind;
pub mod cases;
pub mod client;
pub mod wallet;

use peer_stables_chain::{Chain, ChainConfig};

pub fn open() -> Chain {
    Chain::open(ChainConfig::default()).unwrap()
}

pub fn open_in(dir: &std::path::Path) -> Chain {
    Chain::open(ChainConfig { rpc_port: 0, data_dir: Some(dir.to_owned()) }).unwrap()
}
