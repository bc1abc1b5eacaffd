//! A node's configuration as the caller writes it.

use std::path::PathBuf;
use std::str::FromStr;

use ldk_node::bitcoin::Network;
use ldk_node::lightning::ln::msgs::SocketAddress;
use serde::de::{self, Deserializer};
use serde::Deserialize;
use serde_json::Value;

use super::recovery::birthday::Since;
use crate::failure::Failure;
use crate::hex::NodeId;
use crate::numbers::Decimal;
use crate::opening::{bad_config, config as parse};

/// BOLT 7: an alias is 32 bytes at most.
const LONGEST_ALIAS: usize = 32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeConfig {
    pub data_dir: PathBuf,
    pub network: NetworkName,
    #[serde(default)]
    pub alias: String,
    #[serde(default)]
    pub listen: Vec<Address>,
    pub chain: ChainConfig,
    #[serde(default)]
    pub seed: SeedConfig,
    #[serde(default = "default_reserve")]
    pub per_channel_reserve_sat: Decimal<u64>,
    #[serde(default)]
    pub trusted_peers_0conf: Vec<NodeId>,
    pub lsps1_client: Option<LspClient>,
    pub lsps2_client: Option<LspClient>,
    pub lsps2_service: Option<Lsps2Service>,
    /// A seed that was in use before: its wallet is looked for in the whole chain, not from the tip on.
    #[serde(default)]
    pub rescan: bool,
    /// When that seed was made, if known; bitcoind is not asked for older blocks then.
    pub rescan_since: Option<Since>,
    pub rgs_url: Option<String>,
    pub scores_url: Option<String>,
    #[serde(default)]
    pub log: LogConfig,
}

fn default_reserve() -> Decimal<u64> {
    Decimal(25_000)
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum NetworkName {
    Regtest,
    Mutinynet,
    Signet,
    Testnet,
    Bitcoin,
}

impl NetworkName {
    pub fn name(self) -> &'static str {
        match self {
            NetworkName::Regtest => "regtest",
            NetworkName::Mutinynet => "mutinynet",
            NetworkName::Signet => "signet",
            NetworkName::Testnet => "testnet",
            NetworkName::Bitcoin => "bitcoin",
        }
    }

    /// Mutinynet is a signet of its own: the same parameters and genesis, another block signer.
    pub fn bitcoin(self) -> Network {
        match self {
            NetworkName::Regtest => Network::Regtest,
            NetworkName::Mutinynet | NetworkName::Signet => Network::Signet,
            NetworkName::Testnet => Network::Testnet,
            NetworkName::Bitcoin => Network::Bitcoin,
        }
    }
}

/// A TCP address, `host:port`.
#[derive(Clone, Debug)]
pub struct Address(pub SocketAddress);

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let address = SocketAddress::from_str(&text)
            .map_err(|error| de::Error::custom(format!("not a host:port address: {error}")))?;
        Ok(Self(address))
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ChainConfig {
    Bitcoind { host: String, port: u16, user: String, password: String },
    Esplora { url: String },
    Electrum { url: String },
}

#[derive(Default, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SeedConfig {
    #[default]
    File,
    Hex {
        value: String,
    },
    Mnemonic {
        value: String,
        #[serde(default)]
        passphrase: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LspClient {
    pub node_id: NodeId,
    pub address: Address,
    pub token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lsps2Service {
    pub require_token: Option<String>,
    pub advertise_service: bool,
    pub channel_opening_fee_ppm: u32,
    pub min_channel_opening_fee_msat: Decimal<u64>,
    pub channel_over_provisioning_ppm: u32,
    pub min_channel_lifetime: u32,
    pub max_client_to_self_delay: u32,
    pub min_payment_size_msat: Decimal<u64>,
    pub max_payment_size_msat: Decimal<u64>,
    pub client_trusts_lsp: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    pub level: Level,
    pub max_bytes: u64,
    pub files: u32,
    pub ring_lines: usize,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: Level::Debug, max_bytes: 10 << 20, files: 3, ring_lines: 2000 }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

/// Reads and checks a configuration.
pub fn read(value: Value) -> Result<NodeConfig, Failure> {
    let config: NodeConfig = parse(value)?;
    if !config.data_dir.is_absolute() {
        return Err(bad_config("data_dir", "must be an absolute path"));
    }
    if config.alias.len() > LONGEST_ALIAS {
        return Err(bad_config("alias", "must be 32 bytes at most"));
    }
    if config.log.files == 0 || config.log.max_bytes == 0 {
        return Err(bad_config("log", "files and max_bytes must be at least 1"));
    }
    if config.listen.len() > 100 {
        return Err(bad_config("listen", "must be 100 addresses at most"));
    }
    Ok(config)
}

impl NodeConfig {
    /// Words that must never reach the log.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = Vec::new();
        if let ChainConfig::Bitcoind { password, .. } = &self.chain {
            secrets.push(password.clone());
        }
        match &self.seed {
            // The bytes of a hex seed are wiped once they are read; nothing of ours or LDK's could log them.
            SeedConfig::File | SeedConfig::Hex { .. } => {}
            SeedConfig::Mnemonic { value, passphrase } => secrets.extend([value.clone(), passphrase.clone()]),
        }
        let clients = [&self.lsps1_client, &self.lsps2_client];
        secrets.extend(clients.into_iter().flatten().filter_map(|client| client.token.clone()));
        secrets.extend(self.lsps2_service.as_ref().and_then(|service| service.require_token.clone()));
        // A shorter one is none, and would be found all over the log.
        secrets.retain(|secret| secret.len() >= 4);
        secrets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;
    use serde_json::json;

    fn valid() -> Value {
        json!({
            "data_dir": "/data", "network": "regtest",
            "chain": { "kind": "bitcoind", "host": "127.0.0.1", "port": 1, "user": "u", "password": "p" },
        })
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let config = read(valid()).unwrap();
        assert_eq!(config.per_channel_reserve_sat.0, 25_000);
        assert!(matches!(config.seed, SeedConfig::File));
        assert!(config.listen.is_empty() && config.alias.is_empty());
    }

    #[test]
    fn a_field_that_does_not_fit_is_named() {
        let cases = [
            ("data_dir", json!("relative"), "data_dir"),
            ("network", json!("mainnet"), "network"),
            ("alias", json!("x".repeat(33)), "alias"),
            ("listen", json!(["nowhere"]), "listen[0]"),
            ("chain", json!({ "kind": "bitcoind" }), "chain"),
            ("seed", json!({ "kind": "brain" }), "seed"),
            ("per_channel_reserve_sat", json!(1), "per_channel_reserve_sat"),
            ("trusted_peers_0conf", json!(["02"]), "trusted_peers_0conf[0]"),
            ("log", json!({ "level": "loud" }), "log.level"),
            ("surprise", json!(1), "surprise"),
        ];
        for (field, value, named) in cases {
            let mut config = valid();
            config[field] = value;
            let failure = read(config).err().unwrap();
            assert_eq!(failure.kind, Kind::BadConfig);
            assert!(failure.message.contains(named), "{field}: {}", failure.message);
        }
    }
}
