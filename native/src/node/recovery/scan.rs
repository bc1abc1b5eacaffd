//! Asks a chain source for the unspent outputs of many scripts.

use std::thread::sleep;
use std::time::Duration;

use electrum_client::ElectrumApi;
use ldk_node::bitcoin::consensus::encode::serialize_hex;
use ldk_node::bitcoin::hashes::{sha256, Hash};
use ldk_node::bitcoin::{Amount, OutPoint, Script, ScriptBuf, Transaction, Txid};
use ldk_node::tokio::runtime::{Builder as RuntimeBuilder, Runtime};
use ldk_node::NodeError;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{json, Value};

use super::super::config::{ChainConfig, NetworkName, NodeConfig};
use super::super::source::{
    electrum, electrum_failure, electrum_within, esplora_client, esplora_failure, esplora_found_by, name_of, rpc_said,
    unreachable, TIMEOUT,
};
use crate::failure::{Failure, Kind};

/// bitcoind reads through all unspent outputs there are; on mainnet that takes minutes on a slow disk.
const SCAN_TIMEOUT: Duration = Duration::from_secs(25 * 60);
/// How many scripts a call asks a server for; bitcoind takes all in one.
const BATCH: usize = 100;
/// Some Electrum servers hold each answer back for a while.
const ELECTRUM_SECONDS: u8 = 60;
/// Between two requests to an Esplora server: public ones count them. One of our own needs no sparing.
const PAUSE: Duration = Duration::from_millis(100);
/// Seconds, each time a server says it has had enough.
const WAITS: &[u64] = &[2, 4, 8, 16, 32, 64];

pub struct Found {
    /// The number of its script.
    pub script: usize,
    pub outpoint: OutPoint,
    pub value: Amount,
    /// Of the block it is in.
    pub height: Option<u32>,
    /// A transaction that spends it waits for a block already.
    pub being_spent: bool,
}

/// A chain source to be asked for long, on a runtime that outlives the node's: whose end would be a panic in here.
pub struct Scanner<'a> {
    chain: &'a ChainConfig,
    pause: Duration,
    runtime: Runtime,
    /// Whether anybody still waits for it.
    is_wanted: &'a dyn Fn() -> bool,
}

impl<'a> Scanner<'a> {
    pub fn new(config: &'a NodeConfig, is_wanted: &'a dyn Fn() -> bool) -> Result<Self, Failure> {
        // With a thread of its own: what waits by a handle drives nothing itself.
        let runtime = RuntimeBuilder::new_multi_thread().worker_threads(1).enable_all().build().map_err(|error| {
            Failure::new(Kind::Internal, "The async runtime could not be made.").detail(error.to_string())
        })?;
        let pause = if config.network == NetworkName::Regtest { Duration::ZERO } else { PAUSE };
        Ok(Self { chain: &config.chain, pause, runtime, is_wanted })
    }

    /// The outputs of as many scripts as one call may ask for, and the number of the first script not asked for.
    pub fn batch(&self, scripts: &[ScriptBuf], from: usize) -> Result<(Vec<Found>, Option<usize>), Failure> {
        let all = matches!(self.chain, ChainConfig::Bitcoind { .. });
        let end = if all { scripts.len() } else { from.saturating_add(BATCH).min(scripts.len()) };
        let wanted: Vec<(usize, &ScriptBuf)> = scripts.iter().enumerate().take(end).skip(from).collect();
        let found = match self.chain {
            ChainConfig::Bitcoind { .. } => self.ask_bitcoind(&wanted)?,
            ChainConfig::Esplora { url } => self.ask_esplora(url, &wanted)?,
            ChainConfig::Electrum { url } => self.ask_electrum(url, &wanted)?,
        };
        Ok((found, Some(end).filter(|end| *end < scripts.len())))
    }

    /// @returns once the source has taken it
    pub fn broadcast(&self, transaction: &Transaction) -> Result<(), Failure> {
        let hex = serialize_hex(transaction);
        match self.chain {
            ChainConfig::Bitcoind { .. } => self
                .rpc("sendrawtransaction", json!([hex]), TIMEOUT)?
                .map(|_| ())
                .map_err(|error| refused(error["message"].as_str().unwrap_or("no reason given"))),
            ChainConfig::Esplora { url } => {
                let address = format!("{}/tx", url.trim_end_matches('/'));
                let client = esplora_client(url)?;
                let answer = self.runtime.block_on(async {
                    let response = client.post(address).body(hex).send().await?;
                    let status = response.status();
                    Ok((status, response.text().await?))
                });
                match answer.map_err(|error| esplora_failure(url, error))? {
                    (StatusCode::BAD_REQUEST, reason) => Err(refused(&reason)),
                    (status, _) if status.is_success() => Ok(()),
                    (status, _) => Err(unreachable(url, status.to_string())),
                }
            }
            ChainConfig::Electrum { url } => match electrum(url)?.transaction_broadcast(transaction) {
                Ok(_) => Ok(()),
                Err(electrum_client::Error::Protocol(reason)) => Err(refused(&reason.to_string())),
                Err(error) => Err(electrum_failure(url, &error)),
            },
        }
    }

    fn rpc(&self, method: &str, args: Value, timeout: Duration) -> Result<Result<Value, Value>, Failure> {
        rpc_said(self.chain, self.runtime.handle(), method, args, timeout)
    }

    fn ask_bitcoind(&self, wanted: &[(usize, &ScriptBuf)]) -> Result<Vec<Found>, Failure> {
        let raw: Vec<String> = wanted.iter().map(|(_, script)| format!("raw({})", script.to_hex_string())).collect();
        let scanned = self.rpc("scantxoutset", json!(["start", raw]), SCAN_TIMEOUT)?.map_err(|error| {
            let message =
                "bitcoind did not look through the unspent outputs; if another program has it do that, wait for it.";
            Failure::new(Kind::ChainError, message).detail(error["message"].as_str().unwrap_or("no reason given"))
        })?;
        let Scanned { unspents } = read(&name_of(self.chain), scanned)?;
        let mut found = Vec::new();
        for ScannedOutput { txid, vout, script, amount, height } in unspents {
            let Some((script, _)) = wanted.iter().find(|(_, wanted)| **wanted == script) else { continue };
            // The scan knows blocks only.
            let left = self.rpc("gettxout", json!([txid, vout, true]), TIMEOUT)?;
            let value =
                Amount::from_btc(amount).map_err(|error| unreachable(&name_of(self.chain), error.to_string()))?;
            let being_spent = left.is_ok_and(|coin| coin.is_null());
            let outpoint = OutPoint { txid, vout };
            found.push(Found { script: *script, outpoint, value, height: Some(height), being_spent });
        }
        Ok(found)
    }

    fn ask_esplora(&self, url: &str, wanted: &[(usize, &ScriptBuf)]) -> Result<Vec<Found>, Failure> {
        let client = esplora_client(url)?;
        let mut found = Vec::new();
        for (script, wanted) in wanted {
            let path = format!("scripthash/{}/utxo", sha256::Hash::hash(wanted.as_bytes()));
            let text = self.patiently(|| esplora_found_by(&client, self.runtime.handle(), url, &path))?;
            let text = text.ok_or_else(|| unreachable(url, format!("404 for {path}")))?;
            let outputs: Vec<EsploraOutput> =
                serde_json::from_str(&text).map_err(|error| unreachable(url, error.to_string()))?;
            found.extend(outputs.into_iter().map(|EsploraOutput { txid, vout, value, status }| Found {
                script: *script,
                outpoint: OutPoint { txid, vout },
                value,
                height: status.block_height,
                being_spent: false,
            }));
            sleep(self.pause);
        }
        Ok(found)
    }

    fn ask_electrum(&self, url: &str, wanted: &[(usize, &ScriptBuf)]) -> Result<Vec<Found>, Failure> {
        let scripts: Vec<&Script> = wanted.iter().map(|(_, script)| script.as_script()).collect();
        let lists = self.patiently(|| {
            let unspent = electrum_within(url, ELECTRUM_SECONDS)?.batch_script_list_unspent(scripts.iter().copied());
            unspent.map_err(|error| electrum_failure(url, &error))
        })?;
        if lists.len() != wanted.len() {
            return Err(unreachable(url, format!("{} answers to {} questions", lists.len(), wanted.len())));
        }
        let found = wanted.iter().zip(lists).flat_map(|((script, _), outputs)| {
            outputs.into_iter().filter_map(|output| {
                let vout = u32::try_from(output.tx_pos).ok()?;
                Some(Found {
                    script: *script,
                    outpoint: OutPoint { txid: output.tx_hash, vout },
                    value: Amount::from_sat(output.value),
                    // Unconfirmed ones are of height 0.
                    height: u32::try_from(output.height).ok().filter(|height| *height > 0),
                    being_spent: false,
                })
            })
        });
        Ok(found.collect())
    }

    /// Asks again, later and later, while the source says it is asked too often.
    fn patiently<T>(&self, mut ask: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
        for wait in WAITS {
            if !(self.is_wanted)() {
                break;
            }
            match ask() {
                Err(failure) if failure.kind == Kind::ChainRateLimited => {
                    for _ in (0..*wait).take_while(|_| (self.is_wanted)()) {
                        sleep(Duration::from_secs(1));
                    }
                }
                answer => return answer,
            }
        }
        if (self.is_wanted)() {
            ask()
        } else {
            Err(NodeError::NotRunning.into())
        }
    }
}

fn refused(reason: &str) -> Failure {
    let message = "The chain source refused the transaction that collects the payouts; sync, then ask again.";
    Failure::new(Kind::ChainError, message).detail(reason)
}

#[derive(Deserialize)]
struct Scanned {
    unspents: Vec<ScannedOutput>,
}

#[derive(Deserialize)]
struct ScannedOutput {
    txid: Txid,
    vout: u32,
    #[serde(rename = "scriptPubKey")]
    script: ScriptBuf,
    /// In bitcoin; eight decimals survive a double.
    amount: f64,
    height: u32,
}

#[derive(Deserialize)]
struct EsploraOutput {
    txid: Txid,
    vout: u32,
    value: Amount,
    status: EsploraStatus,
}

#[derive(Deserialize)]
struct EsploraStatus {
    block_height: Option<u32>,
}

fn read<T: for<'de> Deserialize<'de>>(source: &str, value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| unreachable(source, error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::super::config;
    use super::super::super::source::rate_limited;
    use super::*;

    fn electrum_config() -> NodeConfig {
        let chain = json!({ "kind": "electrum", "url": "tcp://127.0.0.1:1" });
        config::read(json!({ "data_dir": "/data", "network": "regtest", "chain": chain })).unwrap()
    }

    #[test]
    fn a_source_that_has_enough_is_asked_again() {
        let config = electrum_config();
        let asked = Cell::new(0);
        let answer = Scanner::new(&config, &|| true).unwrap().patiently(|| {
            asked.set(asked.get() + 1);
            if asked.get() < 2 {
                Err(rate_limited("it", String::new()))
            } else {
                Ok(asked.get())
            }
        });
        assert_eq!(answer.unwrap(), 2);
    }

    #[test]
    fn nothing_is_asked_once_nobody_waits() {
        let config = electrum_config();
        let failure = Scanner::new(&config, &|| false).unwrap().batch(&[ScriptBuf::new()], 0).err().unwrap();
        assert_eq!(failure.kind, Kind::NotRunning);
    }
}
