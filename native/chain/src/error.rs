//! What can go wrong with the chain itself (not with one RPC call; see [`crate::rpc`] for those).

use std::fmt;
use std::path::PathBuf;

use bitcoin::Amount;

use crate::reject::Reject;

/// An operation on a [`crate::Chain`] that was refused or failed. Nothing is half done when one is returned.
#[derive(Debug)]
pub enum ChainError {
    /// The data directory cannot be made, read or written.
    DataDir { path: PathBuf, reason: String },
    /// Another chain, here or in another process, has the data directory open.
    DataDirInUse { path: PathBuf },
    /// A file in the data directory is damaged in a way no interrupted write explains.
    Damaged { path: PathBuf, offset: u64, reason: String },
    /// The RPC port cannot be listened on.
    PortInUse { port: u16, reason: String },
    /// The text is no regtest address.
    BadAddress { address: String, reason: String },
    /// An argument is out of its range.
    BadArgument { what: &'static str, reason: String },
    /// The faucet has fewer mature coins than asked for.
    FaucetExhausted { wanted: Amount, available: Amount },
    /// A transaction was refused, in bitcoind's own words.
    Rejected(Reject),
    /// The chain was closed.
    Closed,
    /// The operating system refused something (randomness, threads).
    System { what: &'static str, reason: String },
    /// A rule of the chain's own making was broken: a defect in this crate.
    Internal(String),
}

impl ChainError {
    /// A stable name for each kind of error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DataDir { .. } => "data_dir_unwritable",
            Self::DataDirInUse { .. } => "data_dir_in_use",
            Self::Damaged { .. } => "data_damaged",
            Self::PortInUse { .. } => "port_in_use",
            Self::BadAddress { .. } => "invalid_address",
            Self::BadArgument { .. } => "bad_params",
            Self::FaucetExhausted { .. } => "insufficient_funds",
            Self::Rejected(_) => "transaction_rejected",
            Self::Closed => "closed",
            Self::System { .. } | Self::Internal(_) => "internal",
        }
    }
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DataDir { path, reason } => {
                write!(
                    f,
                    "{} cannot be used for the chain's data: {reason}; give a directory that can be written",
                    path.display()
                )
            }
            Self::DataDirInUse { path } => {
                write!(f, "{} is in use by another chain; close that one or give another directory", path.display())
            }
            Self::Damaged { path, offset, reason } => {
                write!(
                    f,
                    "{} is damaged at byte {offset}: {reason}; restore it or give another directory",
                    path.display()
                )
            }
            Self::PortInUse { port, reason } => {
                write!(f, "cannot listen on 127.0.0.1:{port}: {reason}; free the port or use 0 for any")
            }
            Self::BadAddress { address, reason } => {
                write!(f, "{address:?} is no regtest address: {reason}; give one that starts with bcrt1, m, n or 2")
            }
            Self::BadArgument { what, reason } => write!(f, "{what}: {reason}"),
            Self::FaucetExhausted { wanted, available } => {
                write!(f, "the faucet has {available} in mature coins, {wanted} with the fee is asked for; mine blocks to mature more")
            }
            Self::Rejected(reject) => write!(f, "the chain refused the transaction: {reject}"),
            Self::Closed => write!(f, "the chain is closed; open it again"),
            Self::System { what, reason } => write!(f, "{what} failed: {reason}"),
            Self::Internal(reason) => write!(f, "the embedded chain broke its own rules: {reason}; please report this"),
        }
    }
}

impl std::error::Error for ChainError {}

impl From<Reject> for ChainError {
    fn from(reject: Reject) -> Self {
        Self::Rejected(reject)
    }
}
