//! The embedded chain beside a real bitcoind: it must accept all our blocks and judge transactions as we do. The project's
//! test command sets `BITCOIND_PATH` and runs these too; a plain `cargo test` leaves them out and says so.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;

use bitcoin::consensus::encode::serialize_hex;
use peer_stables_chain::Chain;
use serde_json::{json, Value};
use support::bitcoind::Bitcoind;
use support::cases::{self, Case};
use support::client::Client;
use support::open;

/// Gives bitcoind every block of ours it does not have.
fn feed(ours: &mut Client, theirs: &mut Client) {
    let height = ours.ok("getblockcount", json!([])).as_u64().unwrap();
    for height in 1..=height {
        let hash = ours.ok("getblockhash", json!([height]));
        if theirs.call("getblock", json!([hash])).is_err() {
            let block = ours.ok("getblock", json!([hash, 0]));
            let answer = theirs.ok("submitblock", json!([block]));
            // A branch that is not yet the longest is "inconclusive".
            assert!(answer.is_null() || answer == "inconclusive", "block {height}: {answer}");
        }
    }
    assert_eq!(ours.ok("getbestblockhash", json!([])), theirs.ok("getbestblockhash", json!([])));
}

/// Bitcoin Knots names some standardness rules more finely than Bitcoin Core, whose words we use.
fn core_words(message: &str) -> String {
    match message {
        "bad-witness-stackitem-size" => "bad-witness-nonstandard".to_owned(),
        "bad-txns-input-witness-unknown" => "bad-txns-nonstandard-inputs".to_owned(),
        _ => message.to_owned(),
    }
}

fn differences(list: &[Case], ours: &mut Client, theirs: &mut Client) -> Vec<String> {
    let mut found = Vec::new();
    for case in list {
        for tx in &case.before {
            for client in [&mut *ours, &mut *theirs] {
                let answer = client.call("sendrawtransaction", json!([serialize_hex(tx)]));
                answer.unwrap_or_else(|error| panic!("{}: {error:?}", case.name));
            }
        }
        let our_answer = ours.call("sendrawtransaction", json!([case.hex]));
        let their_answer = theirs.call("sendrawtransaction", json!([case.hex]));
        let their_answer = their_answer.map_err(|(code, message)| (code, core_words(&message)));
        if our_answer != their_answer {
            found.push(format!("{}:\n  ours   {our_answer:?}\n  theirs {their_answer:?}", case.name));
        }
    }
    found
}

#[test]
#[ignore = "needs BITCOIND_PATH: run `bun run test -- --only native`"]
fn a_real_bitcoind_agrees() {
    let bitcoind = Bitcoind::start();
    let chain: Chain = open();
    chain.mine(50, None).unwrap();
    let (mut ours, mut theirs) = (Client::of(&chain), bitcoind.client());
    let list = cases::all(&chain);
    feed(&mut ours, &mut theirs);
    let mut found = differences(&list, &mut ours, &mut theirs);
    chain.mine(1, None).unwrap();
    let case = cases::premature(&chain);
    feed(&mut ours, &mut theirs);
    found.extend(differences(&[case], &mut ours, &mut theirs));
    // A reorganisation: both take the longer chain and put the same transactions back.
    chain.reorg(12, 13).unwrap();
    feed(&mut ours, &mut theirs);
    let waiting = |client: &mut Client| -> BTreeSet<String> {
        let txids = client.ok("getrawmempool", json!([]));
        txids.as_array().unwrap().iter().map(ToString::to_string).collect()
    };
    let (our_mempool, their_mempool) = (waiting(&mut ours), waiting(&mut theirs));
    assert!(our_mempool.len() > 20, "{} transactions returned", our_mempool.len());
    assert_eq!(our_mempool, their_mempool);
    chain.mine(2, None).unwrap();
    feed(&mut ours, &mut theirs);
    assert_eq!(waiting(&mut ours), waiting(&mut theirs));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Fields that only Bitcoin Knots has, and those that tell of its own disk, memory and peers.
const NOT_COMPARED: &[&str] = &[
    "header_version",
    "txcount",
    "hash",
    "currentpriority",
    "startingpriority",
    "unbroadcast",
    "size_on_disk",
    "usage",
    "unbroadcastcount",
    "maxmempool",
    "time",
    "dustdynamic",
    "dustrelayfee",
    "dustrelayfeefloor",
    "rbf_policy",
    "truc_policy",
];

/// Collects the fields in which two answers differ.
fn compare(place: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(our_fields), Value::Object(their_fields)) => {
            let names: BTreeSet<&String> = our_fields.keys().chain(their_fields.keys()).collect();
            for name in names.into_iter().filter(|name| !NOT_COMPARED.contains(&name.as_str())) {
                let place = format!("{place} .{name}");
                match (our_fields.get(name), their_fields.get(name)) {
                    (Some(ours), Some(theirs)) => compare(&place, ours, theirs, found),
                    (ours, theirs) => found.push(format!("{place}\n  ours   {ours:?}\n  theirs {theirs:?}")),
                }
            }
        }
        (Value::Array(our_items), Value::Array(their_items)) if our_items.len() == their_items.len() => {
            for (ours, theirs) in our_items.iter().zip(their_items) {
                compare(place, ours, theirs, found);
            }
        }
        _ if ours == theirs => {}
        _ => found.push(format!("{place}\n  ours   {ours}\n  theirs {theirs}")),
    }
}

/// Calls whose answers must be the same, to the field.
fn calls(ours: &mut Client) -> Vec<(&'static str, Value)> {
    let tip = ours.ok("getbestblockhash", json!([]));
    let fund = ours.ok("getblock", json!([tip, 1]))["tx"][1].clone();
    let coinbase = ours.ok("getblock", json!([tip, 1]))["tx"][0].clone();
    let genesis = ours.ok("getblockhash", json!([0]));
    let genesis_tx = ours.ok("getblock", json!([genesis, 1]))["tx"][0].clone();
    let waiting = ours.ok("getrawmempool", json!([])).as_array().unwrap().clone();
    let none = "00".repeat(32);
    let mut calls = vec![
        ("getbestblockhash", json!([])),
        ("getbestblockhash", json!([1])),
        ("getblock", json!([])),
        ("getblock", json!(["x"])),
        ("getblock", json!([5])),
        ("getblock", json!([none])),
        ("getblock", json!([tip])),
        ("getblock", json!([tip, 0])),
        ("getblock", json!([tip, 1])),
        ("getblock", json!([tip, 2])),
        ("getblock", json!([tip, true])),
        ("getblock", json!([tip, false])),
        ("getblock", json!([tip, "1"])),
        ("getblock", json!({"blockhash": tip, "verbosity": 0})),
        ("getblock", json!({"blockhash": tip, "verbose": false})),
        ("getblock", json!({"blockhash": tip, "colour": 0})),
        ("getblock", json!([genesis, 1])),
        ("getblockchaininfo", json!([])),
        ("getblockcount", json!([])),
        ("getblockhash", json!([0])),
        ("getblockhash", json!([100])),
        ("getblockhash", json!([-1])),
        ("getblockhash", json!([100_000])),
        ("getblockhash", json!([99_999_999_999_u64])),
        ("getblockhash", json!([1.5])),
        ("getblockhash", json!(["1"])),
        ("getblockheader", json!([tip])),
        ("getblockheader", json!([tip, false])),
        ("getblockheader", json!([tip, 1])),
        ("getblockheader", json!([genesis])),
        ("getblockheader", json!([none])),
        ("getblockheader", json!(["zz".repeat(32)])),
        ("getmempoolentry", json!([none])),
        ("getmempoolinfo", json!([])),
        ("getrawmempool", json!([true, true])),
        ("getrawmempool", json!(["x"])),
        ("getrawmempool", json!([true])),
        ("getrawtransaction", json!([none])),
        ("getrawtransaction", json!(["x"])),
        ("getrawtransaction", json!([none, 0, "x"])),
        ("getmempoolentry", json!(["x"])),
        ("gettxout", json!(["x", 0])),
        ("getrawtransaction", json!([genesis_tx])),
        ("getrawtransaction", json!([fund])),
        ("getrawtransaction", json!([fund, true])),
        ("getrawtransaction", json!([fund, 1, tip])),
        ("getrawtransaction", json!([fund, 0, genesis])),
        ("getrawtransaction", json!([fund, 0, none])),
        ("getrawtransaction", json!([coinbase, true])),
        ("gettxout", json!([none, 0])),
        ("gettxout", json!([fund, 0])),
        ("gettxout", json!([fund, 1, false])),
        ("gettxout", json!([fund, -1])),
        ("gettxout", json!([coinbase, 0])),
        ("gettxout", json!([coinbase, 1])),
        ("estimatesmartfee", json!([0])),
        ("estimatesmartfee", json!([1009])),
        ("estimatesmartfee", json!([6, "fast"])),
        ("scantxoutset", json!([])),
        ("scantxoutset", json!(["status"])),
        ("scantxoutset", json!(["abort"])),
        ("scantxoutset", json!(["begin"])),
        ("scantxoutset", json!(["start"])),
        ("sendrawtransaction", json!([""])),
        ("sendrawtransaction", json!([5])),
        ("sendrawtransaction", json!(["00", 1])),
        ("sendrawtransaction", json!(["00", "x"])),
        ("sendrawtransaction", json!(["00", -1])),
        ("testmempoolaccept", json!([[]])),
        ("testmempoolaccept", json!([["00"]])),
        ("testmempoolaccept", json!(["00"])),
        ("setmocktime", json!([-1])),
        ("nothing", json!([])),
    ];
    for txid in waiting {
        calls.push(("getmempoolentry", json!([txid])));
        calls.push(("getrawtransaction", json!([txid, 1])));
        calls.push(("gettxout", json!([txid, 0])));
        calls.push(("gettxout", json!([txid, 0, false])));
    }
    calls
}

#[test]
#[ignore = "needs BITCOIND_PATH: run `bun run test -- --only native`"]
fn a_real_bitcoind_answers_the_same() {
    let bitcoind = Bitcoind::start();
    let chain: Chain = open();
    let (mut ours, mut theirs) = (Client::of(&chain), bitcoind.client());
    chain.mine(50, None).unwrap();
    let list = cases::all(&chain);
    feed(&mut ours, &mut theirs);
    differences(&list, &mut ours, &mut theirs);
    let mut found = Vec::new();
    for (method, params) in calls(&mut ours) {
        let ours = ours.call(method, params.clone());
        let theirs = theirs.call(method, params.clone());
        let place = format!("{method} {params}");
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => compare(&place, ours, theirs, &mut found),
            // The usage line is followed by the whole help there.
            (Err((-1, our_help)), Err((-1, their_help))) if their_help.starts_with(our_help.as_str()) => {}
            _ if ours == theirs => {}
            _ => found.push(format!("{place}\n  ours   {ours:?}\n  theirs {theirs:?}")),
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
