//! bitcoind's JSON-RPC: from a request body to a reply body. Methods are listed in [`table`].

// Handlers share one signature, so some always succeed.
#![allow(clippy::unnecessary_wraps)]

mod args;
mod blocks;
mod envelope;
mod json;
mod mempool;
mod node;
mod script_json;
mod table;
mod transactions;
mod utxo_set;

pub use envelope::answer;

/// An RPC error as bitcoind would answer it (codes: `rpc/protocol.h`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RpcError {
    pub code: i32,
    pub message: String,
}

pub const MISC_ERROR: i32 = -1;
pub const TYPE_ERROR: i32 = -3;
pub const INVALID_ADDRESS_OR_KEY: i32 = -5;
pub const INVALID_PARAMETER: i32 = -8;
pub const DESERIALIZATION_ERROR: i32 = -22;
pub const TRANSACTION_ERROR: i32 = -25;
pub const TRANSACTION_REJECTED: i32 = -26;
pub const ALREADY_IN_UTXO_SET: i32 = -27;
pub const INVALID_REQUEST: i32 = -32600;
pub const METHOD_NOT_FOUND: i32 = -32601;
pub const INTERNAL_ERROR: i32 = -32603;
pub const PARSE_ERROR: i32 = -32700;

impl RpcError {
    #[must_use]
    pub fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
