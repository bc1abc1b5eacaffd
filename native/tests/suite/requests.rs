//! Every request that moves no money, and every refusal.

use std::time::Duration;

use ldk_node::bitcoin::hashes::{sha256, Hash};
use ldk_node::bitcoin::secp256k1::{Secp256k1, SecretKey};
use ldk_node::lightning_invoice::{Currency, InvoiceBuilder};
use ldk_node::lightning_types::payment::PaymentSecret;
use serde_json::{json, Value};

use crate::common::{free_port, node_config, started, Chain, Handle};

const STRANGER: &str = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

struct Pair {
    chain: Chain,
    a: Handle,
    a_id: String,
    b: Handle,
    b_id: String,
    _dirs: [tempfile::TempDir; 2],
}

/// Two nodes without money or channel.
fn pair() -> Pair {
    let chain = Chain::new();
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (a, a_id) = started(&node_config(&chain, dirs[0].path()));
    let (b, b_id) = started(&node_config(&chain, dirs[1].path()));
    Pair { chain, a, a_id, b, b_id, _dirs: dirs }
}

fn address(node: &Handle) -> Value {
    node.ok("node.status", json!({}))["listen"][0].clone()
}

/// An invoice of nobody.
fn invoice(currency: Currency, age: Duration) -> String {
    let key = SecretKey::from_slice(&[7; 32]).unwrap();
    let created = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().saturating_sub(age);
    InvoiceBuilder::new(currency)
        .description("coffee".into())
        .amount_milli_satoshis(1000)
        .payment_hash(sha256::Hash::hash(&[1; 32]))
        .payment_secret(PaymentSecret([2; 32]))
        .duration_since_epoch(created)
        .expiry_time(Duration::from_secs(60))
        .min_final_cltv_expiry_delta(144)
        .build_signed(|hash| Secp256k1::new().sign_ecdsa_recoverable(hash, &key))
        .unwrap()
        .to_string()
}

#[test]
fn status_follows_the_chain() {
    let pair = pair();
    let status = pair.a.until("node.status", json!({}), |status| status["synced"] == true);
    assert_eq!(status["node_id"], json!(pair.a_id));
    assert_eq!(
        (&status["running"], &status["network"], &status["alias"]),
        (&json!(true), &json!("regtest"), &json!("node"))
    );
    assert!(status["last_wallet_sync_at"].as_u64().unwrap() > 1_600_000_000);
    pair.chain.mine(3);
    assert_eq!(pair.a.ok("wallet.sync", json!({}))["block_height"], 113);
    let status = pair.a.ok("node.status", json!({}));
    let info = pair.chain.handle.ok("chain.info", json!({}));
    assert_eq!((&status["block_height"], &status["block_hash"]), (&info["height"], &info["best_hash"]));
}

#[test]
fn a_changed_chain_is_told_and_an_unchanged_one_is_not() {
    let pair = pair();
    pair.chain.fund(&pair.a, 50_000);
    pair.a.until("node.balances", json!({}), |balances| balances["onchain_total_sat"] == "50000");
    let before = pair.a.changed_count();
    pair.chain.mine(1);
    pair.a.until("node.status", json!({}), |status| status["block_height"] == 112);
    let limit = std::time::Instant::now() + Duration::from_secs(60);
    while pair.a.changed_count() == before {
        assert!(std::time::Instant::now() < limit, "the new block was not told");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn peers_come_and_go() {
    let pair = pair();
    let peer = json!({ "node_id": pair.b_id, "address": address(&pair.b) });
    pair.a.ok("peer.connect", peer.clone());
    let list = pair.a.ok("peer.list", json!({}));
    assert_eq!(
        list["peers"],
        json!([{ "node_id": pair.b_id, "address": address(&pair.b), "connected": true, "persisted": true }])
    );
    pair.a.ok("peer.disconnect", json!({ "node_id": pair.b_id }));
    assert_eq!(pair.a.ok("peer.list", json!({}))["peers"], json!([]));
    let dead = format!("127.0.0.1:{}", free_port());
    let error = pair.a.call("peer.connect", json!({ "node_id": pair.b_id, "address": dead })).unwrap_err();
    assert_eq!(error["data"]["kind"], "connection_failed");
    assert!(error["data"]["detail"].as_str().unwrap().contains(&dead), "{error}");
    let error = pair.a.call("peer.connect", json!({ "node_id": "02", "address": dead })).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("node_id"), "{error}");
}

#[test]
fn messages_are_signed_and_verified() {
    let pair = pair();
    let message = "settle ₿ \u{0} 1";
    let signature = pair.a.ok("message.sign", json!({ "message": message }))["signature"].clone();
    let verify = |message: &str, signature: &Value, node_id: &str| {
        let params = json!({ "message": message, "signature": signature, "node_id": node_id });
        pair.b.ok("message.verify", params)["valid"].clone()
    };
    assert_eq!(verify(message, &signature, &pair.a_id), true);
    assert_eq!(verify("settle", &signature, &pair.a_id), false);
    assert_eq!(verify(message, &signature, &pair.b_id), false);
    for junk in ["", "junk", "\u{1F4A9}", &"y".repeat(104), &"d".repeat(100_000)] {
        assert_eq!(verify(message, &json!(junk), &pair.a_id), false);
        assert_eq!(verify(message, &signature, junk), false);
    }
}

#[test]
fn invoices_are_made_and_read() {
    let pair = pair();
    let params = json!({ "amount_msat": "123456", "description": "two ☕", "expiry_seconds": 600 });
    let made = pair.a.ok("invoice.create", params);
    let read = pair.b.ok("invoice.decode", json!({ "invoice": made["invoice"] }));
    assert_eq!(made, read);
    assert_eq!((&read["amount_msat"], &read["description"]), (&json!("123456"), &json!("two ☕")));
    assert_eq!((&read["payee"], &read["network"]), (&json!(pair.a_id), &json!("regtest")));
    assert_eq!(read["expires_at"].as_u64().unwrap() - read["created_at"].as_u64().unwrap(), 600);
    let open = pair.a.ok("invoice.create", json!({ "description": "", "expiry_seconds": 60 }));
    assert_eq!(open.get("amount_msat"), None);
    assert_eq!(pair.b.kind("invoice.pay", json!({ "invoice": open["invoice"] })), "bad_params");
    let less = json!({ "invoice": made["invoice"], "amount_msat": "123455" });
    assert_eq!(pair.b.kind("invoice.pay", less), "bad_params");
    let long = json!({ "description": "x".repeat(700), "expiry_seconds": 60 });
    assert_eq!(pair.a.kind("invoice.create", long), "bad_params");
    // The preimage of an unpaid invoice is nobody's business.
    let payment = pair.a.ok("payment.get", json!({ "payment_id": made["payment_hash"] }));
    assert_eq!((&payment["payment"]["status"], payment["payment"].get("preimage")), (&json!("pending"), None));
}

#[test]
fn what_cannot_be_paid_is_refused_with_its_reason() {
    let pair = pair();
    let pay = |node: &Handle, invoice: &str| node.kind("invoice.pay", json!({ "invoice": invoice }));
    assert_eq!(pay(&pair.a, "lnbc1junk"), "invalid_invoice");
    assert_eq!(pay(&pair.a, &invoice(Currency::Bitcoin, Duration::ZERO)), "invalid_invoice");
    assert_eq!(pay(&pair.a, &invoice(Currency::Regtest, Duration::from_secs(120))), "invoice_expired");
    assert_eq!(pay(&pair.a, &invoice(Currency::Regtest, Duration::ZERO)), "no_route");
    assert_eq!(pair.a.kind("offer.pay", json!({ "offer": "lno1junk" })), "invalid_offer");
    let keysend = json!({ "node_id": STRANGER, "amount_msat": "1000" });
    assert_eq!(pair.a.kind("keysend.send", keysend), "no_route");
    let reserved = json!({
        "node_id": STRANGER, "amount_msat": "1000", "records": [{ "type": "1", "value": "00" }],
    });
    assert_eq!(pair.a.kind("keysend.send", reserved), "bad_params");
    let short = json!({ "node_id": STRANGER, "amount_msat": "1000", "preimage": "00" });
    assert_eq!(pair.a.kind("keysend.send", short), "bad_params");
    let number = json!({ "node_id": STRANGER, "amount_msat": 1000 });
    assert_eq!(pair.a.kind("keysend.send", number), "bad_params");
}

#[test]
fn addresses_and_sending_without_money() {
    let pair = pair();
    let first = pair.a.ok("onchain.address", json!({}))["address"].clone();
    let second = pair.a.ok("onchain.address", json!({}))["address"].clone();
    assert_ne!(first, second);
    assert!(first.as_str().unwrap().starts_with("bcrt1"));
    let send = |address: &Value, amount: Value| {
        pair.a.kind("onchain.send", json!({ "address": address, "amount_sat": amount }))
    };
    assert_eq!(send(&json!("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"), json!("1000")), "invalid_address");
    assert_eq!(send(&json!("junk"), json!("1000")), "invalid_address");
    assert_eq!(send(&first, json!("1000")), "insufficient_funds");
    assert_eq!(send(&first, json!("some")), "bad_params");
    assert_eq!(send(&first, json!(1000)), "bad_params");
}

#[test]
fn channels_that_are_not_there() {
    let pair = pair();
    assert_eq!(pair.a.ok("channel.list", json!({}))["channels"], json!([]));
    let mut none = json!({ "user_channel_id": "340282366920938463463374607431768211455", "counterparty": pair.b_id });
    assert_eq!(pair.a.kind("channel.close", none.clone()), "unknown_channel");
    assert_eq!(pair.a.kind("channel.force_close", none.clone()), "unknown_channel");
    none["amount_sat"] = json!("1000");
    assert_eq!(pair.a.kind("channel.splice_in", none.clone()), "unknown_channel");
    none["address"] = pair.a.ok("onchain.address", json!({}))["address"].clone();
    assert_eq!(pair.a.kind("channel.splice_out", none), "unknown_channel");
    let open = json!({
        "node_id": pair.b_id, "address": address(&pair.b), "amount_sat": "100000", "push_msat": "0", "announced": false,
    });
    let error = pair.a.call("channel.open", open).unwrap_err();
    assert_eq!(error["data"]["kind"], "insufficient_funds");
    assert!(error["data"]["detail"].as_str().unwrap().contains("Required: 100000sats"), "{error}");
}

#[test]
fn an_lsp_that_is_not_configured_is_unavailable() {
    let pair = pair();
    let params = json!({ "amount_msat": "50000000", "description": "x", "expiry_seconds": 60 });
    assert_eq!(pair.a.kind("invoice.create_jit", params), "liquidity_source_unavailable");
}

#[test]
fn an_lsp_that_wants_a_token_says_so_in_the_detail() {
    let chain = Chain::new();
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut config = node_config(&chain, dirs[0].path());
    config["lsps2_service"] = json!({
        "require_token": "open sesame", "advertise_service": true, "channel_opening_fee_ppm": 0,
        "min_channel_opening_fee_msat": "0", "channel_over_provisioning_ppm": 0, "min_channel_lifetime": 100,
        "max_client_to_self_delay": 1024, "min_payment_size_msat": "1000", "max_payment_size_msat": "1000000000",
        "client_trusts_lsp": true,
    });
    let (lsp, lsp_id) = started(&config);
    let mut config = node_config(&chain, dirs[1].path());
    config["lsps2_client"] = json!({ "node_id": lsp_id, "address": address(&lsp), "token": "wrong" });
    let (user, _) = started(&config);
    let params = json!({ "amount_msat": "50000000", "description": "x", "expiry_seconds": 60 });
    let error = user.call("invoice.create_jit", params).unwrap_err();
    assert_eq!(error["data"]["kind"], "liquidity_request_failed");
    assert!(error["data"]["detail"].as_str().unwrap().contains("GetInfoFailed"), "{error}");
    let log = lsp.ok("log.tail", json!({ "max_lines": 1000 })).to_string();
    assert!(log.contains("invalid token") && !log.contains("open sesame"));
}

#[test]
fn the_log_is_read_from_where_one_left_off() {
    let pair = pair();
    let lines = pair.a.ok("log.tail", json!({ "max_lines": 5 }))["lines"].as_array().unwrap().clone();
    assert_eq!(lines.len(), 5);
    let seq = |line: &Value| line["seq"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(lines.windows(2).all(|pair| seq(&pair[0]) + 1 == seq(&pair[1])));
    pair.a.ok("onchain.address", json!({}));
    let newer = pair.a.ok("log.tail", json!({ "max_lines": 100, "after_seq": lines[4]["seq"] }))["lines"].clone();
    assert!(seq(&newer[0]) == seq(&lines[4]) + 1);
    assert!(newer.to_string().contains("Generated new funding address"));
}

#[test]
fn nothing_there_is_an_answer_too() {
    let pair = pair();
    assert_eq!(pair.a.ok("payment.list", json!({}))["payments"], json!([]));
    assert_eq!(pair.a.ok("payment.get", json!({ "payment_id": "00".repeat(32) })), json!({}));
    assert_eq!(pair.a.kind("payment.get", json!({ "payment_id": "00" })), "bad_params");
    assert_eq!(pair.a.kind("event.ack", json!({ "seq": "1" })), "bad_params");
    assert_eq!(pair.a.kind("debug.panic", json!({})), "feature_unavailable");
}
