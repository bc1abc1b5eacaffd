//! JSON-RPC over HTTP/1.1 keep-alive, by hand, as lightning-block-sync does it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use base64::prelude::{Engine, BASE64_STANDARD};
use peer_stables_chain::{Chain, ChainInfo};
use serde_json::{json, Value};

pub struct Client {
    stream: BufReader<TcpStream>,
    authorization: String,
}

pub struct HttpReply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl HttpReply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Client {
    pub fn of(chain: &Chain) -> Self {
        Self::connect(&chain.info().unwrap())
    }

    pub fn connect(info: &ChainInfo) -> Self {
        Self::new(info.port, &info.user, &info.password)
    }

    pub fn new(port: u16, user: &str, password: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")));
        Self { stream: BufReader::new(stream), authorization }
    }

    /// Sends one request on the connection and reads exactly the reply its Content-Length announces.
    pub fn http(&mut self, method: &str, path: &str, body: &str) -> HttpReply {
        let (authorization, length) = (self.authorization.clone(), body.len());
        self.send(&format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {authorization}\r\nContent-Length: {length}\r\n\r\n{body}"))
    }

    pub fn send(&mut self, request: &str) -> HttpReply {
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).unwrap();
            match line.trim_end().split_once(": ") {
                Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
                None => break,
            }
        }
        let mut reply = HttpReply { status, headers, body: String::new() };
        let length = reply.header("content-length").map_or(0, |value| value.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        reply.body = String::from_utf8(body).unwrap();
        reply
    }

    /// The result of a call, or its error's code and message.
    #[allow(clippy::needless_pass_by_value)]
    pub fn call(&mut self, method: &str, params: Value) -> Result<Value, (i64, String)> {
        let reply = self.http("POST", "/", &json!({"method": method, "params": params, "id": "7"}).to_string());
        let body = reply.json();
        assert_eq!(body["id"], "7");
        if body["error"].is_null() {
            assert_eq!(reply.status, 200);
            Ok(body["result"].clone())
        } else {
            assert!(reply.status >= 400, "an error was sent with status {}", reply.status);
            assert!(body["result"].is_null());
            Err((body["error"]["code"].as_i64().unwrap(), body["error"]["message"].as_str().unwrap().to_owned()))
        }
    }

    pub fn ok(&mut self, method: &str, params: Value) -> Value {
        self.call(method, params).unwrap()
    }

    pub fn fails(&mut self, method: &str, params: Value) -> (i64, String) {
        self.call(method, params).unwrap_err()
    }
}
