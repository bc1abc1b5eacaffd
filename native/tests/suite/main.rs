//! The library through its six exports. One binary, since linking takes longer than testing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod abi;
mod header;
mod kill;
mod money;
mod requests;
mod start;
mod walkthrough;
