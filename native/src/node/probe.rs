//! Asks the chain source who it is before ldk-node relies on it: with a source that is down at the first build,
//! ldk-node 0.7.1 silently anchors the wallet at genesis, and it never compares networks.

use electrum_client::{ElectrumApi, Error as ElectrumError};
use ldk_node::bitcoin::block::Header;
use ldk_node::bitcoin::consensus::encode::deserialize_hex;
use ldk_node::bitcoin::constants::genesis_block;
use ldk_node::bitcoin::BlockHash;
use ldk_node::tokio::runtime::Handle;
use serde_json::{json, Value};

use super::config::{ChainConfig, NetworkName, NodeConfig};
use super::source::{electrum, electrum_failure, esplora, name_of, rpc, unreachable};
use crate::failure::{Failure, Kind};

/// The block script of the public signet (BIP 325), by which a bitcoind tells it from custom ones.
const SIGNET_CHALLENGE: &str = "512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be430210359ef5021964fe22d6f8e05b2463c9540ce96883fe3b278760f048f5189f2e6c452ae";
const MUTINYNET_CHALLENGE: &str = "512102f7561d208dd9ae99bf497273e16f389bdbd6c4742ddb8e6b216e64fa2928ad8f51ae";

/// The height of the source's tip. Fails unless the source answers, is on the configured network as far as it can tell
/// (all signets share one genesis block, so Esplora and Electrum cannot tell them apart), and has shown the block it says
/// is its tip: the word of one that gives none is worth nothing.
pub fn look(config: &NodeConfig, runtime: &Handle) -> Result<u32, Failure> {
    let network = config.network;
    let other = |found: String| wrong_network(config, &found);
    let (height, block) = match &config.chain {
        ChainConfig::Bitcoind { .. } => {
            bitcoind_network(network, &rpc(&config.chain, runtime, "getblockchaininfo", json!([]))?).map_err(other)?;
            let height = height_of(config, rpc(&config.chain, runtime, "getblockcount", json!([]))?.as_u64())?;
            let block = rpc(&config.chain, runtime, "getblockhash", json!([height]));
            (height, block.map(|hash| hash.is_string()))
        }
        ChainConfig::Esplora { url } => {
            same_genesis(network, &esplora(runtime, url, "block-height/0")?).map_err(other)?;
            let height = height_of(config, esplora(runtime, url, "blocks/tip/height")?.parse().ok())?;
            let hash = esplora(runtime, url, &format!("block-height/{height}"));
            let header = hash.and_then(|hash| {
                let header = esplora(runtime, url, &format!("block/{hash}/header"))?;
                Ok(is_header_of(&header, &hash))
            });
            (height, header)
        }
        ChainConfig::Electrum { url } => {
            let failed = |error: ElectrumError| electrum_failure(url, &error);
            let client = electrum(url)?;
            let first = client.block_header(0).map_err(failed)?;
            same_genesis(network, &first.block_hash().to_string()).map_err(other)?;
            let said = client.block_headers_subscribe().map_err(failed)?;
            let height = height_of(config, u64::try_from(said.height).ok())?;
            let block = client.block_header(said.height).map_err(failed);
            (height, block.map(|header| header.block_hash() == said.header.block_hash()))
        }
    };
    let source = name_of(&config.chain);
    match block {
        Ok(true) => Ok(height),
        // A new block may have come, or one gone, between the two questions; whoever asks again will see.
        Ok(false) => Err(inconsistent(&source, height, "it is another one")),
        Err(failure) if failure.kind == Kind::ChainRateLimited => Err(failure),
        Err(failure) => Err(inconsistent(&source, height, failure.detail.as_deref().unwrap_or("no reason given"))),
    }
}

/// Fails where the source is below a block that the node knows: from a server in that state LDK would take what came
/// since for undone. (Of a bitcoind it believes the chain with the most work only.)
pub fn not_behind(config: &NodeConfig, tip: u32, known: u32) -> Result<(), Failure> {
    if tip >= known {
        return Ok(());
    }
    let source = name_of(&config.chain);
    let message = format!(
        "The chain source {source} is at block {tip} only, and this node knows block {known} already; nothing is taken from it until it has caught up, or name another source."
    );
    Err(Failure::new(Kind::ChainBehind, message))
}

/// The source answers what [`look`] asks, and yet a sync with it fails; why is in ldk-node's log.
pub fn sync_failed(config: &NodeConfig) -> Failure {
    let source = name_of(&config.chain);
    let message = format!(
        "The chain source {source} answers, but a sync with it fails or takes too long; it is tried again, or name another source."
    );
    Failure::new(Kind::ChainSyncFailed, message)
}

fn height_of(config: &NodeConfig, height: Option<u64>) -> Result<u32, Failure> {
    let height = height.and_then(|height| u32::try_from(height).ok());
    height.ok_or_else(|| unreachable(&name_of(&config.chain), "the tip's height it gave is not a number".into()))
}

fn is_header_of(hex: &str, hash: &str) -> bool {
    deserialize_hex::<Header>(hex).is_ok_and(|header| header.block_hash().to_string() == hash)
}

fn inconsistent(source: &str, height: u32, detail: &str) -> Failure {
    let message = format!(
        "The chain source {source} says its tip is block {height}, but does not give that block; if this lasts, name another source."
    );
    Failure::new(Kind::ChainInconsistent, message).detail(detail)
}

fn wrong_network(config: &NodeConfig, found: &str) -> Failure {
    let message = format!(
        "The chain source {} is on {found}, not on {}; name another source, or the network it is on.",
        name_of(&config.chain),
        config.network.name()
    );
    Failure::new(Kind::ChainWrongNetwork, message).detail(found)
}

/// Fails with the network it is on instead.
fn bitcoind_network(wanted: NetworkName, info: &Value) -> Result<(), String> {
    let chain = info["chain"].as_str().unwrap_or("an unnamed network");
    let found = match (chain, info["signet_challenge"].as_str()) {
        ("regtest", _) => "regtest",
        ("test", _) => "testnet",
        ("main", _) => "bitcoin",
        ("signet", Some(SIGNET_CHALLENGE)) => "signet",
        ("signet", Some(MUTINYNET_CHALLENGE)) => "mutinynet",
        ("signet", Some(_)) => "a custom signet",
        // Before Bitcoin Core 28 the challenge is not told.
        ("signet", None) if matches!(wanted, NetworkName::Signet | NetworkName::Mutinynet) => wanted.name(),
        (other, _) => other,
    };
    if found == wanted.name() {
        Ok(())
    } else {
        Err(found.to_owned())
    }
}

/// Fails with what there is instead.
fn same_genesis(wanted: NetworkName, genesis: &str) -> Result<(), String> {
    if genesis.parse() == Ok::<BlockHash, _>(genesis_block(wanted.bitcoin()).block_hash()) {
        return Ok(());
    }
    Err(format!("the network with genesis block {genesis}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ldk_node::bitcoin::consensus::encode::serialize_hex;

    #[test]
    fn a_header_belongs_to_its_hash_alone() {
        let genesis = genesis_block(NetworkName::Regtest.bitcoin());
        let hex = serialize_hex(&genesis.header);
        assert!(is_header_of(&hex, &genesis.block_hash().to_string()));
        assert!(!is_header_of(&hex, &"00".repeat(32)));
        assert!(!is_header_of("junk", &genesis.block_hash().to_string()));
    }

    #[test]
    fn bitcoind_networks_are_told_apart() {
        let cases = [
            (NetworkName::Regtest, json!({ "chain": "regtest" }), true),
            (NetworkName::Bitcoin, json!({ "chain": "regtest" }), false),
            (NetworkName::Testnet, json!({ "chain": "testnet4" }), false),
            (NetworkName::Signet, json!({ "chain": "signet", "signet_challenge": SIGNET_CHALLENGE }), true),
            (NetworkName::Mutinynet, json!({ "chain": "signet", "signet_challenge": SIGNET_CHALLENGE }), false),
            (NetworkName::Mutinynet, json!({ "chain": "signet", "signet_challenge": MUTINYNET_CHALLENGE }), true),
            (NetworkName::Signet, json!({ "chain": "signet", "signet_challenge": "51" }), false),
            (NetworkName::Mutinynet, json!({ "chain": "signet" }), true),
            (NetworkName::Regtest, json!({}), false),
        ];
        for (wanted, info, fits) in cases {
            assert_eq!(bitcoind_network(wanted, &info).is_ok(), fits, "{wanted:?} {info}");
        }
    }

    #[test]
    fn mutinynet_has_the_genesis_block_of_signet() {
        let signet = "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6";
        assert!(same_genesis(NetworkName::Mutinynet, signet).is_ok());
        assert!(same_genesis(NetworkName::Regtest, signet).is_err());
        assert!(same_genesis(NetworkName::Signet, "junk").is_err());
    }
}
