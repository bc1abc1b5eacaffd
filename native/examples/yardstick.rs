//! The walkthrough in plain Rust over ldk-node, without the C ABI and without JSON: what `bench/` measures us against.
//! Three nodes in one process on the embedded chain; prints one JSON object.
//!
//!     cargo run --release --example yardstick -- [--wal] [--wait-forwards]
//!
//! `--wal` creates the databases in WAL mode first, as our nodes do; `--wait-forwards` pays only 2.2 s after the LSP's
//! start, since LDK holds every forward in the first two.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{channel, Receiver, RecvTimeoutError};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ldk_node::bitcoin::secp256k1::PublicKey;
use ldk_node::bitcoin::{Amount, Network};
use ldk_node::config::{AnchorChannelsConfig, Config};
use ldk_node::io::sqlite_store::SQLITE_DB_FILE_NAME;
use ldk_node::lightning::ln::channelmanager::PaymentId;
use ldk_node::lightning::ln::msgs::SocketAddress;
use ldk_node::lightning_invoice::{Bolt11InvoiceDescription, Description};
use ldk_node::liquidity::LSPS2ServiceConfig;
use ldk_node::logger::LogLevel;
use ldk_node::{Builder, Event, LightningBalance, Node};
use peer_stables_chain::{Chain, ChainConfig, ChainInfo};
use serde_json::json;

type Outcome<T> = Result<T, Box<dyn Error>>;

const REST: Duration = Duration::from_millis(150);
const PAYMENTS: usize = 50;
const KEYSEND_MSAT: u64 = 100_000;
const CHANNEL_SAT: u64 = 500_000;
const JIT_MSAT: u64 = 50_000_000;
const FUNDS_SAT: u64 = 100_000_000;
const FORWARDS_HELD: Duration = Duration::from_millis(2200);
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(1);

/// A node and its events, each handled as soon as it comes.
struct Role {
    node: Arc<Node>,
    events: Receiver<(Event, Instant)>,
    address: SocketAddress,
}

fn main() -> Outcome<()> {
    let flags: Vec<_> = std::env::args().skip(1).collect();
    if let Some(unknown) = flags.iter().find(|flag| !matches!(flag.as_str(), "--wal" | "--wait-forwards")) {
        return Err(format!("unknown flag {unknown}; there are --wal and --wait-forwards").into());
    }
    let wal = flags.iter().any(|flag| flag == "--wal");
    let dir = tempfile::tempdir()?;
    let chain = Chain::open(ChainConfig::default())?;
    let info = chain.info()?;

    let begun = Instant::now();
    let exchange = start(&dir.path().join("exchange"), &info, wal, "exchange", |_| {})?;
    let lsp = start(&dir.path().join("lsp"), &info, wal, "lsp", |builder| {
        builder.set_liquidity_provider_lsps2(service());
    })?;
    let lsp_started = Instant::now();
    let (lsp_id, lsp_address) = (lsp.node.node_id(), lsp.address.clone());
    let user = start(&dir.path().join("user"), &info, wal, "user", |builder| {
        builder.set_liquidity_source_lsps2(lsp_id, lsp_address, None);
    })?;
    let nodes_up = begun.elapsed();

    for role in [&exchange, &lsp] {
        chain.fund(&role.node.onchain_payment().new_address()?, Amount::from_sat(FUNDS_SAT))?;
        role.node.sync_wallets()?;
    }
    exchange.node.open_announced_channel(lsp_id, lsp.address.clone(), CHANNEL_SAT, None, None)?;
    until("the funding transaction", || Ok(!chain.mempool()?.is_empty()))?;
    chain.mine(6, None)?;
    for role in [&exchange, &lsp] {
        role.node.sync_wallets()?;
        until("the channel", || Ok(role.node.list_channels().iter().any(|channel| channel.is_usable)))?;
    }

    if flags.iter().any(|flag| flag == "--wait-forwards") {
        thread::sleep(FORWARDS_HELD.saturating_sub(lsp_started.elapsed()));
    }
    let begun = Instant::now();
    let description = Bolt11InvoiceDescription::Direct(Description::new("yardstick".into())?);
    let invoice = user.node.bolt11_payment().receive_via_jit_channel(JIT_MSAT, &description, 3600, None)?;
    let jit_invoice = begun.elapsed();
    let begun = Instant::now();
    exchange.node.bolt11_payment().send(&invoice, None)?;
    let jit_payment = user.wait("the JIT payment", |event| matches!(event, Event::PaymentReceived { .. }))? - begun;
    until("the JIT channel", || {
        Ok(lsp.node.list_channels().iter().any(|channel| {
            channel.counterparty_node_id == user.node.node_id() && channel.next_outbound_htlc_limit_msat > KEYSEND_MSAT
        }))
    })?;

    let mut keysends = Vec::new();
    for _ in 0..PAYMENTS {
        let begun = Instant::now();
        let id = keysend(&lsp, user.node.node_id())?;
        keysends.push(lsp.wait_sent(id)? - begun);
    }
    keysends.sort();
    // The same over a channel at rest, as a settlement finds it: LDK then waits for its whole forwarding delay.
    let mut rested = Vec::new();
    for _ in 0..PAYMENTS / 2 {
        thread::sleep(REST);
        let begun = Instant::now();
        let id = keysend(&lsp, user.node.node_id())?;
        rested.push(lsp.wait_sent(id)? - begun);
    }
    rested.sort();
    // A channel holds 50 HTLCs; the last one leaves the commitments a moment after its payment is through.
    until("the last HTLC to leave", || Ok(in_flight_msat(&lsp) == 0))?;
    thread::sleep(REST);
    let begun = Instant::now();
    let ids = (0..PAYMENTS).map(|_| keysend(&lsp, user.node.node_id())).collect::<Outcome<Vec<_>>>()?;
    let mut last = begun;
    for _ in &ids {
        last = last.max(lsp.wait("a payment of the burst", |event| matches!(event, Event::PaymentSuccessful { .. }))?);
    }

    #[allow(clippy::cast_precision_loss)]
    let burst = PAYMENTS as f64 / (last - begun).as_secs_f64();
    let figures = json!({
        "nodes_up_ms": ms(nodes_up),
        "jit_invoice_ms": ms(jit_invoice),
        "jit_payment_ms": ms(jit_payment),
        "keysend_median_ms": ms(percentile(&keysends, 50)),
        "keysend_p95_ms": ms(percentile(&keysends, 95)),
        "keysend_rested_median_ms": ms(percentile(&rested, 50)),
        "burst_per_second": burst,
        "rss_mb": resident_mb()?,
        "wal": wal,
    });
    println!("{figures}");
    for role in [&user, &lsp, &exchange] {
        role.node.stop()?;
    }
    Ok(())
}

fn start(dir: &Path, chain: &ChainInfo, wal: bool, alias: &str, more: impl FnOnce(&mut Builder)) -> Outcome<Role> {
    std::fs::create_dir_all(dir)?;
    if wal {
        let database = rusqlite::Connection::open(dir.join(SQLITE_DB_FILE_NAME))?;
        database.pragma_update(None, "journal_mode", "WAL")?;
    }
    let address = SocketAddress::from(TcpListener::bind("127.0.0.1:0")?.local_addr()?);
    let mut builder = Builder::from_config(Config {
        storage_dir_path: dir.to_string_lossy().into_owned(),
        network: Network::Regtest,
        anchor_channels_config: Some(AnchorChannelsConfig { per_channel_reserve_sats: 0, ..Default::default() }),
        ..Config::default()
    });
    builder
        .set_chain_source_bitcoind_rpc(chain.host.clone(), chain.port, chain.user.clone(), chain.password.clone())
        .set_filesystem_logger(None, Some(LogLevel::Debug))
        .set_listening_addresses(vec![address.clone()])?
        .set_node_alias(alias.to_owned())?;
    more(&mut builder);
    let node = Arc::new(builder.build()?);
    node.start()?;
    let (sender, events) = channel();
    let source = Arc::clone(&node);
    thread::spawn(move || loop {
        let event = source.wait_next_event();
        if sender.send((event, Instant::now())).is_err() || source.event_handled().is_err() {
            return;
        }
    });
    Ok(Role { node, events, address })
}

/// As the demo's LSP: it matches the user's side and asks nothing.
fn service() -> LSPS2ServiceConfig {
    LSPS2ServiceConfig {
        require_token: None,
        advertise_service: true,
        channel_opening_fee_ppm: 0,
        channel_over_provisioning_ppm: 1_000_000,
        min_channel_opening_fee_msat: 0,
        min_channel_lifetime: 100,
        max_client_to_self_delay: 1024,
        min_payment_size_msat: 1000,
        max_payment_size_msat: 100_000_000_000,
        client_trusts_lsp: true,
    }
}

fn keysend(from: &Role, to: PublicKey) -> Outcome<PaymentId> {
    Ok(from.node.spontaneous_payment().send(KEYSEND_MSAT, to, None)?)
}

impl Role {
    /// When the first event came that `wanted` accepts.
    fn wait(&self, what: &str, wanted: impl Fn(&Event) -> bool) -> Outcome<Instant> {
        loop {
            match self.events.recv_timeout(PATIENCE) {
                Ok((Event::PaymentFailed { reason, .. }, _)) => {
                    return Err(format!("a payment failed: {reason:?}").into())
                }
                Ok((event, at)) if wanted(&event) => return Ok(at),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return Err(format!("{what} did not come").into()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn wait_sent(&self, id: PaymentId) -> Outcome<Instant> {
        self.wait(
            "a payment's success",
            |event| matches!(event, Event::PaymentSuccessful { payment_id, .. } if *payment_id == Some(id)),
        )
    }
}

fn in_flight_msat(role: &Role) -> u64 {
    let in_flight = |balance: &LightningBalance| match balance {
        LightningBalance::ClaimableOnChannelClose { outbound_payment_htlc_rounded_msat, .. } => {
            *outbound_payment_htlc_rounded_msat
        }
        _ => 0,
    };
    role.node.list_balances().lightning_balances.iter().map(in_flight).sum()
}

fn until(what: &str, done: impl Fn() -> Outcome<bool>) -> Outcome<()> {
    let begun = Instant::now();
    while !done()? {
        if begun.elapsed() > PATIENCE {
            return Err(format!("{what} did not come").into());
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// By nearest rank.
fn percentile(sorted: &[Duration], share: usize) -> Duration {
    sorted[(sorted.len() * share).div_ceil(100).saturating_sub(1)]
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// From /proc on Linux; elsewhere it is not told.
fn resident_mb() -> Outcome<Option<f64>> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return Ok(None) };
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(Some(kilobytes / 1024.0))
}
