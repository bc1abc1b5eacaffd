//! The chain as the program that owns it sees it. All calls may come from any thread and block it for as long as they
//! take: milliseconds, and with a data directory one sync of the disk for each that adds blocks.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bitcoin::hex::DisplayHex;
use bitcoin::{Address, Amount, BlockHash, Network, Transaction, Txid};

use crate::error::ChainError;
use crate::faucet::random_bytes;
use crate::http::Server;
use crate::state::{Reorg, State};

const HOST: &str = "127.0.0.1";
const USER: &str = "peer-stables";

/// What [`Chain::open`] is told.
#[derive(Debug, Clone, Default)]
pub struct ChainConfig {
    /// Port of the RPC on 127.0.0.1; 0 for any that is free.
    pub rpc_port: u16,
    /// Where blocks are kept; in memory only when `None`.
    pub data_dir: Option<PathBuf>,
}

/// How to reach the RPC, and where the chain stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainInfo {
    pub host: String,
    pub port: u16,
    pub user: String,
    /// Random, new at each open.
    pub password: String,
    /// Height of the tip; genesis is 0.
    pub height: u32,
    pub best_hash: BlockHash,
    /// Transactions waiting.
    pub mempool_size: usize,
}

/// A transaction on the chain or waiting for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainTransaction {
    pub tx: Transaction,
    /// 0 in the mempool, 1 in the tip.
    pub confirmations: u32,
    pub block_hash: Option<BlockHash>,
}

/// An open chain. Dropping it closes it.
pub struct Chain {
    state: Arc<Mutex<State>>,
    server: Mutex<Option<Server>>,
    password: String,
}

impl Chain {
    /// Opens the chain kept in `data_dir`, or a new one of 110 blocks whose coinbases belong to its own faucet, and
    /// serves its RPC.
    pub fn open(config: ChainConfig) -> Result<Self, ChainError> {
        let ChainConfig { rpc_port, data_dir } = config;
        let state = State::open(data_dir.as_deref())?;
        let mut secret = [0; 16];
        random_bytes(&mut secret)?;
        let password = secret.to_lower_hex_string();
        let state = Arc::new(Mutex::new(state));
        let server = Server::start(rpc_port, USER, &password, Arc::clone(&state))?;
        Ok(Self { state, server: Mutex::new(Some(server)), password })
    }

    /// Where the RPC listens and where the chain stands.
    pub fn info(&self) -> Result<ChainInfo, ChainError> {
        let port = self.server()?.as_ref().ok_or(ChainError::Closed)?.port();
        let state = self.state();
        Ok(ChainInfo {
            host: HOST.to_owned(),
            port,
            user: USER.to_owned(),
            password: self.password.clone(),
            height: state.index.height(),
            best_hash: state.index.tip_hash(),
            mempool_size: state.mempool.len(),
        })
    }

    /// Mines `blocks` (1 to 10,000) paying to `address`, the faucet when `None`, and takes the mempool along. Answers
    /// the hashes, lowest first.
    pub fn mine(&self, blocks: u32, address: Option<&Address>) -> Result<Vec<BlockHash>, ChainError> {
        self.open_state()?.mine(blocks, address.map(Address::script_pubkey))
    }

    /// Pays `amount` to `address` from the faucet and mines it in with one block.
    ///
    /// # Errors
    /// [`ChainError::FaucetExhausted`] when the mature coins do not suffice: mining matures more.
    pub fn fund(&self, address: &Address, amount: Amount) -> Result<Txid, ChainError> {
        self.open_state()?.fund(address.script_pubkey(), amount)
    }

    /// Replaces the last `depth` blocks by `blocks` empty ones, which must be more. The transactions of the old blocks
    /// return to the mempool as far as they are still valid.
    pub fn reorg(&self, depth: u32, blocks: u32) -> Result<Reorg, ChainError> {
        self.open_state()?.reorg(depth, blocks)
    }

    /// The transactions waiting, parents before children.
    pub fn mempool(&self) -> Result<Vec<Txid>, ChainError> {
        Ok(self.open_state()?.mempool.iter().map(|entry| entry.txid).collect())
    }

    /// A transaction of the mempool or the active chain.
    pub fn transaction(&self, txid: &Txid) -> Result<Option<ChainTransaction>, ChainError> {
        let state = self.open_state()?;
        if let Some(entry) = state.mempool.get(txid) {
            return Ok(Some(ChainTransaction {
                tx: Transaction::clone(&entry.tx),
                confirmations: 0,
                block_hash: None,
            }));
        }
        Ok(state.index.transaction(txid).map(|(hash, record, tx)| ChainTransaction {
            tx: tx.clone(),
            confirmations: state.index.height() - record.height + 1,
            block_hash: Some(hash),
        }))
    }

    /// Puts a transaction into the mempool.
    ///
    /// # Errors
    /// [`ChainError::Rejected`] with bitcoind's reason.
    pub fn submit(&self, tx: Transaction) -> Result<Txid, ChainError> {
        let mut state = self.open_state()?;
        let accepted = state.judge(tx)?;
        let txid = accepted.entry.txid;
        state.admit(accepted);
        Ok(txid)
    }

    /// Sum of all unspent outputs of the chain.
    pub fn total_unspent(&self) -> Result<Amount, ChainError> {
        Ok(self.open_state()?.coins.total())
    }

    /// Stops answering: connections are closed and new ones refused, as with a bitcoind that is down.
    pub fn pause(&self) -> Result<(), ChainError> {
        self.server()?.as_mut().ok_or(ChainError::Closed)?.pause();
        Ok(())
    }

    /// Answers again, on the same port.
    pub fn resume(&self) -> Result<(), ChainError> {
        self.server()?.as_mut().ok_or(ChainError::Closed)?.resume()
    }

    /// Stops the RPC, stores the mempool if there is a data directory, and gives the directory free. Later calls answer
    /// [`ChainError::Closed`]; closing again does nothing.
    pub fn close(&self) -> Result<(), ChainError> {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        match server {
            Some(server) => {
                drop(server);
                self.state().close()
            }
            None => Ok(()),
        }
    }

    fn server(&self) -> Result<MutexGuard<'_, Option<Server>>, ChainError> {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        if server.is_some() {
            Ok(server)
        } else {
            Err(ChainError::Closed)
        }
    }

    fn open_state(&self) -> Result<MutexGuard<'_, State>, ChainError> {
        drop(self.server()?);
        Ok(self.state())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        // Nobody is left to hear of an error; the blocks are on the disk already, only the mempool would be lost.
        let _ = self.close();
    }
}

/// Reads a regtest address.
pub fn parse_address(text: &str) -> Result<Address, ChainError> {
    let bad = |reason: String| ChainError::BadAddress { address: text.to_owned(), reason };
    let address: Address<_> = text.parse().map_err(|error: bitcoin::address::ParseError| bad(error.to_string()))?;
    address.require_network(Network::Regtest).map_err(|error| bad(error.to_string()))
}
