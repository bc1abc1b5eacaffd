//! Asks the chain source who it is before ldk-node relies on it: with a source that is down at the first build,
//! ldk-node 0.7.1 silently anchors the wallet at genesis, and it never compares networks.

use std::time::Duration;

use electrum_client::{Client as ElectrumClient, ConfigBuilder, ElectrumApi};
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

/// Fails unless the source answers and is on the configured network, as far as it can tell: all signets share one
/// genesis block, so Esplora and Electrum cannot tell them apart.
pub fn check(config: &NodeConfig, runtime: &Handle) -> Result<(), Failure> {
    match &config.chain {
        ChainConfig::Bitcoind { .. } => {
            let info = rpc(config, runtime, "getblockchaininfo")?;
            bitcoind_network(config.network, &info)
        }
        ChainConfig::Esplora { url } => {
            let genesis = esplora(runtime, url, "block-height/0")?;
            esplora(runtime, url, "blocks/tip/height")?;
            same_genesis(config.network, &genesis)
        }
        ChainConfig::Electrum { url } => {
            let client = electrum(url)?;
            let header = client.block_header(0).map_err(|error| unreachable(url, error.to_string()))?;
            same_genesis(config.network, &header.block_hash().to_string())
        }
    }
}

/// The height of the source's tip now.
pub fn tip_height(config: &NodeConfig, runtime: &Handle) -> Result<u32, Failure> {
    let (source, height) = match &config.chain {
        ChainConfig::Bitcoind { host, .. } => (host, rpc(config, runtime, "getblockcount")?.as_u64()),
        ChainConfig::Esplora { url } => (url, esplora(runtime, url, "blocks/tip/height")?.parse().ok()),
        ChainConfig::Electrum { url } => {
            let tip = electrum(url)?.block_headers_subscribe();
            let tip = tip.map_err(|error| unreachable(url, error.to_string()))?;
            (url, u64::try_from(tip.height).ok())
        }
    };
    let height = height.and_then(|height| u32::try_from(height).ok());
    height.ok_or_else(|| unreachable(source, "the tip's height it gave is not a number".into()))
}

fn unreachable(source: &str, detail: String) -> Failure {
    let message = format!(
        "The chain source {source} does not answer as it should; check its address, its credentials and that it runs."
    );
    Failure::new(Kind::ChainUnreachable, message).detail(detail)
}

fn wrong_network(wanted: NetworkName, found: &str) -> Failure {
    let message = format!(
        "The chain source is on {found}, not on {}; name another source, or the network it is on.",
        wanted.name()
    );
    Failure::new(Kind::ChainWrongNetwork, message).detail(found)
}

fn bitcoind_network(wanted: NetworkName, info: &Value) -> Result<(), Failure> {
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
        Err(wrong_network(wanted, found))
    }
}

fn same_genesis(wanted: NetworkName, genesis: &str) -> Result<(), Failure> {
    if genesis.parse() == Ok::<BlockHash, _>(genesis_block(wanted.bitcoin()).block_hash()) {
        return Ok(());
    }
    Err(wrong_network(wanted, &format!("the network with genesis block {genesis}")))
}

fn rpc(config: &NodeConfig, runtime: &Handle, method: &str) -> Result<Value, Failure> {
    let ChainConfig::Bitcoind { host, port, user, password } = &config.chain else {
        return Err(Failure::new(Kind::Internal, "The chain source is no bitcoind."));
    };
    let source = format!("{host}:{port}");
    let answer = runtime.block_on(async {
        let client = Client::builder().no_proxy().tls_built_in_root_certs(false).timeout(TIMEOUT).build()?;
        let body = json!({ "jsonrpc": "1.0", "id": "peer-stables", "method": method, "params": [] });
        let request = client.post(format!("http://{source}/")).basic_auth(user, Some(password)).json(&body);
        let response = request.send().await?;
        let status = response.status();
        Ok((status, response.json::<Value>().await))
    });
    match answer {
        Err(error) => Err(unreachable(&source, reasons(error))),
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
    answer.map(|text| text.trim().to_owned()).map_err(|error| unreachable(url, reasons(error)))
}

fn electrum(url: &str) -> Result<ElectrumClient, Failure> {
    let config = ConfigBuilder::new().timeout(Some(TIMEOUT_SECS)).retry(0).build();
    ElectrumClient::from_config(url, config).map_err(|error| unreachable(url, error.to_string()))
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
