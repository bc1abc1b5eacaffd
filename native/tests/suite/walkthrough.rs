//! The three roles on the embedded chain: from empty wallets to swept force-closures.

use std::time::Instant;

use crate::common::{node_config, open_channel, started, usable, Chain, Handle, PATIENCE};
use serde_json::{json, Value};

struct Trio {
    chain: Chain,
    exchange: Handle,
    user: Handle,
    lsp: Handle,
    exchange_id: String,
    user_id: String,
    lsp_id: String,
    _dirs: Vec<tempfile::TempDir>,
}

/// Exchange, LSP with its service and a user trusting it; the first two funded, with a channel between them.
fn trio(fee_ppm: u32) -> Trio {
    let chain = Chain::new();
    let dirs: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let (exchange, exchange_id) = started(&node_config(&chain, dirs[0].path()));
    let mut config = node_config(&chain, dirs[1].path());
    config["lsps2_service"] = json!({
        "advertise_service": true, "channel_opening_fee_ppm": fee_ppm, "min_channel_opening_fee_msat": "0",
        "channel_over_provisioning_ppm": 1_000_000, "min_channel_lifetime": 100, "max_client_to_self_delay": 1024,
        "min_payment_size_msat": "1000", "max_payment_size_msat": "100000000000", "client_trusts_lsp": true,
    });
    let (lsp, lsp_id) = started(&config);
    let mut config = node_config(&chain, dirs[2].path());
    let address = lsp.ok("node.status", json!({}))["listen"][0].clone();
    config["lsps2_client"] = json!({ "node_id": lsp_id, "address": address });
    let (user, user_id) = started(&config);
    chain.fund(&exchange, 10_000_000);
    chain.fund(&lsp, 10_000_000);
    open_channel(&chain, &exchange, &lsp, &lsp_id, 500_000, 100_000_000);
    Trio { chain, exchange, user, lsp, exchange_id, user_id, lsp_id, _dirs: dirs }
}

fn channels(node: &Handle) -> Vec<Value> {
    node.ok("channel.list", json!({}))["channels"].as_array().unwrap().clone()
}

fn sats(node: &Handle, field: &str) -> u64 {
    node.ok("node.balances", json!({}))[field].as_str().unwrap().parse().unwrap()
}

/// The exchange pays a JIT invoice of the user, which opens the channel.
fn pay_jit(trio: &Trio, amount_msat: u64) -> Value {
    let invoice = trio.user.ok(
        "invoice.create_jit",
        json!({ "amount_msat": amount_msat.to_string(), "description": "first", "expiry_seconds": 3600 }),
    );
    trio.exchange.ok("invoice.pay", json!({ "invoice": invoice["invoice"] }));
    invoice
}

#[test]
fn jit_channel_keysends_and_cooperative_close() {
    let trio = trio(10_000);
    let invoice = pay_jit(&trio, 50_000_000);
    assert_eq!(invoice["opening_fee_msat"], "500000");
    assert_eq!(invoice["hint_node_ids"], json!([trio.lsp_id]));

    let received = trio.user.event_of("payment_received");
    assert_eq!(received["amount_msat"], "49500000");
    assert_eq!(received["payment_hash"], invoice["payment_hash"]);
    let sent = trio.exchange.event_of("payment_successful");
    assert_eq!(sent["payment_hash"], invoice["payment_hash"]);
    let forwarded = trio.lsp.event_of("payment_forwarded");
    assert_eq!((&forwarded["skimmed_fee_msat"], &forwarded["claim_from_onchain"]), (&json!("500000"), &json!(false)));
    let payment = trio.user.ok("payment.get", json!({ "payment_id": received["payment_id"] }));
    assert_eq!(payment["payment"]["kind"], "bolt11_jit");
    assert_eq!(payment["payment"]["status"], "succeeded");
    assert_eq!(payment["payment"]["skimmed_fee_msat"], "500000");

    // At zero confirmations, with the LSP's side as large as the user's.
    let channel = &channels(&trio.user)[0];
    assert_eq!((&channel["confirmations"], &channel["usable"]), (&json!(0), &json!(true)));
    assert_eq!(channel["capacity_sat"], "99000");
    assert_eq!(channel["counterparty"], json!(trio.lsp_id));

    // Keysends both ways, with a record and a preimage of our own.
    for (number, (from, to, to_id)) in
        [(&trio.lsp, &trio.user, &trio.user_id), (&trio.user, &trio.lsp, &trio.lsp_id)].into_iter().enumerate()
    {
        let preimage = format!("{number:064x}");
        let record = json!({ "type": "13377337", "value": "7b7d" });
        let keysend = json!({ "node_id": to_id, "amount_msat": "1500000", "preimage": preimage, "records": [record] });
        let id = from.ok("keysend.send", keysend.clone())["payment_id"].clone();
        let received = to.event_of("payment_received");
        assert_eq!((&received["payment_id"], &received["amount_msat"]), (&id, &json!("1500000")));
        assert_eq!(received["records"], json!([record]));
        let sent = from.event_of("payment_successful");
        assert_eq!((&sent["payment_id"], &sent["preimage"]), (&id, &json!(preimage)));
        assert_eq!(from.kind("keysend.send", keysend), "duplicate_payment");
    }

    // A cooperative close returns the user's money to its wallet.
    let id = channel["user_channel_id"].clone();
    trio.chain.mine(6);
    trio.user.ok("wallet.sync", json!({}));
    trio.user.ok("channel.close", json!({ "user_channel_id": id, "counterparty": trio.lsp_id }));
    let closed = trio.user.event_of("channel_closed");
    assert_eq!(closed["user_channel_id"], id);
    assert_eq!(closed["reason"], "locally_initiated_cooperative_closure");
    trio.chain.wait_mempool();
    trio.chain.mine(6);
    trio.user.ok("wallet.sync", json!({}));
    trio.user.until("node.balances", json!({}), |balances| {
        balances["lightning"] == json!([]) && balances["onchain_spendable_sat"] != "0"
    });
    assert!(sats(&trio.user, "onchain_total_sat") > 40_000);
}

#[test]
fn a_force_close_is_swept_to_the_end() {
    let trio = trio(0);
    pay_jit(&trio, 100_000_000);
    trio.user.event_of("payment_received");
    // Received is said while the HTLC is still in the commitments. A wallet without a coin could not pay for claiming
    // it there; once a further payment is through, it is out of them, and 1 sat is too little to become an output.
    trio.user.until("channel.list", json!({}), |list| list["channels"][0]["next_outbound_htlc_limit_msat"] != "0");
    trio.user.ok("keysend.send", json!({ "node_id": trio.lsp_id, "amount_msat": "1000" }));
    trio.user.event_of("payment_successful");
    trio.lsp.event_of("payment_forwarded");
    trio.chain.mine(6);
    for node in [&trio.user, &trio.lsp] {
        node.ok("wallet.sync", json!({}));
    }
    let channel = channels(&trio.user)[0].clone();
    let (id, delay) = (channel["user_channel_id"].clone(), channel["force_close_spend_delay"].as_u64().unwrap());
    let params = json!({ "user_channel_id": id, "counterparty": trio.lsp_id, "reason": "test" });
    trio.user.ok("channel.force_close", params.clone());
    assert_eq!(trio.user.kind("channel.force_close", params), "unknown_channel");
    let closed = trio.user.event_of("channel_closed");
    assert!(closed["reason"].as_str().unwrap().starts_with("holder_force_closed"), "{closed}");

    // A wallet without a coin cannot bump its commitment's fee; on this chain the commitment confirms as it is.
    trio.chain.wait_mempool();
    trio.chain.mine(1);
    trio.user.ok("wallet.sync", json!({}));
    let waiting = trio.user.until("node.balances", json!({}), |balances| {
        balances["lightning"].as_array().unwrap().iter().any(|it| it["kind"] == "claimable_awaiting_confirmations")
    });
    assert!(waiting["lightning"][0]["confirmation_height"].as_u64().unwrap() > 0);
    trio.chain.mine(u32::try_from(delay).unwrap());
    let swept = |balances: &Value| {
        balances["lightning"] == json!([]) && balances["sweeps"][0]["kind"] == "awaiting_threshold_confirmations"
    };
    let limit = Instant::now() + PATIENCE;
    let mut balances = trio.user.ok("node.balances", json!({}));
    while !swept(&balances) {
        assert!(Instant::now() < limit, "{balances}");
        trio.chain.mine(1);
        trio.user.ok("wallet.sync", json!({}));
        balances = trio.user.ok("node.balances", json!({}));
    }
    assert!(sats(&trio.user, "onchain_spendable_sat") > 90_000, "{balances}");
}

#[test]
fn a_limit_below_the_fee_buys_nothing() {
    let trio = trio(10_000);
    let error = trio
        .user
        .call(
            "invoice.create_jit",
            json!({
                "amount_msat": "50000000", "description": "x", "expiry_seconds": 3600, "max_total_fee_msat": "499999",
            }),
        )
        .unwrap_err();
    assert_eq!(error["data"]["kind"], "liquidity_fee_too_high");
    assert!(error["data"]["detail"].as_str().unwrap().contains("500000msat"), "{error}");
    trio.exchange.ok("peer.list", json!({}));
    assert_ne!(trio.exchange_id, trio.user_id);
    usable(&trio.exchange, 1);
}
