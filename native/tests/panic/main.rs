//! What a panic in a worker does. Alone in its binary, since it sets the process's environment.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

use common::{node_config, started, Chain};
use serde_json::json;

#[test]
fn a_panic_is_told_and_ends_the_handle() {
    // SAFETY: no library thread runs yet, so nobody reads the environment.
    unsafe { std::env::set_var("PEER_STABLES_DEBUG_PANIC", "1") };
    let chain = Chain::new();
    let dir = tempfile::tempdir().unwrap();
    let config = node_config(&chain, dir.path());
    let (node, id) = started(&config);
    assert_eq!(node.kind("debug.panic", json!({})), "panic");
    let fatal = node.notice("fatal");
    assert!(fatal["params"]["message"].as_str().unwrap().contains("debug.panic"), "{fatal}");
    assert!(fatal["params"]["where"].as_str().unwrap().contains("status.rs"), "{fatal}");
    for method in ["node.status", "node.stop", "channel.list"] {
        assert_eq!(node.kind(method, json!({})), "panic");
    }
    node.ok("log.tail", json!({ "max_lines": 1 }));
    drop(node);
    let (_again, same) = started(&config);
    assert_eq!(same, id);
}
