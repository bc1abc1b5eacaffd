//! The RPC over HTTP: connections, authentication, envelopes and what the calls answer.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;

use peer_stables_chain::{Chain, ChainConfig};
use serde_json::{json, Value};
use support::client::Client;
use support::wallet::Wallet;
use support::{open, open_in};

#[test]
fn one_connection_serves_many_calls() {
    let chain = open();
    let mut client = Client::of(&chain);
    for _ in 0..200 {
        assert_eq!(client.ok("getblockcount", json!([])), 110);
    }
    let reply = client.http("POST", "/", r#"{"method":"getblockcount","params":[],"id":1}"#);
    assert_eq!(reply.body, "{\"error\":null,\"id\":1,\"result\":110}\n");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()));
    assert_eq!(reply.header("transfer-encoding"), None);
}

#[test]
fn a_wrong_password_is_refused() {
    let chain = open();
    let info = chain.info().unwrap();
    for (user, password) in [(info.user.as_str(), "x"), ("x", info.password.as_str()), ("", "")] {
        let reply = Client::new(info.port, user, password).http("POST", "/", "{}");
        assert_eq!((reply.status, reply.body.as_str()), (401, ""));
        assert_eq!(reply.header("www-authenticate"), Some("Basic realm=\"jsonrpc\""));
    }
    let reply = Client::connect(&info).send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
    assert_eq!(reply.status, 401);
}

#[test]
fn only_posts_to_the_root_are_answered() {
    let chain = open();
    let reply = Client::of(&chain).http("GET", "/", "");
    assert_eq!((reply.status, reply.body.as_str()), (405, "JSONRPC server handles only POST requests"));
    assert_eq!(Client::of(&chain).http("POST", "/wallet/x", "{}").status, 404);
}

#[test]
fn a_body_too_big_is_refused() {
    let chain = open();
    let size = 0x0200_0001;
    let info = chain.info().unwrap();
    let mut client = Client::connect(&info);
    let token = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("{}:{}", info.user, info.password));
    let head = format!("POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {token}\r\nContent-Length: {size}\r\n\r\n");
    assert_eq!(client.send(&head).status, 413);
    assert_eq!(Client::of(&chain).ok("getblockcount", json!([])), 110);
}

#[test]
fn envelopes_are_bitcoinds() {
    let chain = open();
    let mut client = Client::of(&chain);
    let cases: &[(&str, u16, Value)] = &[
        ("nonsense", 500, json!({"result": null, "error": {"code": -32700, "message": "Parse error"}, "id": null})),
        (
            "5",
            500,
            json!({"result": null, "error": {"code": -32700, "message": "Top-level object parse error"}, "id": null}),
        ),
        (r#"{"id":1}"#, 400, json!({"result": null, "error": {"code": -32600, "message": "Missing method"}, "id": 1})),
        (
            r#"{"id":1,"method":5}"#,
            400,
            json!({"result": null, "error": {"code": -32600, "message": "Method must be a string"}, "id": 1}),
        ),
        (
            r#"{"id":1,"method":"uptime","params":5}"#,
            400,
            json!({"result": null, "error": {"code": -32600, "message": "Params must be an array or object"}, "id": 1}),
        ),
        (
            r#"{"id":1,"method":"x","jsonrpc":"3.0"}"#,
            400,
            json!({"result": null, "error": {"code": -32600, "message": "JSON-RPC version not supported"}, "id": 1}),
        ),
        (
            r#"{"id":"a","method":"nothing"}"#,
            404,
            json!({"result": null, "error": {"code": -32601, "message": "Method not found"}, "id": "a"}),
        ),
        (
            r#"{"id":1,"method":"getblockhash","params":[500]}"#,
            500,
            json!({"result": null, "error": {"code": -8, "message": "Block height out of range"}, "id": 1}),
        ),
        (r#"{"method":"getblockcount"}"#, 200, json!({"result": 110, "error": null, "id": null})),
        (
            r#"{"id":1,"method":"getblockcount","jsonrpc":"2.0"}"#,
            200,
            json!({"jsonrpc": "2.0", "result": 110, "id": 1}),
        ),
        (
            r#"{"id":1,"method":"nothing","jsonrpc":"2.0"}"#,
            200,
            json!({"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": 1}),
        ),
        ("[]", 200, json!([])),
        (
            r#"[{"id":1,"method":"getblockcount"},{"id":2,"method":"nothing"},7]"#,
            200,
            json!([
                {"result": 110, "error": null, "id": 1},
                {"result": null, "error": {"code": -32601, "message": "Method not found"}, "id": 2},
                {"result": null, "error": {"code": -32600, "message": "Invalid Request object"}, "id": null},
            ]),
        ),
    ];
    for (body, status, expected) in cases {
        let reply = client.http("POST", "/", body);
        assert_eq!((reply.status, &reply.json()), (*status, expected), "{body}");
    }
    let silent = client.http("POST", "/", r#"{"method":"getblockcount","jsonrpc":"2.0"}"#);
    assert_eq!((silent.status, silent.body.as_str()), (204, ""));
}

#[test]
fn errors_have_bitcoinds_codes_and_words() {
    let chain = open();
    let mut client = Client::of(&chain);
    let none = "00".repeat(32);
    let genesis = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206";
    let cases = [
        ("nothing", json!([]), -32601, "Method not found"),
        ("getblock", json!([]), -1, "getblock \"blockhash\" ( verbosity )\n"),
        ("getblockcount", json!([1]), -1, "getblockcount\n"),
        ("getblock", json!([none]), -5, "Block not found"),
        ("getblockheader", json!([none]), -5, "Block not found"),
        ("getblockheader", json!(["abc"]), -8, "hash must be of length 64 (not 3, for 'abc')"),
        ("getblock", json!(["abc"]), -8, "blockhash must be of length 64 (not 3, for 'abc')"),
        ("getblockhash", json!([111]), -8, "Block height out of range"),
        ("getblockhash", json!([-1]), -8, "Block height out of range"),
        ("getblockhash", json!(["1"]), -3, "Wrong type passed:\n{\n    \"Position 1 (height)\": \"JSON value of type string is not of expected type number\"\n}"),
        ("getblock", json!({"blockhash": none, "colour": 1}), -8, "Unknown named parameter colour"),
        ("getmempoolentry", json!([none]), -5, "Transaction not in mempool"),
        ("getrawtransaction", json!([none]), -5, "No such mempool or blockchain transaction. Use gettransaction for wallet transactions."),
        ("getrawtransaction", json!([none, 0, none]), -5, "Block hash not found"),
        ("getrawtransaction", json!([none, 0, genesis]), -5, "No such transaction found in the provided block. Use gettransaction for wallet transactions."),
        ("getrawtransaction", json!(["4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"]), -5, "The genesis block coinbase is not considered an ordinary transaction and cannot be retrieved"),
        ("getrawmempool", json!([true, true]), -8, "Verbose results cannot contain mempool sequence values."),
        ("estimatesmartfee", json!([0]), -8, "Invalid conf_target, must be between 1 and 1008"),
        ("estimatesmartfee", json!([2, "x"]), -8, "Invalid estimate_mode parameter, must be one of: \"unset\", \"economical\", \"conservative\""),
        ("sendrawtransaction", json!(["00"]), -22, "TX decode failed. Make sure the tx has at least one input."),
        ("sendrawtransaction", json!(["00", 1]), -8, "Fee rates larger than or equal to 1BTC/kvB are not accepted"),
        ("testmempoolaccept", json!([[]]), -8, "Array must contain between 1 and 25 transactions."),
        ("generatetoaddress", json!([1, "x"]), -5, "Error: Invalid address"),
        ("setmocktime", json!([-1]), -8, "Mocktime must be in the range [0, 9223372036], not -1."),
    ];
    for (method, params, code, message) in cases {
        assert_eq!(client.fails(method, params.clone()), (code, message.to_owned()), "{method} {params}");
    }
}

#[test]
fn answers_hold_the_fields_lightning_nodes_read() {
    let chain = open();
    let mut client = Client::of(&chain);
    let wallet = Wallet::new(1);
    let coin = wallet.coin(&chain, 1_000_000);
    let tx = wallet.sweep(std::slice::from_ref(&coin), 1_000);
    let txid = chain.submit(tx.clone()).unwrap().to_string();
    let info = client.ok("getblockchaininfo", json!([]));
    assert_eq!((info["chain"].as_str(), info["blocks"].as_u64()), (Some("regtest"), Some(111)));
    assert_eq!(info["bestblockhash"], chain.info().unwrap().best_hash.to_string());
    let header = client.ok("getblockheader", json!([info["bestblockhash"]]));
    assert_eq!((header["height"].as_u64(), header["confirmations"].as_i64()), (Some(111), Some(1)));
    assert_eq!(header["chainwork"], format!("{:064x}", 224));
    assert_eq!(header["bits"], "207fffff");
    for estimate in [json!([1, "CONSERVATIVE"]), json!([144, "ECONOMICAL"]), json!([1008])] {
        let estimate = client.ok("estimatesmartfee", estimate);
        assert_eq!((estimate["feerate"].as_f64(), estimate.get("errors")), (Some(0.00001), None));
    }
    let mempool = client.ok("getmempoolinfo", json!([]));
    assert_eq!((mempool["mempoolminfee"].as_f64(), mempool["size"].as_u64()), (Some(0.00001), Some(1)));
    assert_eq!(client.ok("getrawmempool", json!([false])), json!([txid]));
    let sequence = client.ok("getrawmempool", json!([false, true]));
    assert_eq!(sequence["txids"], json!([txid]));
    assert!(sequence["mempool_sequence"].is_u64());
    let entry = client.ok("getmempoolentry", json!([txid]));
    assert_eq!((entry["height"].as_u64(), entry["fees"]["base"].as_f64()), (Some(111), Some(0.00001)));
    assert!(entry["time"].is_u64());
    assert_eq!(client.ok("getrawmempool", json!([true]))[&txid], entry);
    let raw = client.ok("getrawtransaction", json!([txid]));
    assert_eq!(raw, bitcoin::consensus::encode::serialize_hex(&tx));
    let funding = coin.outpoint.txid.to_string();
    assert_eq!(client.ok("getrawtransaction", json!([funding, 1]))["confirmations"], 1);
    assert_eq!(client.ok("gettxout", json!([funding, coin.outpoint.vout])), json!(null));
    let unspent = client.ok("gettxout", json!([funding, coin.outpoint.vout, false]));
    assert_eq!((unspent["value"].as_f64(), unspent["confirmations"].as_u64()), (Some(0.01), Some(1)));
    assert_eq!(client.ok("gettxout", json!([txid, 0]))["confirmations"], 0);
    assert_eq!(client.ok("getnetworkinfo", json!([]))["relayfee"].as_f64(), Some(0.00001));
    assert!(client.ok("uptime", json!([])).is_u64());
    let mined = client.ok("generatetoaddress", json!([2, wallet.address().to_string()]));
    assert_eq!(mined.as_array().unwrap().len(), 2);
    assert_eq!(client.ok("getblock", json!([mined[0], 2]))["tx"][1]["fee"].as_f64(), Some(0.00001));
    let first = client.ok("getblock", json!([mined[0]]));
    assert_eq!((&first["nextblockhash"], &first["tx"][1]), (&mined[1], &json!(txid)));
}

#[test]
fn transactions_are_judged_without_being_taken() {
    let chain = open();
    let mut client = Client::of(&chain);
    let wallet = Wallet::new(1);
    let coin = wallet.coin(&chain, 1_000_000);
    let parent = wallet.sweep(&[coin], 1_000);
    let child = wallet.sweep(&[support::wallet::coin_at(&parent, 0)], 10);
    let raw = |tx| bitcoin::consensus::encode::serialize_hex(tx);
    let judged = client.ok("testmempoolaccept", json!([[raw(&parent)]]));
    assert_eq!((&judged[0]["allowed"], judged[0]["vsize"].as_u64()), (&json!(true), Some(110)));
    assert_eq!(judged[0]["fees"]["base"].as_f64(), Some(0.00001));
    let judged = client.ok("testmempoolaccept", json!([[raw(&child)]]));
    assert_eq!((&judged[0]["allowed"], &judged[0]["reject-reason"]), (&json!(false), &json!("missing-inputs")));
    let judged = client.ok("testmempoolaccept", json!([[raw(&parent), raw(&child)]]));
    assert_eq!(judged[1]["reject-reason"], "min relay fee not met");
    assert!(chain.mempool().unwrap().is_empty());
}

#[test]
fn paused_it_refuses_connections_and_resumed_it_answers_on_the_same_port() {
    let chain = open();
    let info = chain.info().unwrap();
    let mut standing = TcpStream::connect(("127.0.0.1", info.port)).unwrap();
    Client::of(&chain).ok("getblockcount", json!([]));
    for _ in 0..3 {
        chain.pause().unwrap();
        chain.pause().unwrap();
        let refused = TcpStream::connect(("127.0.0.1", info.port)).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        chain.mine(1, None).unwrap();
        chain.resume().unwrap();
        chain.resume().unwrap();
        assert_eq!(chain.info().unwrap().port, info.port);
        assert_eq!(Client::of(&chain).ok("getblockcount", json!([])), chain.info().unwrap().height);
    }
    // The connection from before the first pause was closed by it.
    let _ = standing.write_all(b"POST / HTTP/1.1\r\n\r\n");
    let mut rest = Vec::new();
    let _ = standing.read_to_end(&mut rest);
    assert!(rest.is_empty());
}

#[test]
fn a_port_may_be_given_and_must_be_free() {
    let first = open();
    let port = first.info().unwrap().port;
    let Err(error) = Chain::open(ChainConfig { rpc_port: port, data_dir: None }) else { panic!("opened twice") };
    assert_eq!(error.code(), "port_in_use");
    assert!(error.to_string().contains(&port.to_string()), "{error}");
    first.close().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let second = Chain::open(ChainConfig { rpc_port: port, data_dir: Some(dir.path().to_owned()) }).unwrap();
    assert_eq!(second.info().unwrap().port, port);
    drop(second);
    open_in(dir.path());
}

#[test]
fn many_clients_at_once_see_whole_states() {
    let chain = open();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = Client::of(&chain);
                for _ in 0..100 {
                    let info = client.ok("getblockchaininfo", json!([]));
                    let header = client.ok("getblockheader", json!([info["bestblockhash"]]));
                    assert_eq!(header["height"], info["blocks"]);
                }
            });
        }
        for _ in 0..50 {
            chain.mine(2, None).unwrap();
        }
    });
    assert_eq!(chain.info().unwrap().height, 210);
}

#[test]
fn a_scan_finds_the_coins_of_its_scripts() {
    let chain = open();
    let mut client = Client::of(&chain);
    let tip = client.ok("getbestblockhash", json!([]));
    let coinbase = client.ok("getblock", json!([tip, 2]))["tx"][0].clone();
    let output = &coinbase["vout"][0];
    let wanted = format!("raw({})", output["scriptPubKey"]["hex"].as_str().unwrap());
    let scanned = client.ok("scantxoutset", json!(["start", [wanted, { "desc": "raw(51)" }]]));
    let found = scanned["unspents"].as_array().unwrap().iter().find(|coin| coin["txid"] == coinbase["txid"]).unwrap();
    assert_eq!((&found["amount"], &found["height"]), (&output["value"], &json!(110)));
    assert_eq!((&found["coinbase"], &found["confirmations"]), (&json!(true), &json!(1)));
    let none = client.ok("scantxoutset", json!(["start", ["raw(51)"]]));
    assert_eq!((&none["unspents"], &none["total_amount"]), (&json!([]), &json!(0.0)));
    assert_eq!(client.call("scantxoutset", json!(["start", ["pkh(x)"]])).unwrap_err().0, -5);
}
