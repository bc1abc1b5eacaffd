//! Requests of our own to a node's chain source, beside those ldk-node makes.

use std::time::Duration;

use electrum_client::{Client as ElectrumClient, ConfigBuilder, Error as ElectrumError};
use ldk_node::tokio::runtime::Handle;
use reqwest::{Client, StatusCode};
use serde_json::{json, Value};

use super::config::ChainConfig;
use crate::failure::{Failure, Kind};

pub const TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT_SECS: u8 = 5;

/// A bitcoind's answer to a call: its result, or the error object it gave.
type Said = Result<Value, Value>;

/// A call that can't be refused, to a bitcoind that works.
pub fn rpc(chain: &ChainConfig, runtime: &Handle, method: &str, args: Value) -> Result<Value, Failure> {
    match rpc_said(chain, runtime, method, args, TIMEOUT)? {
        Ok(Value::Null) => Err(unreachable(&name_of(chain), format!("{method} answered nothing"))),
        Ok(result) => Ok(result),
        Err(error) => Err(unreachable(&name_of(chain), error.to_string())),
    }
}

/// With a time of its own for calls that take long, and with bitcoind's refusal apart from a failure to reach it.
pub fn rpc_said(
    chain: &ChainConfig,
    runtime: &Handle,
    method: &str,
    args: Value,
    timeout: Duration,
) -> Result<Said, Failure> {
    let ChainConfig::Bitcoind { user, password, .. } = chain else {
        return Err(Failure::new(Kind::Internal, "The chain source is no bitcoind."));
    };
    let source = name_of(chain);
    let answer = runtime.block_on(async {
        let client = Client::builder().no_proxy().tls_built_in_root_certs(false).timeout(timeout).build()?;
        let body = json!({ "jsonrpc": "1.0", "id": "peer-stables", "method": method, "params": args });
        let request = client.post(format!("http://{source}/")).basic_auth(user, Some(password)).json(&body);
        let response = request.send().await?;
        let status = response.status();
        Ok((status, response.json::<Value>().await))
    });
    match answer {
        Err(error) => Err(unreachable(&source, reasons(error))),
        // Too many requests at once are bitcoind's "work queue depth exceeded".
        Ok((status @ (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE), _)) => {
            Err(rate_limited(&source, status.to_string()))
        }
        Ok((StatusCode::UNAUTHORIZED, _)) => Err(unreachable(&source, "401: wrong user or password".into())),
        Ok((_, Ok(mut body))) if body["error"].is_null() && body.get("result").is_some() => {
            Ok(Ok(body["result"].take()))
        }
        Ok((_, Ok(mut body))) => Ok(Err(body["error"].take())),
        Ok((status, Err(_))) => Err(unreachable(&source, format!("{status} without a JSON body"))),
    }
}

/// What is under a path of an Esplora server; nothing where it knows no such thing (404).
pub fn esplora_found(runtime: &Handle, url: &str, path: &str) -> Result<Option<String>, Failure> {
    esplora_found_by(&esplora_client(url)?, runtime, url, path)
}

/// For many requests, over one connection.
pub fn esplora_client(url: &str) -> Result<Client, Failure> {
    Client::builder().timeout(TIMEOUT).build().map_err(|error| esplora_failure(url, error))
}

pub fn esplora_found_by(client: &Client, runtime: &Handle, url: &str, path: &str) -> Result<Option<String>, Failure> {
    let address = format!("{}/{path}", url.trim_end_matches('/'));
    let answer = runtime.block_on(async {
        let response = client.get(address).send().await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        response.error_for_status()?.text().await.map(Some)
    });
    answer.map(|text| text.map(|text| text.trim().to_owned())).map_err(|error| esplora_failure(url, error))
}

pub fn esplora(runtime: &Handle, url: &str, path: &str) -> Result<String, Failure> {
    esplora_found(runtime, url, path)?.ok_or_else(|| unreachable(url, format!("404 for {path}")))
}

pub fn esplora_failure(url: &str, error: reqwest::Error) -> Failure {
    match error.status() {
        Some(StatusCode::TOO_MANY_REQUESTS) => rate_limited(url, reasons(error)),
        _ => unreachable(url, reasons(error)),
    }
}

pub fn electrum(url: &str) -> Result<ElectrumClient, Failure> {
    electrum_within(url, TIMEOUT_SECS)
}

/// With a time of its own for many questions at once.
pub fn electrum_within(url: &str, seconds: u8) -> Result<ElectrumClient, Failure> {
    let config = ConfigBuilder::new().timeout(Some(seconds)).retry(0).build();
    ElectrumClient::from_config(url, config).map_err(|error| electrum_failure(url, &error))
}

/// The protocol has no word for too many requests; servers say it in theirs.
pub fn electrum_failure(url: &str, error: &ElectrumError) -> Failure {
    let text = error.to_string();
    let lower = text.to_lowercase();
    if ["excessive resource usage", "rate limit", "too many requests", "server busy"]
        .iter()
        .any(|said| lower.contains(said))
    {
        return rate_limited(url, text);
    }
    unreachable(url, text)
}

/// An error with everything that caused it; the address is said by the message.
fn reasons(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

pub fn rate_limited(source: &str, detail: String) -> Failure {
    let message = format!(
        "The chain source {source} refuses so many requests; it is asked again later, or name one of your own."
    );
    Failure::new(Kind::ChainRateLimited, message).detail(detail)
}

pub fn unreachable(source: &str, detail: String) -> Failure {
    let message = format!(
        "The chain source {source} does not answer as it should; check its address, its credentials and that it runs."
    );
    Failure::new(Kind::ChainUnreachable, message).detail(detail)
}

/// A source as messages name it.
pub fn name_of(chain: &ChainConfig) -> String {
    match chain {
        ChainConfig::Bitcoind { host, port, .. } => format!("{host}:{port}"),
        ChainConfig::Esplora { url } | ChainConfig::Electrum { url } => url.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_has_enough_is_told_from_one_that_fails() {
        let said = |text: &str| electrum_failure("tcp://a:1", &ElectrumError::Message(text.into())).kind;
        assert_eq!(said("excessive resource usage"), Kind::ChainRateLimited);
        assert_eq!(said("Rate limit exceeded"), Kind::ChainRateLimited);
        assert_eq!(said("connection refused"), Kind::ChainUnreachable);
    }
}
