//! Asks the chain source who it is before ldk-node relies on it: with a source that is down at the first build,
//! ldk-node 0.7.1 silently anchors the wallet at genesis, and it never compares networks.

use std::time::Duration;

use electrum_client::{Client as ElectrumClient, ConfigBuilder, ElectrumApi, Error as ElectrumError};
use ldk_node::bitcoin::block::Header;
use ldk_node::bitcoin::consensus::encode::deserialize_hex;
use ldk_node::bitcoin::constants::genesis_block;
use ldk_node::bitcoin::BlockHash;
use ldk_node::tokio::runtime::Handle;
use reqwest::{Client, StatusCode};
use serde_json::{json, Value};

use super::config::{ChainConfig, NetworkName, NodeConfig};
use crate::failure::{Failure, Kind};

const TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT_SECS: u8 = 5;

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
            bitcoind_network(network, &rpc(config, runtime, "getblockchaininfo", json!([]))?).map_err(other)?;
            let height = height_of(config, rpc(config, runtime, "getblockcount", json!([]))?.as_u64())?;
            let block = rpc(config, runtime, "getblockhash", json!([height]));
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
    let source = name(config);
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
    let source = name(config);
    let message = format!(
        "The chain source {source} is at block {tip} only, and this node knows block {known} already; nothing is taken from it until it has caught up, or name another source."
    );
    Err(Failure::new(Kind::ChainBehind, message))
}

/// The source answers what [`look`] asks, and yet a sync with it fails; why is in ldk-node's log.
pub fn sync_failed(config: &NodeConfig) -> Failure {
    let source = name(config);
    let message = format!(
        "The chain source {source} answers, but a sync with it fails or takes too long; it is tried again, or name another source."
    );
    Failure::new(Kind::ChainSyncFailed, message)
}

fn name(config: &NodeConfig) -> String {
    match &config.chain {
        ChainConfig::Bitcoind { host, port, .. } => format!("{host}:{port}"),
        ChainConfig::Esplora { url } | ChainConfig::Electrum { url } => url.clone(),
    }
}

fn height_of(config: &NodeConfig, height: Option<u64>) -> Result<u32, Failure> {
    let height = height.and_then(|height| u32::try_from(height).ok());
    height.ok_or_else(|| unreachable(&name(config), "the tip's height it gave is not a number".into()))
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

fn rate_limited(source: &str, detail: String) -> Failure {
    let message = format!(
        "The chain source {source} refuses so many requests; it is asked again later, or name one of your own."
    );
    Failure::new(Kind::ChainRateLimited, message).detail(detail)
}

fn unreachable(source: &str, detail: String) -> Failure {
    let message = format!(
        "The chain source {source} does not answer as it should; check its address, its credentials and that it runs."
    );
    Failure::new(Kind::ChainUnreachable, message).detail(detail)
}

fn wrong_network(config: &NodeConfig, found: &str) -> Failure {
    let message = format!(
        "The chain source {} is on {found}, not on {}; name another source, or the network it is on.",
        name(config),
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

fn rpc(config: &NodeConfig, runtime: &Handle, method: &str, args: Value) -> Result<Value, Failure> {
    let ChainConfig::Bitcoind { host, port, user, password } = &config.chain else {
        return Err(Failure::new(Kind::Internal, "The chain source is no bitcoind."));
    };
    let source = format!("{host}:{port}");
    let answer = runtime.block_on(async {
        let client = Client::builder().no_proxy().tls_built_in_root_certs(false).timeout(TIMEOUT).build()?;
        let body = json!({ "jsonrpc": "1.0", "id": "peer-stables", "method": method, "params": args });
        let request = client.post(format!("http://{source}/")).basic_auth(user, Some(password)).json(&body);
        let response = request.send().await?;
        let status = response.status();
        Ok((status, response.json::<Value>().await))
    });
    match answer {
        Err(error) => Err(unreachable(&source, reasons(error))),
        // Too many requests at once are bitcoind's "work queue depth exceeded".
        Ok((status @ (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE), _)) => {
            Err(rate_limited(&source, status.to_string()))
        }
        Ok((StatusCode::UNAUTHORIZED, _)) => Err(unreachable(&source, "401: wrong user or password".into())),
        Ok((_, Ok(mut body))) if body["error"].is_null() && !body["result"].is_null() => Ok(body["result"].take()),
        Ok((_, Ok(body))) => Err(unreachable(&source, body["error"].to_string())),
        Ok((status, Err(_))) => Err(unreachable(&source, format!("{status} without a JSON body"))),
    }
}

fn esplora(runtime: &Handle, url: &str, path: &str) -> Result<String, Failure> {
    let address = format!("{}/{path}", url.trim_end_matches('/'));
    let answer = runtime.block_on(async {
        let client = Client::builder().timeout(TIMEOUT).build()?;
        client.get(address).send().await?.error_for_status()?.text().await
    });
    answer.map(|text| text.trim().to_owned()).map_err(|error| match error.status() {
        Some(StatusCode::TOO_MANY_REQUESTS) => rate_limited(url, reasons(error)),
        _ => unreachable(url, reasons(error)),
    })
}

fn electrum(url: &str) -> Result<ElectrumClient, Failure> {
    let config = ConfigBuilder::new().timeout(Some(TIMEOUT_SECS)).retry(0).build();
    ElectrumClient::from_config(url, config).map_err(|error| electrum_failure(url, &error))
}

/// The protocol has no word for too many requests; servers say it in theirs.
fn electrum_failure(url: &str, error: &ElectrumError) -> Failure {
    let text = error.to_string();
    let lower = text.to_lowercase();
    if ["excessive resource usage", "rate limit", "too many requests", "server busy"]
        .iter()
        .any(|said| lower.contains(said))
    {
        return rate_limited(url, text);
    }
    unreachable(url, text)
}

/// An error with everything that caused it; the address is said by the message.
fn reasons(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
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
    fn a_server_that_has_enough_is_told_from_one_that_fails() {
        let said = |text: &str| electrum_failure("tcp://a:1", &ElectrumError::Message(text.into())).kind;
        assert_eq!(said("excessive resource usage"), Kind::ChainRateLimited);
        assert_eq!(said("Rate limit exceeded"), Kind::ChainRateLimited);
        assert_eq!(said("connection refused"), Kind::ChainUnreachable);
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
