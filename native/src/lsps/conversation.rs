//! What is said to one LSP and what of its answers counts. bLIP-50 says which: only a JSON-RPC response with our id.

use std::sync::Mutex;

use ldk_node::bitcoin::secp256k1::PublicKey;
use ldk_node::lightning::ln::msgs::{DecodeError, Init, LightningError};
use ldk_node::lightning::ln::peer_handler::CustomMessageHandler;
use ldk_node::lightning::ln::wire::CustomMessageReader;
use ldk_node::lightning::types::features::{InitFeatures, NodeFeatures};
use ldk_node::lightning::util::ser::LengthLimitedRead;
use ldk_node::tokio::sync::oneshot::Sender;
use serde_json::Value;

use super::message::{Message, MESSAGE_TYPE};
use crate::sync::lock;

/// JSON-RPC's code for a request that could not be read; such an answer has no id.
const PARSE_ERROR: i64 = -32700;

/// How an LSP ended the conversation.
pub enum Answer {
    /// The text of a response to our request, otherwise unjudged.
    Reply(String),
    /// Something that is no JSON-RPC message: "bad message format".
    Junk(&'static str),
}

pub struct Conversation {
    id: String,
    request: Mutex<Option<Message>>,
    to_send: Mutex<Vec<(PublicKey, Message)>>,
    answer: Mutex<Option<Sender<Answer>>>,
}

impl Conversation {
    pub fn new(id: String, request: String, answer: Sender<Answer>) -> Self {
        Self {
            id,
            request: Mutex::new(Some(Message(request.into_bytes()))),
            to_send: Mutex::default(),
            answer: Mutex::new(Some(answer)),
        }
    }

    /// The request went out: an LSP that is gone after this was reached.
    pub fn begun(&self) -> bool {
        lock(&self.request).is_none()
    }

    /// Nobody is left to answer: whoever waits is told at once.
    pub fn end(&self) {
        lock(&self.answer).take();
    }
}

/// What a message means to whoever waits for the response with `id`; `None` for what clients ignore: responses to
/// others' requests, and notifications.
fn judge(id: &str, payload: Vec<u8>) -> Option<Answer> {
    if payload.contains(&0) {
        return Some(Answer::Junk("the message holds a NUL byte"));
    }
    let Ok(text) = String::from_utf8(payload) else {
        return Some(Answer::Junk("the message is not UTF-8 text"));
    };
    let Ok(Value::Object(members)) = serde_json::from_str(&text) else {
        return Some(Answer::Junk("the message is not one JSON object"));
    };
    let ours = match members.get("id") {
        Some(Value::String(other)) => other == id,
        Some(Value::Null) => members.get("error").and_then(|error| error["code"].as_i64()) == Some(PARSE_ERROR),
        None if members.contains_key("method") => false,
        _ => return Some(Answer::Junk("the message is neither a JSON-RPC response nor a notification")),
    };
    ours.then_some(Answer::Reply(text))
}

impl CustomMessageReader for Conversation {
    type CustomMessage = Message;

    fn read<R: LengthLimitedRead>(&self, kind: u16, buffer: &mut R) -> Result<Option<Message>, DecodeError> {
        if kind == MESSAGE_TYPE {
            return Message::read(buffer).map(Some);
        }
        Ok(None)
    }
}

impl CustomMessageHandler for Conversation {
    fn handle_custom_message(&self, message: Message, _: PublicKey) -> Result<(), LightningError> {
        // Before the request an LSP has nothing to say (bLIP-50), and after the answer nothing that counts.
        if self.begun() && lock(&self.answer).is_some() {
            if let Some(answer) = judge(&self.id, message.0) {
                if let Some(waiting) = lock(&self.answer).take() {
                    // Whoever waited has given up.
                    let _ = waiting.send(answer);
                }
            }
        }
        Ok(())
    }

    fn get_and_clear_pending_msg(&self) -> Vec<(PublicKey, Message)> {
        std::mem::take(&mut *lock(&self.to_send))
    }

    fn peer_connected(&self, peer: PublicKey, _: &Init, _: bool) -> Result<(), ()> {
        if let Some(request) = lock(&self.request).take() {
            lock(&self.to_send).push((peer, request));
        }
        Ok(())
    }

    fn peer_disconnected(&self, _: PublicKey) {
        self.end();
    }

    fn provided_node_features(&self) -> NodeFeatures {
        NodeFeatures::empty()
    }

    /// Bit 729 is for LSPs only (bLIP-50, "Lightning Feature Bit").
    fn provided_init_features(&self, _: PublicKey) -> InitFeatures {
        InitFeatures::empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(payload: &[u8]) -> String {
        match judge("7f", payload.to_vec()) {
            None => "ignored".into(),
            Some(Answer::Junk(reason)) => reason.into(),
            Some(Answer::Reply(text)) => format!("reply {}", text.len()),
        }
    }

    #[test]
    fn only_a_response_to_our_request_counts() {
        assert_eq!(said(br#"{"id":"7f","result":{}}"#), "reply 23");
        assert_eq!(said(br#" {"id":"7f"} "#), "reply 13");
        assert_eq!(said(br#"{"id":null,"error":{"code":-32700}}"#), "reply 35");
        for other in
            [r#"{"id":"80","result":{}}"#, r#"{"id":null,"error":{"code":1}}"#, r#"{"method":"lsps9.happened"}"#]
        {
            assert_eq!(said(other.as_bytes()), "ignored", "{other}");
        }
    }

    #[test]
    fn what_is_no_message_is_called_so() {
        for junk in ["", "{", "[]", "1", "{} {}", "{}", r#"{"id":7}"#] {
            assert!(said(junk.as_bytes()).starts_with("the message is n"), "{junk}");
        }
        assert_eq!(said(b"{\"id\":\"7f\"}\0"), "the message holds a NUL byte");
        assert_eq!(said(b"\xff\xfe"), "the message is not UTF-8 text");
    }
}
