//! JSON-RPC 2.0 as the boundary speaks it: requests in, replies and notifications out.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{json, Map, Value};

use crate::failure::{Failure, Kind};
use crate::numbers::without_nulls;

const DEFAULT_DEADLINE: Duration = Duration::from_secs(60);
const MAX_DEADLINE_MS: u64 = 3_600_000;

pub struct Request {
    pub id: u64,
    pub method: String,
    pub params: Value,
    pub deadline: Duration,
}

/// What a text turned out to be.
pub enum Incoming {
    Request(Request),
    /// It has an id to answer, but is not a request.
    Malformed {
        id: u64,
        failure: Failure,
    },
    /// Nothing that could be answered.
    Unanswerable,
}

pub fn parse(text: &str) -> Incoming {
    let Ok(Value::Object(mut members)) = serde_json::from_str(text) else {
        return Incoming::Unanswerable;
    };
    let Some(id) = members.remove("id").as_ref().and_then(Value::as_u64) else {
        return Incoming::Unanswerable;
    };
    match request(id, members) {
        Ok(request) => Incoming::Request(request),
        Err(message) => Incoming::Malformed { id, failure: Failure::new(Kind::BadRequest, message) },
    }
}

fn request(id: u64, mut members: Map<String, Value>) -> Result<Request, String> {
    if members.remove("jsonrpc").as_ref().and_then(Value::as_str) != Some("2.0") {
        return Err("The member \"jsonrpc\" must be \"2.0\".".into());
    }
    let Some(Value::String(method)) = members.remove("method") else {
        return Err("The member \"method\" must be a string.".into());
    };
    let params = match members.remove("params") {
        None => Value::Object(Map::new()),
        Some(params @ Value::Object(_)) => params,
        Some(_) => return Err("The member \"params\" must be an object.".into()),
    };
    let deadline = match members.remove("deadline_ms") {
        None => DEFAULT_DEADLINE,
        Some(value) => match value.as_u64() {
            Some(ms) if (1..=MAX_DEADLINE_MS).contains(&ms) => Duration::from_millis(ms),
            _ => return Err(format!("The member \"deadline_ms\" must be an integer from 1 to {MAX_DEADLINE_MS}.")),
        },
    };
    match members.keys().next() {
        Some(unknown) => Err(format!("The member \"{unknown}\" is unknown.")),
        None => Ok(Request { id, method, params, deadline }),
    }
}

/// Reads a method's parameters; unknown, missing and ill-typed ones are named.
pub fn params<T: DeserializeOwned>(params: Value) -> Result<T, Failure> {
    serde_path_to_error::deserialize(params).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner().to_string();
        let message = if path == "." { reason } else { format!("{path}: {reason}") };
        Failure::new(Kind::BadParams, message)
    })
}

pub fn reply(id: u64, outcome: Result<Value, Failure>) -> Vec<u8> {
    let message = match outcome {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": without_nulls(result) }),
        Err(failure) => {
            let mut data = json!({ "kind": failure.kind.name() });
            if let Some(detail) = failure.detail {
                data["detail"] = json!(detail);
            }
            json!({
                "jsonrpc": "2.0",
                "id": id,
                "error": { "code": failure.kind.code(), "message": failure.message, "data": data },
            })
        }
    };
    message.to_string().into_bytes()
}

pub fn notification(method: &str, params: Value) -> Vec<u8> {
    json!({ "jsonrpc": "2.0", "method": method, "params": without_nulls(params) }).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unsigned_id_can_be_answered() {
        for text in ["", "[]", "1", "{", "{}", r#"{"id":-1}"#, r#"{"id":"1"}"#, r#"{"id":1.5}"#, r#"{"id":null}"#] {
            assert!(matches!(parse(text), Incoming::Unanswerable), "{text}");
        }
    }

    #[test]
    fn a_malformed_request_with_an_id_is_answered() {
        for text in [
            r#"{"id":1}"#,
            r#"{"id":1,"jsonrpc":"1.0","method":"m"}"#,
            r#"{"id":1,"jsonrpc":"2.0","method":1}"#,
            r#"{"id":1,"jsonrpc":"2.0","method":"m","params":[]}"#,
            r#"{"id":1,"jsonrpc":"2.0","method":"m","deadline_ms":0}"#,
            r#"{"id":1,"jsonrpc":"2.0","method":"m","extra":1}"#,
        ] {
            assert!(matches!(parse(text), Incoming::Malformed { id: 1, .. }), "{text}");
        }
    }

    #[test]
    fn a_request_defaults_to_no_params_and_a_minute() {
        let Incoming::Request(request) = parse(r#"{"id":7,"jsonrpc":"2.0","method":"m"}"#) else {
            panic!("not a request")
        };
        assert_eq!((request.id, request.params, request.deadline), (7, json!({}), DEFAULT_DEADLINE));
    }

    #[test]
    fn parameters_that_do_not_fit_are_named() {
        #[derive(serde::Deserialize, Debug)]
        #[serde(deny_unknown_fields)]
        struct Shape {
            #[allow(dead_code)]
            amount: crate::numbers::Decimal<u64>,
        }
        for (value, name) in
            [(json!({ "amount": 1 }), "amount"), (json!({}), "amount"), (json!({ "amount": "1", "x": 1 }), "x")]
        {
            let failure = params::<Shape>(value).unwrap_err();
            assert_eq!(failure.kind, Kind::BadParams);
            assert!(failure.message.contains(name), "{}", failure.message);
        }
    }
}
