//! Keys, hashes and bytes as lower-case hex.

use std::fmt;
use std::str::FromStr;

use ldk_node::bitcoin::hex::{DisplayHex, FromHex};
use ldk_node::bitcoin::secp256k1::PublicKey;
use serde::de::{self, Deserialize, Deserializer};

pub fn to_hex(bytes: &[u8]) -> String {
    bytes.to_lower_hex_string()
}

/// Any number of bytes, as hex.
#[derive(Debug)]
pub struct Bytes(pub Vec<u8>);

/// Exactly 32 bytes, as hex.
#[derive(Clone, Copy, Debug)]
pub struct Bytes32(pub [u8; 32]);

/// A node's public key: 66 hex digits.
#[derive(Clone, Copy, Debug)]
pub struct NodeId(pub PublicKey);

fn text<'de, D: Deserializer<'de>, T, E: fmt::Display>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
    what: &str,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(|error| de::Error::custom(format!("not {what}: {error}")))
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, |text| Vec::from_hex(text).map(Bytes), "hex bytes")
    }
}

impl<'de> Deserialize<'de> for Bytes32 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, |text| <[u8; 32]>::from_hex(text).map(Bytes32), "64 hex digits")
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, |text| PublicKey::from_str(text).map(NodeId), "a node id of 66 hex digits")
    }
}
