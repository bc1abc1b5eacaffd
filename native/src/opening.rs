//! From the text given to `ps_open` to a handle.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::chain;
use crate::core_dumps;
use crate::failure::{Failure, Kind};
use crate::faults::Faults;
use crate::handles;
use crate::node;
use crate::outgoing::Outgoing;
use crate::session::{Service, Session};

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Target {
    Node(Value),
    Chain(Value),
}

pub fn open(text: &str) -> Result<i64, Failure> {
    core_dumps::forbid();
    let target: Target = serde_json::from_str(text)
        .map_err(|error| Failure::new(Kind::BadConfig, format!("The configuration cannot be read: {error}.")))?;
    let outgoing = Outgoing::new()
        .map_err(|error| Failure::new(Kind::Internal, "No pipe could be made.").detail(error.to_string()))?;
    let outgoing = Arc::new(outgoing);
    let faults = Arc::new(Faults::new(Arc::clone(&outgoing)));
    let service: Arc<dyn Service> = match target {
        Target::Node(config) => node::open(config, &outgoing, &faults)?,
        Target::Chain(config) => chain::open(config)?,
    };
    Ok(handles::insert(Session::new(outgoing, faults, service)))
}

/// Reads a configuration; the field that does not fit is named.
pub fn config<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner().to_string();
        bad_config(if path == "." { "the configuration" } else { &path }, reason)
    })
}

pub fn bad_config(field: &str, reason: impl std::fmt::Display) -> Failure {
    Failure::new(Kind::BadConfig, format!("{field}: {reason}"))
}
