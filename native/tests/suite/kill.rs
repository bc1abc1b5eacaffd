//! Nodes that are torn down, and what is left of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use serde_json::{json, Value};

use crate::common::{node_config, open_channel, started, usable, Chain, Handle, PATIENCE};

struct Pair {
    chain: Chain,
    /// Has opened the channel, so it knows where to find the other after a restart.
    victim: Handle,
    victim_id: String,
    other: Handle,
    other_id: String,
    config: Value,
    dirs: [tempfile::TempDir; 2],
}

fn pair() -> Pair {
    let chain = Chain::new();
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let config = node_config(&chain, dirs[0].path());
    let (victim, victim_id) = started(&config);
    let (other, other_id) = started(&node_config(&chain, dirs[1].path()));
    chain.fund(&victim, 2_000_000);
    open_channel(&chain, &victim, &other, &other_id, 1_000_000, 500_000_000);
    Pair { chain, victim, victim_id, other, other_id, config, dirs }
}

fn keysend(from: &Handle, to: &str, amount_msat: u64) -> Value {
    from.ok("keysend.send", json!({ "node_id": to, "amount_msat": amount_msat.to_string() }))["payment_id"].clone()
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

/// Rows are replaced, so the newest has the highest number. Blocks have whole monitors written anew, without a manager.
const IS_SAVED: &str = "
    SELECT (SELECT max(rowid) FROM ldk_node_data WHERE key = 'manager')
         > (SELECT ifnull(max(rowid), 0) FROM ldk_node_data WHERE primary_namespace = 'monitor_updates')";

/// Until LDK has written its manager after its monitors: at a kill between the two it would give the channel up. It is
/// the library's own `SQLite` that looks: a second one in this process would let go of the node's locks.
fn until_saved(dir: &Path) {
    let path = dir.join("ldk_node_data.sqlite");
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let limit = Instant::now() + PATIENCE;
    while !database.query_row(IS_SAVED, [], |row| row.get::<_, bool>(0)).unwrap() {
        assert!(Instant::now() < limit, "the manager was not written after the monitors");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn inbound_msat(list: &Value) -> u64 {
    list["channels"][0]["inbound_msat"].as_str().unwrap().parse().unwrap()
}

#[test]
fn an_idle_node_comes_back_with_its_channel() {
    let Pair { chain, victim, victim_id, other, other_id, config, dirs } = &pair();
    let before = inbound_msat(&other.ok("channel.list", json!({})));
    keysend(other, victim_id, 5_000_000);
    victim.event_of("payment_received");
    other.event_of("payment_successful");
    // The payer counts it as the peer's with the last message about it.
    other.until("channel.list", json!({}), |list| inbound_msat(list) == before + 5_000_000);
    until_saved(dirs[0].path());

    victim.ok("node.kill", json!({}));
    victim.notice("closed");
    for method in ["node.status", "node.kill", "node.start", "channel.list"] {
        assert_eq!(victim.kind(method, json!({})), "closed");
    }
    // At once and in the same process: the directory and the port are free.
    let (again, same_id) = started(config);
    assert_eq!(same_id, *victim_id);
    usable(&again, 1);
    usable(other, 1);
    for (from, to, to_id) in [(other, &again, victim_id), (&again, other, other_id)] {
        let id = keysend(from, to_id, 1_000_000);
        // An acknowledged event may come again too: LDK replays what its manager had not yet noted.
        while to.event_of("payment_received")["payment_id"] != id {}
        while from.event_of("payment_successful")["payment_id"] != id {}
    }
    chain.mine(1);
    again.ok("wallet.sync", json!({}));
}

#[test]
fn a_node_killed_in_mid_payment_comes_back_and_works() {
    let Pair { chain, victim, victim_id, other, config, dirs, .. } = &pair();
    for _ in 0..30 {
        keysend(other, victim_id, 2_000_000);
    }
    victim.peek_event();
    victim.ok("node.kill", json!({}));
    let at_death = files(dirs[0].path());
    other.until("peer.list", json!({}), |list| {
        let peers = list["peers"].as_array().unwrap();
        peers.iter().all(|peer| peer["connected"] == false)
    });
    assert_eq!(files(dirs[0].path()), at_death, "something was written after the kill");

    let (again, same_id) = started(config);
    assert_eq!(same_id, *victim_id);
    // LDK 0.2 writes its manager after its monitors: a cut between the two closes the channel at the next start.
    let list = again.ok("channel.list", json!({}));
    if list["channels"] == json!([]) {
        let closed = again.event_of("channel_closed");
        assert_eq!(closed["reason"], "outdated_channel_manager");
        chain.wait_mempool();
    } else {
        usable(&again, 1);
        usable(other, 1);
        let id = keysend(other, victim_id, 1_000_000);
        while again.event_of("payment_received")["payment_id"] != id {}
    }
    again.ok("wallet.sync", json!({}));
    again.ok("node.stop", json!({}));
}

#[test]
fn an_event_comes_again_until_it_is_acknowledged() {
    let Pair { victim, victim_id, other, .. } = &pair();
    while victim.event()["kind"] != "channel_ready" {}
    let id = keysend(other, victim_id, 5_000_000);
    let shown = victim.peek_event();
    assert_eq!((&shown["kind"], &shown["payment_id"]), (&json!("payment_received"), &id));
    assert_eq!(victim.kind("event.ack", json!({ "seq": "999999" })), "bad_params");

    victim.ok("node.stop", json!({}));
    victim.notice("closed");
    victim.ok("node.start", json!({}));
    let again = victim.peek_event();
    assert_eq!((&again["kind"], &again["payment_id"]), (&json!("payment_received"), &id));
    assert_ne!(again["seq"], shown["seq"]);
    usable(other, 1);
    assert_eq!(victim.kind("event.ack", json!({ "seq": shown["seq"] })), "bad_params");
    victim.ok("event.ack", json!({ "seq": again["seq"] }));

    // Acknowledged, it makes way for the next. LDK itself may say a payment again after a restart, so a receiver has to
    // know payments by their id.
    let next = keysend(other, victim_id, 6_000_000);
    loop {
        let event = victim.event();
        if event["payment_id"] == next {
            break;
        }
        assert_eq!(event["payment_id"], id);
    }
}

#[test]
fn a_stopped_node_starts_again_on_its_handle() {
    let Pair { victim, victim_id, other, .. } = &pair();
    assert_eq!(victim.kind("node.start", json!({})), "already_running");
    victim.ok("node.stop", json!({}));
    victim.notice("closed");
    for method in ["node.status", "node.stop", "channel.list", "wallet.sync"] {
        assert_eq!(victim.kind(method, json!({})), "not_running");
    }
    victim.ok("log.tail", json!({ "max_lines": 1 }));
    assert_eq!(victim.ok("node.start", json!({}))["node_id"], json!(victim_id));
    usable(victim, 1);
    usable(other, 1);
    keysend(other, victim_id, 1_000_000);
    victim.event_of("payment_received");
}
