//! The boundary itself: what callers may get wrong, and what a handle does while it opens, waits and closes.

use std::io::Read;
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::ptr::{null, null_mut};
use std::time::{Duration, Instant};

use crate::common::{init, next_message, node_config, open, receive, send, started, Chain, Handle};
use peer_stables_native::{ps_abi_version, ps_close, ps_open, ps_recv, ps_send, ps_wake_fd};
use serde_json::{json, Value};

fn chain_handle() -> i64 {
    open(&json!({ "kind": "chain" })).unwrap()
}

fn request(id: u64, method: &str) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method }).to_string()
}

#[test]
fn the_version_is_one() {
    assert_eq!(ps_abi_version(), 1);
}

#[test]
fn null_and_tiny_buffers_are_answers_not_crashes() {
    init();
    // SAFETY: null pointers are allowed by the contract.
    unsafe {
        assert!(ps_open(null(), 10, null_mut(), 10) < 0);
        let handle = chain_handle();
        assert_eq!(ps_send(handle, null(), 10), -2);
        assert_eq!(ps_send(handle, request(1, "chain.info").as_ptr(), 0), -4);
        assert_eq!(send(handle, &request(1, "chain.info")), 0);
        let mut byte = [0xAA];
        while receive(handle, &mut byte, 10) == 0 {}
        let needed = -receive(handle, &mut byte, 0);
        assert!(needed > 1);
        assert_eq!(-ps_recv(handle, null_mut(), 4096, 0), needed);
        assert_eq!(byte, [0xAA]);
        let mut fitting = vec![0; usize::try_from(needed).unwrap()];
        assert_eq!(receive(handle, &mut fitting, 0), needed);
        assert_eq!(serde_json::from_slice::<Value>(&fitting).unwrap()["id"], 1);
        assert_eq!(receive(handle, &mut fitting, 0), 0);
        assert_eq!(ps_close(handle), 0);
    }
}

#[test]
fn an_error_that_does_not_fit_is_not_written() {
    init();
    let config = r#"{"kind":"chain","data_dir":1}"#;
    let mut out = [0xAA; 8];
    // SAFETY: both pointers are to live buffers of the given sizes.
    let size = unsafe { ps_open(config.as_ptr(), config.len(), out.as_mut_ptr(), out.len()) };
    assert!(size < -8);
    assert_eq!(out, [0xAA; 8]);
    let error = open(&json!({ "kind": "chain", "data_dir": 1 })).unwrap_err();
    assert_eq!(error["kind"], "bad_config");
    assert!(error["message"].as_str().unwrap().contains("data_dir"));
    assert_eq!(open(&json!({ "kind": "toaster" })).unwrap_err()["kind"], "bad_config");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let handle = chain_handle();
    let invalid = [0xFF, 0xFE];
    let oversized = vec![b' '; (1 << 20) + 1];
    // SAFETY: the pointers are to live buffers of the given sizes.
    unsafe {
        assert_eq!(ps_send(handle, invalid.as_ptr(), invalid.len()), -2);
        assert_eq!(ps_send(handle, oversized.as_ptr(), oversized.len()), -2);
        assert_eq!(ps_send(handle, oversized.as_ptr(), usize::MAX), -2);
    }
    assert_eq!(send(handle, "{\"id\":1,\0}"), -4);
    assert_eq!(send(handle, "\0"), -4);
    ps_close(handle);
}

#[test]
fn malformed_requests_are_answered_by_their_id() {
    let handle = Handle::open(&json!({ "kind": "chain" })).unwrap();
    let error = handle.call("chain.dance", json!({})).unwrap_err();
    assert_eq!((&error["code"], &error["data"]["kind"]), (&json!(-32601), &json!("unknown_method")));
    let error = handle.call("chain.mine", json!({ "blocks": 1, "fast": true })).unwrap_err();
    assert_eq!((&error["code"], &error["data"]["kind"]), (&json!(-32602), &json!("bad_params")));
    assert!(error["message"].as_str().unwrap().contains("fast"));
    let id = handle.begin("chain.info", json!({}), json!({ "jsonrpc": "1.0" }));
    let error = handle.reply(id).unwrap_err();
    assert_eq!((&error["code"], &error["data"]["kind"]), (&json!(-32600), &json!("bad_request")));
}

#[test]
fn ten_thousand_junk_texts_change_nothing() {
    let handle = chain_handle();
    for number in 0..10_000_u32 {
        let junk = match number % 5 {
            0 => format!("{number}"),
            1 => format!("{{\"id\":-{number}"),
            2 => "[".repeat(number as usize % 300),
            3 => format!("{{\"method\":\"chain.mine\",\"params\":{{\"blocks\":{number}}}}}"),
            _ => format!("\"\u{1F4A9}{number}"),
        };
        assert_eq!(send(handle, &junk), -4, "{junk}");
    }
    assert_eq!(send(handle, &request(7, "chain.info")), 0);
    let reply = next_message(handle);
    assert_eq!((&reply["id"], &reply["result"]["height"]), (&json!(7), &json!(110)));
    ps_close(handle);
}

#[test]
fn a_full_queue_refuses_until_it_is_read() {
    let handle = chain_handle();
    let mut taken = 0_u64;
    while send(handle, &request(taken, "chain.info")) == 0 {
        taken += 1;
        assert!(taken <= 1024);
    }
    assert_eq!(taken, 1024);
    assert_eq!(send(handle, &request(0, "chain.info")), -3);
    for _ in 0..taken {
        assert!(next_message(handle)["result"].is_object());
    }
    assert_eq!(send(handle, &request(0, "chain.info")), 0);
    ps_close(handle);
}

#[test]
fn stale_handles_are_errors() {
    let handle = chain_handle();
    assert_eq!(ps_close(handle), 0);
    assert_eq!(ps_close(handle), -1);
    assert_eq!(send(handle, &request(1, "chain.info")), -1);
    assert_eq!(receive(handle, &mut [0; 10], 0), i64::MIN);
    assert_eq!(ps_wake_fd(handle), -1);
    for never in [0, -1, i64::MAX, i64::MIN] {
        assert_eq!(ps_close(never), -1);
        assert_eq!(ps_wake_fd(never), -1);
    }
}

#[test]
fn closing_wakes_a_receiver_and_ends_the_pipe() {
    let handle = chain_handle();
    let fd = ps_wake_fd(handle);
    // SAFETY: the descriptor is open and stays so for seconds after the close; it is not closed here.
    let mut pipe = ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(fd) });
    assert_eq!(send(handle, &request(1, "chain.info")), 0);
    let mut byte = [0];
    assert_eq!(pipe.read(&mut byte).unwrap(), 1);
    assert_eq!(next_message(handle)["id"], 1);
    let waiting = std::thread::spawn(move || receive(handle, &mut [0; 10], 60_000));
    let reading = std::thread::spawn(move || {
        let mut pipe = pipe;
        pipe.read(&mut [0]).unwrap()
    });
    assert_eq!(ps_close(handle), 0);
    assert_eq!(waiting.join().unwrap(), i64::MIN);
    assert_eq!(reading.join().unwrap(), 0);
}

#[test]
fn a_directory_has_one_owner() {
    let chain = Chain::new();
    let dir = tempfile::tempdir().unwrap();
    let config = node_config(&chain, dir.path());
    let first = Handle::open(&config).unwrap();
    let error = open(&config).unwrap_err();
    assert_eq!((&error["kind"], &error["detail"]), (&json!("data_dir_in_use"), &json!(std::process::id().to_string())));
    drop(first);
    assert_eq!(ps_close(open(&config).unwrap()), 0);
}

#[test]
fn a_bad_seed_is_refused_and_never_repeated() {
    let chain = Chain::new();
    let dir = tempfile::tempdir().unwrap();
    let mut config = node_config(&chain, dir.path());
    config["seed"] = json!({ "kind": "mnemonic", "value": "correct horse battery staple" });
    let error = open(&config).unwrap_err();
    assert_eq!(error["kind"], "seed_invalid");
    assert!(!error.to_string().contains("horse"));
    config["data_dir"] = json!("/proc/nowhere");
    assert_eq!(open(&config).unwrap_err()["kind"], "data_dir_unwritable");
}

#[test]
fn a_slow_call_holds_up_neither_reads_nor_its_deadline() {
    let chain = Chain::new();
    let dir = tempfile::tempdir().unwrap();
    let (node, _) = started(&node_config(&chain, dir.path()));
    // A listener that never answers the handshake: the call hangs until it is given up.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = json!({
        "node_id": "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        "address": silent.local_addr().unwrap().to_string(),
    });
    let slow = node.begin("peer.connect", peer.clone(), json!({ "deadline_ms": 300 }));
    let patient = node.begin("peer.connect", peer, json!({}));
    node.ok("node.status", json!({}));
    node.ok("node.balances", json!({}));
    let error = node.reply(slow).unwrap_err();
    assert_eq!(error["data"]["kind"], "deadline");
    node.ok("node.status", json!({}));
    // Closing does not wait for it.
    let begun = Instant::now();
    assert_eq!(ps_close(node.id), 0);
    assert!(begun.elapsed() < Duration::from_secs(30));
    drop(node);
    let _ = patient;
}
