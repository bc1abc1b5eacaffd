//! Requests, batches and replies in JSON-RPC 1.x (bitcoind's "legacy" form) and 2.0 (`rpc/request.cpp`, `httprpc.cpp`).

use serde_json::{json, Map, Value};

use super::args::Args;
use super::{table, RpcError, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR};
use crate::state::State;

/// HTTP status and body of a reply. The body is empty for 204 only.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub body: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Legacy,
    Two,
}

struct Request {
    version: Version,
    /// `None` for a notification of version 2.0, which is not answered.
    id: Option<Value>,
    call: Result<(String, Value), RpcError>,
}

/// Answers one HTTP request body.
pub fn answer(state: &mut State, body: &[u8]) -> Reply {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Array(batch)) => {
            let replies: Vec<Value> =
                batch.into_iter().filter_map(|request| run(state, parse(request))).map(|(_, reply)| reply).collect();
            Reply { status: 200, body: line(&Value::Array(replies)) }
        }
        Ok(request @ Value::Object(_)) => match run(state, parse(request)) {
            Some((status, reply)) => Reply { status, body: line(&reply) },
            None => Reply { status: 204, body: String::new() },
        },
        Ok(_) => failure(&RpcError::new(PARSE_ERROR, "Top-level object parse error")),
        Err(_) => failure(&RpcError::new(PARSE_ERROR, "Parse error")),
    }
}

fn failure(error: &RpcError) -> Reply {
    let (status, reply) = envelope(Version::Legacy, &Value::Null, Err(error));
    Reply { status, body: line(&reply) }
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

fn parse(request: Value) -> Request {
    let Value::Object(mut fields) = request else {
        let call = Err(RpcError::new(INVALID_REQUEST, "Invalid Request object"));
        return Request { version: Version::Legacy, id: Some(Value::Null), call };
    };
    let id = fields.remove("id");
    let version = match fields.get("jsonrpc") {
        None | Some(Value::Null) => Ok(Version::Legacy),
        Some(Value::String(text)) if text == "2.0" => Ok(Version::Two),
        Some(Value::String(text)) if text == "1.0" => Ok(Version::Legacy),
        Some(Value::String(_)) => Err("JSON-RPC version not supported"),
        Some(_) => Err("jsonrpc field must be a string"),
    };
    match version {
        Err(message) => Request {
            version: Version::Legacy,
            id: Some(id.unwrap_or_default()),
            call: Err(RpcError::new(INVALID_REQUEST, message)),
        },
        Ok(version) => Request {
            version,
            id: if version == Version::Two { id } else { Some(id.unwrap_or_default()) },
            call: parse_call(&mut fields),
        },
    }
}

fn parse_call(fields: &mut Map<String, Value>) -> Result<(String, Value), RpcError> {
    let invalid = |message| Err(RpcError::new(INVALID_REQUEST, message));
    let method = match fields.remove("method") {
        Some(Value::String(method)) => method,
        None | Some(Value::Null) => return invalid("Missing method"),
        Some(_) => return invalid("Method must be a string"),
    };
    match fields.remove("params").unwrap_or_default() {
        Value::Null => Ok((method, Value::Array(Vec::new()))),
        params @ (Value::Array(_) | Value::Object(_)) => Ok((method, params)),
        _ => invalid("Params must be an array or object"),
    }
}

/// Runs a request. `None` when it wants no reply.
fn run(state: &mut State, request: Request) -> Option<(u16, Value)> {
    let Request { version, id, call } = request;
    let result = call.and_then(|(method, params)| {
        let method = table::find(&method).ok_or_else(|| RpcError::new(METHOD_NOT_FOUND, "Method not found"))?;
        (method.handler)(state, &Args::new(method, params)?)
    });
    Some(envelope(version, &id?, result.as_ref()))
}

fn envelope(version: Version, id: &Value, result: Result<&Value, &RpcError>) -> (u16, Value) {
    let error = |error: &RpcError| json!({"code": error.code, "message": error.message});
    let reply = match (version, result) {
        (Version::Two, Ok(result)) => json!({"jsonrpc": "2.0", "result": result, "id": id}),
        (Version::Two, Err(failed)) => json!({"jsonrpc": "2.0", "error": error(failed), "id": id}),
        (Version::Legacy, Ok(result)) => json!({"result": result, "error": null, "id": id}),
        (Version::Legacy, Err(failed)) => json!({"result": null, "error": error(failed), "id": id}),
    };
    let status = match (version, result) {
        (Version::Two, _) | (_, Ok(_)) => 200,
        (_, Err(failed)) => match failed.code {
            INVALID_REQUEST => 400,
            METHOD_NOT_FOUND => 404,
            _ => 500,
        },
    };
    (status, reply)
}
