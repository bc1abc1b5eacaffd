//! Handles of kind "chain": the embedded regtest chain.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use ldk_node::bitcoin::consensus::encode::serialize_hex;
use ldk_node::bitcoin::{Address, Amount, Txid};
use peer_stables_chain::{parse_address, Chain, ChainConfig, ChainError};
use serde::Deserialize;
use serde_json::{json, Value};

use crate::failure::{Failure, Kind};
use crate::numbers::Decimal;
use crate::opening::{bad_config, config};
use crate::rpc::params;
use crate::session::Lane::{self, Read, Slow};
use crate::session::Service;

type Answer = Result<Value, Failure>;

struct Method {
    name: &'static str,
    lane: Lane,
    run: fn(&Chain, Value) -> Answer,
}

const METHODS: &[Method] = &[
    Method { name: "chain.info", lane: Read, run: info },
    Method { name: "chain.mine", lane: Slow, run: mine },
    Method { name: "chain.fund", lane: Slow, run: fund },
    Method { name: "chain.reorg", lane: Slow, run: reorg },
    Method { name: "chain.mempool", lane: Read, run: mempool },
    Method { name: "chain.transaction", lane: Read, run: transaction },
    Method { name: "chain.pause", lane: Slow, run: pause },
    Method { name: "chain.resume", lane: Slow, run: resume },
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    rpc_port: u16,
    data_dir: Option<PathBuf>,
}

struct ChainHandle {
    chain: Chain,
}

pub fn open(value: Value) -> Result<Arc<dyn Service>, Failure> {
    let Config { rpc_port, data_dir } = config(value)?;
    if data_dir.as_ref().is_some_and(|dir| !dir.is_absolute()) {
        return Err(bad_config("data_dir", "must be an absolute path"));
    }
    let chain = Chain::open(ChainConfig { rpc_port, data_dir })?;
    Ok(Arc::new(ChainHandle { chain }))
}

impl Service for ChainHandle {
    fn lane(&self, method: &str) -> Option<Lane> {
        find(method).map(|method| method.lane)
    }

    fn call(&self, method: &str, params: Value) -> Answer {
        match find(method) {
            Some(method) => (method.run)(&self.chain, params),
            None => Err(Failure::new(Kind::UnknownMethod, format!("There is no method \"{method}\"."))),
        }
    }

    fn close(&self) {
        // What was answered is on disk already; closing twice is no error worth telling.
        let _ = self.chain.close();
    }
}

fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        let kind = match &error {
            ChainError::DataDir { .. } => Kind::DataDirUnwritable,
            ChainError::DataDirInUse { .. } => Kind::DataDirInUse,
            ChainError::PortInUse { .. } => Kind::PortInUse,
            ChainError::BadAddress { .. } => Kind::InvalidAddress,
            ChainError::BadArgument { .. } => Kind::BadParams,
            ChainError::FaucetExhausted { .. } => Kind::InsufficientFunds,
            ChainError::Closed => Kind::Closed,
            ChainError::System { .. } | ChainError::Internal(_) => Kind::Internal,
            ChainError::Damaged { .. } | ChainError::Rejected(_) => Kind::ChainError,
        };
        Failure::new(kind, error.to_string())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoParams {}

fn info(chain: &Chain, input: Value) -> Answer {
    let NoParams {} = params(input)?;
    let info = chain.info()?;
    Ok(json!({
        "host": info.host, "port": info.port, "user": info.user, "password": info.password,
        "height": info.height, "best_hash": info.best_hash.to_string(), "mempool_size": info.mempool_size,
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mine {
    blocks: u32,
    address: Option<String>,
}

fn mine(chain: &Chain, input: Value) -> Answer {
    let Mine { blocks, address } = params(input)?;
    let address: Option<Address> = address.as_deref().map(parse_address).transpose()?;
    Ok(json!({ "hashes": texts(chain.mine(blocks, address.as_ref())?) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fund {
    address: String,
    amount_sat: Decimal<u64>,
}

fn fund(chain: &Chain, input: Value) -> Answer {
    let Fund { address, amount_sat } = params(input)?;
    let txid = chain.fund(&parse_address(&address)?, Amount::from_sat(amount_sat.0))?;
    Ok(json!({ "txid": txid.to_string() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reorg {
    depth: u32,
    blocks: Option<u32>,
}

fn reorg(chain: &Chain, input: Value) -> Answer {
    let Reorg { depth, blocks } = params(input)?;
    let reorg = chain.reorg(depth, blocks.unwrap_or(depth.saturating_add(1)))?;
    Ok(json!({ "disconnected": texts(reorg.disconnected), "connected": texts(reorg.connected) }))
}

fn mempool(chain: &Chain, input: Value) -> Answer {
    let NoParams {} = params(input)?;
    Ok(json!({ "txids": texts(chain.mempool()?) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transaction {
    txid: String,
}

fn transaction(chain: &Chain, input: Value) -> Answer {
    let Transaction { txid } = params(input)?;
    let id = Txid::from_str(&txid).map_err(|error| Failure::new(Kind::BadParams, format!("txid: {error}")))?;
    let Some(found) = chain.transaction(&id)? else {
        let message = format!("There is no transaction {id} on the chain or in its mempool.");
        return Err(Failure::new(Kind::ChainError, message));
    };
    Ok(json!({
        "hex": serialize_hex(&found.tx),
        "confirmations": found.confirmations,
        "block_hash": found.block_hash.map(|hash| hash.to_string()),
    }))
}

fn pause(chain: &Chain, input: Value) -> Answer {
    let NoParams {} = params(input)?;
    chain.pause()?;
    Ok(json!({}))
}

fn resume(chain: &Chain, input: Value) -> Answer {
    let NoParams {} = params(input)?;
    chain.resume()?;
    Ok(json!({}))
}

fn texts(hashes: Vec<impl ToString>) -> Vec<String> {
    hashes.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_names_every_method() {
        let contract = include_str!("../../docs/native-abi.md");
        for method in METHODS {
            assert!(contract.contains(method.name), "{} is undocumented", method.name);
        }
    }
}
