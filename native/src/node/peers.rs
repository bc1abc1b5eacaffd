//! Requests about peers.

use serde::Deserialize;
use serde_json::{json, Value};

use super::config::Address;
use super::live::Live;
use super::methods::{none, Answer};
use crate::hex::NodeId;
use crate::rpc::params;

pub fn list(live: &Live, input: Value) -> Answer {
    none(input)?;
    let peers: Vec<_> = live
        .node
        .list_peers()
        .iter()
        .map(|peer| {
            json!({
                "node_id": peer.node_id.to_string(),
                "address": peer.address.to_string(),
                "connected": peer.is_connected,
                "persisted": peer.is_persisted,
            })
        })
        .collect();
    Ok(json!({ "peers": peers }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Connect {
    node_id: NodeId,
    address: Address,
}

pub fn connect(live: &Live, input: Value) -> Answer {
    let Connect { node_id, address } = params(input)?;
    live.node.connect(node_id.0, address.0, true)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Disconnect {
    node_id: NodeId,
}

pub fn disconnect(live: &Live, input: Value) -> Answer {
    let Disconnect { node_id } = params(input)?;
    live.node.disconnect(node_id.0)?;
    Ok(json!({}))
}
