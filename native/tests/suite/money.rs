//! Requests that move money, on the chain and in channels.

use serde_json::{json, Value};

use crate::common::{node_config, open_channel, started, usable, Chain, Handle};

struct Pair {
    chain: Chain,
    a: Handle,
    b: Handle,
    b_id: String,
    channel: String,
    _dirs: [tempfile::TempDir; 2],
}

/// `a` with a channel of 1,000,000 sat to `b`, which holds 300,000 of it.
fn pair() -> Pair {
    let chain = Chain::new();
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (a, _) = started(&node_config(&chain, dirs[0].path()));
    let (b, b_id) = started(&node_config(&chain, dirs[1].path()));
    chain.fund(&a, 3_000_000);
    let channel = open_channel(&chain, &a, &b, &b_id, 1_000_000, 300_000_000);
    Pair { chain, a, b, b_id, channel, _dirs: dirs }
}

#[test]
fn an_opened_channel_is_listed_whole() {
    let pair = pair();
    let pending = pair.a.event();
    assert_eq!((&pending["kind"], &pending["user_channel_id"]), (&json!("channel_pending"), &json!(pair.channel)));
    let ready = pair.a.event();
    assert_eq!((&ready["kind"], &ready["channel_id"]), (&json!("channel_ready"), &pending["channel_id"]));
    let channel = pair.a.ok("channel.list", json!({}))["channels"][0].clone();
    assert_eq!(channel["capacity_sat"], "1000000");
    assert_eq!((&channel["reserve_sat"], &channel["counterparty_reserve_sat"]), (&json!("10000"), &json!("10000")));
    assert_eq!(
        (&channel["funding_txid"], &channel["funding_vout"]),
        (&pending["funding_txid"], &pending["funding_vout"])
    );
    assert_eq!((&channel["is_outbound"], &channel["is_announced"]), (&json!(true), &json!(false)));
    assert_eq!(channel["confirmations"], 6);
    assert!(channel["short_channel_id"].as_str().unwrap().parse::<u64>().unwrap() > 1 << 40);
    let mirrored = pair.b.ok("channel.list", json!({}))["channels"][0].clone();
    assert_eq!(mirrored["channel_id"], channel["channel_id"]);
    assert_ne!(mirrored["user_channel_id"], channel["user_channel_id"]);
    let balances = pair.b.ok("node.balances", json!({}));
    assert_eq!(balances["lightning_total_sat"], "300000");
    assert_eq!(balances["lightning"][0]["kind"], "claimable_on_channel_close");
}

#[test]
fn invoices_are_paid_once() {
    let pair = pair();
    let create = |params: Value| pair.b.ok("invoice.create", params)["invoice"].clone();
    let fixed = create(json!({ "amount_msat": "2000000", "description": "a", "expiry_seconds": 600 }));
    let id = pair.a.ok("invoice.pay", json!({ "invoice": fixed }))["payment_id"].clone();
    assert_eq!(pair.b.event_of("payment_received")["amount_msat"], "2000000");
    let sent = pair.a.event_of("payment_successful");
    assert_eq!((&sent["payment_id"], &sent["fee_paid_msat"]), (&id, &json!("0")));
    assert_eq!(pair.a.kind("invoice.pay", json!({ "invoice": fixed })), "duplicate_payment");
    let open = create(json!({ "description": "b", "expiry_seconds": 600 }));
    pair.a.ok("invoice.pay", json!({ "invoice": open, "amount_msat": "3000000" }));
    assert_eq!(pair.b.event_of("payment_received")["amount_msat"], "3000000");
    pair.a.event_of("payment_successful");
    let payments = pair.a.ok("payment.list", json!({}))["payments"].as_array().unwrap().clone();
    let bolt11: Vec<_> = payments.iter().filter(|payment| payment["kind"] == "bolt11").collect();
    assert_eq!(bolt11.len(), 2);
    assert!(bolt11.iter().all(|payment| payment["direction"] == "outbound" && payment["status"] == "succeeded"));
    assert!(bolt11.iter().all(|payment| payment["preimage"].is_string()));
    let too_much = create(json!({ "amount_msat": "900000000", "description": "c", "expiry_seconds": 600 }));
    assert_eq!(pair.a.kind("invoice.pay", json!({ "invoice": too_much })), "no_route");
}

#[test]
fn offers_are_paid() {
    let pair = pair();
    let fixed = pair.b.ok("offer.create", json!({ "amount_msat": "4000000", "description": "tea" }))["offer"].clone();
    let open = pair.b.ok("offer.create", json!({ "description": "tip" }))["offer"].clone();
    assert_eq!(pair.a.kind("offer.pay", json!({ "offer": open })), "bad_params");
    for (offer, amount) in [(fixed, Value::Null), (open, json!("5000000"))] {
        let mut params = json!({ "offer": offer });
        if !amount.is_null() {
            params["amount_msat"] = amount.clone();
        }
        let id = pair.a.ok("offer.pay", params)["payment_id"].clone();
        let expected = if amount.is_null() { json!("4000000") } else { amount };
        assert_eq!(pair.b.event_of("payment_received")["amount_msat"], expected);
        assert_eq!(pair.a.event_of("payment_successful")["payment_id"], id);
    }
}

#[test]
fn the_chain_wallet_sends_an_amount_and_all() {
    let pair = pair();
    let target = pair.b.ok("onchain.address", json!({}))["address"].clone();
    let sent =
        pair.a.ok("onchain.send", json!({ "address": target, "amount_sat": "100000", "fee_rate_sat_per_vb": 3 }));
    assert_eq!(sent["amount_sat"], "100000");
    pair.chain.wait_mempool();
    pair.chain.mine(1);
    let transaction = pair.chain.handle.ok("chain.transaction", json!({ "txid": sent["txid"] }));
    assert_eq!(transaction["confirmations"], 1);
    pair.b.ok("wallet.sync", json!({}));
    assert_eq!(pair.b.ok("node.balances", json!({}))["onchain_total_sat"], "100000");
    pair.a.ok("wallet.sync", json!({}));
    pair.a.ok("onchain.send", json!({ "address": target, "amount_sat": "all" }));
    pair.chain.wait_mempool();
    pair.chain.mine(1);
    for node in [&pair.a, &pair.b] {
        node.ok("wallet.sync", json!({}));
    }
    assert_eq!(pair.a.ok("node.balances", json!({}))["onchain_total_sat"], "0");
    let onchain = pair.a.ok("payment.list", json!({}))["payments"].to_string();
    assert!(onchain.contains(sent["txid"].as_str().unwrap()));
}

#[test]
fn channels_are_spliced_in_and_out() {
    let pair = pair();
    let own = pair.a.ok("onchain.address", json!({}))["address"].clone();
    let splices = [("channel.splice_in", "200000", Value::Null), ("channel.splice_out", "150000", own)];
    for (method, amount, address) in splices {
        let before = capacity(&pair.a);
        let mut params = json!({ "user_channel_id": pair.channel, "counterparty": pair.b_id, "amount_sat": amount });
        if !address.is_null() {
            params["address"] = address;
        }
        pair.a.ok(method, params);
        let pending = pair.a.event_of("splice_pending");
        assert_eq!(pending["user_channel_id"], json!(pair.channel));
        pair.chain.wait_mempool();
        pair.chain.mine(6);
        for node in [&pair.a, &pair.b] {
            node.ok("wallet.sync", json!({}));
        }
        pair.a.until("channel.list", json!({}), |list| list["channels"][0]["funding_txid"] == pending["funding_txid"]);
        assert_ne!(capacity(&pair.a), before);
        usable(&pair.a, 1);
    }
}

fn capacity(node: &Handle) -> u64 {
    node.ok("channel.list", json!({}))["channels"][0]["capacity_sat"].as_str().unwrap().parse().unwrap()
}

#[test]
fn a_reorganisation_is_followed() {
    let pair = pair();
    let reorg = pair.chain.handle.ok("chain.reorg", json!({ "depth": 2 }));
    assert_eq!(reorg["connected"].as_array().unwrap().len(), 3);
    let info = pair.chain.handle.ok("chain.info", json!({}));
    pair.a.ok("wallet.sync", json!({}));
    let status = pair.a.ok("node.status", json!({}));
    assert_eq!(status["block_hash"], info["best_hash"]);
    usable(&pair.a, 1);
}
