//! Requests about signed messages.

use std::str::FromStr;

use ldk_node::bitcoin::secp256k1::PublicKey;
use serde::Deserialize;
use serde_json::{json, Value};

use super::live::Live;
use super::methods::Answer;
use crate::rpc::params;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sign {
    message: String,
}

pub fn sign(live: &Live, input: Value) -> Answer {
    let Sign { message } = params(input)?;
    Ok(json!({ "signature": live.node.sign_message(message.as_bytes()) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verify {
    message: String,
    signature: String,
    node_id: String,
}

pub fn verify(live: &Live, input: Value) -> Answer {
    let Verify { message, signature, node_id } = params(input)?;
    let valid =
        PublicKey::from_str(&node_id).is_ok_and(|key| live.node.verify_signature(message.as_bytes(), &signature, &key));
    Ok(json!({ "valid": valid }))
}
