//! Starting: what is asked of the chain source and of the ports, and what a data directory looks like afterwards.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{json, Value};

use crate::common::{free_port, node_config, started, Chain, Handle};

fn refused(config: &Value) -> Value {
    let handle = Handle::open(config).unwrap();
    let error = handle.call("node.start", json!({})).unwrap_err();
    // A refused start leaves the handle as it was.
    assert_eq!(handle.kind("node.status", json!({})), "not_running");
    error["data"].clone()
}

fn with(chain: &Chain, dir: &Path, field: &str, value: Value) -> Value {
    let mut config = node_config(chain, dir);
    config[field] = value;
    config
}

#[test]
fn a_dead_source_is_unreachable() {
    let chain = Chain::new();
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut dead = chain.source.clone();
    dead["port"] = json!(port);
    let sources = [
        dead,
        json!({ "kind": "esplora", "url": format!("http://127.0.0.1:{port}") }),
        json!({ "kind": "electrum", "url": format!("tcp://127.0.0.1:{port}") }),
    ];
    for source in sources {
        let data = refused(&with(&chain, dir.path(), "chain", source));
        assert_eq!(data["kind"], "chain_unreachable");
        assert!(data["detail"].as_str().unwrap().contains("refused"), "{data}");
    }
    assert!(!dir.path().join("ldk_node_data.sqlite").exists(), "nothing is built on a source that is not there");
}

#[test]
fn a_wrong_password_is_said_and_not_repeated() {
    let chain = Chain::new();
    let dir = tempfile::tempdir().unwrap();
    let mut source = chain.source.clone();
    source["password"] = json!("not-the-password");
    let data = refused(&with(&chain, dir.path(), "chain", source));
    assert_eq!(data["kind"], "chain_unreachable");
    assert_eq!(data["detail"], "401: wrong user or password");
}

#[test]
fn another_network_is_refused() {
    let chain = Chain::new();
    for network in ["bitcoin", "testnet", "signet", "mutinynet"] {
        let dir = tempfile::tempdir().unwrap();
        let data = refused(&with(&chain, dir.path(), "network", json!(network)));
        assert_eq!((&data["kind"], &data["detail"]), (&json!("chain_wrong_network"), &json!("regtest")));
    }
}

/// A server that answers every connection's first bytes with `answer`.
fn canned(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

#[test]
fn esplora_and_electrum_on_another_network_are_refused() {
    let chain = Chain::new();
    let dir = tempfile::tempdir().unwrap();
    // The genesis block of the main network, by hash and as a header.
    let hash = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";
    let http = format!("HTTP/1.1 200 OK\r\nContent-Length: 64\r\nConnection: close\r\n\r\n{hash}");
    let esplora = format!("http://127.0.0.1:{}", canned(http.leak()));
    let header = concat!(
        r#"{"jsonrpc":"2.0","id":0,"result":"0100000000000000000000000000000000000000000000000000000000000000"#,
        "000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c\"}\n"
    );
    let electrum = format!("tcp://127.0.0.1:{}", canned(header));
    for (kind, url) in [("esplora", esplora), ("electrum", electrum)] {
        let data = refused(&with(&chain, dir.path(), "chain", json!({ "kind": kind, "url": url })));
        assert_eq!(data["kind"], "chain_wrong_network", "{kind}: {data}");
        assert!(data["detail"].as_str().unwrap().contains(hash));
    }
}

#[test]
fn a_port_in_use_is_named() {
    let chain = Chain::new();
    let dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let config = with(&chain, dir.path(), "listen", json!([address]));
    let handle = Handle::open(&config).unwrap();
    let error = handle.call("node.start", json!({})).unwrap_err();
    assert_eq!(error["data"]["kind"], "port_in_use");
    assert!(error["message"].as_str().unwrap().contains(&address));
    drop(taken);
    handle.ok("node.start", json!({}));
}

#[test]
fn the_directory_is_private_and_the_database_in_wal_mode() {
    let chain = Chain::new();
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("node");
    let (node, _) = started(&node_config(&chain, &dir));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert!(dir.join("ldk_node_data.sqlite-wal").exists());
    node.ok("node.stop", json!({}));
    // Bytes 18 and 19 of an SQLite file: 2 is WAL (https://sqlite.org/fileformat.html).
    assert_eq!(std::fs::read(dir.join("ldk_node_data.sqlite")).unwrap()[18..20], [2, 2]);
}

#[test]
fn the_seed_decides_the_node() {
    let chain = Chain::new();
    let hex = "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1\
               9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4";
    let words = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
    let id = |seed: Value| {
        let dir = tempfile::tempdir().unwrap();
        started(&with(&chain, dir.path(), "seed", seed)).1
    };
    // BIP 39's own vector: these words without a passphrase give this seed.
    let from_words = id(json!({ "kind": "mnemonic", "value": words }));
    assert_eq!(id(json!({ "kind": "hex", "value": hex })), from_words);
    assert_ne!(id(json!({ "kind": "mnemonic", "value": words, "passphrase": "x" })), from_words);
    assert_ne!(id(json!({ "kind": "file" })), id(json!({ "kind": "file" })));
}

#[test]
fn another_seed_on_an_old_directory_does_not_start() {
    let chain = Chain::new();
    let dir = tempfile::tempdir().unwrap();
    drop(started(&with(&chain, dir.path(), "seed", json!({ "kind": "hex", "value": "01".repeat(64) }))));
    let data = refused(&with(&chain, dir.path(), "seed", json!({ "kind": "hex", "value": "02".repeat(64) })));
    assert_eq!(data["kind"], "start_failed");
    assert!(data["detail"].as_str().unwrap().contains("wallet"), "{data}");
}

#[test]
fn an_alias_without_a_listening_address_starts() {
    let chain = Chain::new();
    let dir = tempfile::tempdir().unwrap();
    let (node, _) = started(&with(&chain, dir.path(), "listen", json!([])));
    let status = node.ok("node.status", json!({}));
    assert_eq!((&status["alias"], &status["listen"]), (&json!("node"), &json!([])));
}

#[test]
fn a_paused_chain_is_noticed_and_survived() {
    let chain = Chain::new();
    let dir = tempfile::tempdir().unwrap();
    let (node, _) = started(&node_config(&chain, dir.path()));
    chain.handle.ok("chain.pause", json!({}));
    assert_eq!(node.kind("wallet.sync", json!({})), "chain_unreachable");
    chain.handle.ok("chain.resume", json!({}));
    chain.mine(1);
    assert_eq!(node.ok("wallet.sync", json!({}))["block_height"], 111);
}
