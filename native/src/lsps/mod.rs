//! The client's side of LSPS0 (bLIP-50): one request to one LSP and its raw reply, beside the node and without its key.

mod conversation;
mod message;
mod query;

pub use query::{ask, Question};
