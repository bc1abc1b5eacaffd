//! From our configuration to ldk-node's.

use std::sync::Arc;

use ldk_node::config::{AnchorChannelsConfig, Config, ElectrumSyncConfig, EsploraSyncConfig};
use ldk_node::lightning::ln::msgs::SocketAddress;
use ldk_node::liquidity::LSPS2ServiceConfig;
use ldk_node::logger::LogWriter;
use ldk_node::tokio::runtime::Handle;
use ldk_node::{BuildError, Builder, DynStore, Node};

use super::config::{ChainConfig, Lsps2Service, NodeConfig};
use super::seed::Seed;

/// Everything a node is built from.
#[derive(Clone)]
pub struct Parts<'a> {
    pub config: &'a NodeConfig,
    pub seed: &'a Seed,
    pub listen: &'a [SocketAddress],
    pub store: Arc<DynStore>,
    pub log: Arc<dyn LogWriter>,
    pub runtime: Handle,
}

pub fn build(parts: Parts) -> Result<Node, BuildError> {
    let Parts { config, .. } = parts;
    build_on(&config.chain, parts)
}

/// Has the wallet of a seed that was in use before begin at the genesis block. With bitcoind as its source ldk-node
/// begins a wallet it does not know at the tip, and would never see what was paid to it earlier; with Esplora it begins
/// it at genesis. So it is made with the latter, which nothing is asked of before a start, and thrown away again.
pub fn begin_at_genesis(parts: Parts) -> Result<(), BuildError> {
    build_on(&ChainConfig::Esplora { url: "http://127.0.0.1:9".into() }, parts).map(drop)
}

fn build_on(chain: &ChainConfig, parts: Parts) -> Result<Node, BuildError> {
    let Parts { config, seed, listen, store, log, runtime } = parts;
    // ldk-node's defaults are mainnet, a shared folder and a public server: all three are always set.
    let mut builder = Builder::from_config(Config {
        storage_dir_path: config.data_dir.to_string_lossy().into_owned(),
        network: config.network.bitcoin(),
        trusted_peers_0conf: config.trusted_peers_0conf.iter().map(|peer| peer.0).collect(),
        anchor_channels_config: Some(AnchorChannelsConfig {
            trusted_peers_no_reserve: Vec::new(),
            per_channel_reserve_sats: config.per_channel_reserve_sat.0,
        }),
        ..Config::default()
    });
    builder.set_runtime(runtime).set_custom_logger(log).set_entropy_seed_bytes(*seed);
    // An alias without a listening address fails the build: it would never be announced.
    if !listen.is_empty() {
        builder.set_listening_addresses(listen.to_vec())?;
        if !config.alias.trim().is_empty() {
            builder.set_node_alias(config.alias.clone())?;
        }
    }
    set_chain(&mut builder, chain);
    match &config.rgs_url {
        Some(url) => builder.set_gossip_source_rgs(url.clone()),
        None => builder.set_gossip_source_p2p(),
    };
    if let Some(url) = &config.scores_url {
        builder.set_pathfinding_scores_source(url.clone());
    }
    if let Some(lsp) = &config.lsps1_client {
        builder.set_liquidity_source_lsps1(lsp.node_id.0, lsp.address.0.clone(), lsp.token.clone());
    }
    if let Some(lsp) = &config.lsps2_client {
        builder.set_liquidity_source_lsps2(lsp.node_id.0, lsp.address.0.clone(), lsp.token.clone());
    }
    if let Some(service) = &config.lsps2_service {
        builder.set_liquidity_provider_lsps2(service.to_ldk());
    }
    builder.build_with_store(store)
}

/// With a server of others every sync is ours to begin (`wallet.sync`), after a look at the server: LDK closes a channel by
/// force whose funding transaction a stale server, or one of another network, does not know. And electrum-client 0.24
/// has the threads of one connection wait for each other, and loses a wake-up where two of them sync at once.
fn set_chain(builder: &mut Builder, chain: &ChainConfig) {
    let background_sync_config = None;
    match chain {
        ChainConfig::Bitcoind { host, port, user, password } => {
            builder.set_chain_source_bitcoind_rpc(host.clone(), *port, user.clone(), password.clone())
        }
        ChainConfig::Esplora { url } => {
            builder.set_chain_source_esplora(url.clone(), Some(EsploraSyncConfig { background_sync_config }))
        }
        ChainConfig::Electrum { url } => {
            builder.set_chain_source_electrum(url.clone(), Some(ElectrumSyncConfig { background_sync_config }))
        }
    };
}

impl Lsps2Service {
    fn to_ldk(&self) -> LSPS2ServiceConfig {
        LSPS2ServiceConfig {
            require_token: self.require_token.clone(),
            advertise_service: self.advertise_service,
            channel_opening_fee_ppm: self.channel_opening_fee_ppm,
            channel_over_provisioning_ppm: self.channel_over_provisioning_ppm,
            min_channel_opening_fee_msat: self.min_channel_opening_fee_msat.0,
            min_channel_lifetime: self.min_channel_lifetime,
            max_client_to_self_delay: self.max_client_to_self_delay,
            min_payment_size_msat: self.min_payment_size_msat.0,
            max_payment_size_msat: self.max_payment_size_msat.0,
            client_trusts_lsp: self.client_trusts_lsp,
        }
    }
}
