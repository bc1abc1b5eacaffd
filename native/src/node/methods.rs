//! Every request a node answers, in one table.

use serde_json::Value;

use super::life::NodeHandle;
use super::live::Live;
use super::recovery::payouts;
use super::{backup, channels, invoices, lsps, messages, notify, offers, onchain, orders, payments, peers, status};
use crate::failure::Failure;
use crate::session::Lane::{self, Acknowledge, Ask, Pay, Read, Slow};

pub type Answer = Result<Value, Failure>;

#[derive(Clone, Copy)]
pub enum Run {
    /// Works in any state of the handle.
    Handle(fn(&NodeHandle, Value) -> Answer),
    /// Needs the node to run.
    Live(fn(&Live, Value) -> Answer),
}

pub struct Method {
    pub name: &'static str,
    pub lane: Lane,
    pub run: Run,
    /// Modules whose background threads may log the reason for a failure.
    pub reasons: &'static [&'static str],
}

const NONE: &[&str] = &[];
const PEER: &[&str] = &["ldk_node::connection", "lightning::ln::peer_handler"];
/// Not the connections: those to other LSPs may be failing meanwhile, and push out what this one said.
const LSP: &[&str] = &["ldk_node::liquidity", "lightning_liquidity"];
const CHAIN: &[&str] = &["ldk_node::chain"];

pub const METHODS: &[Method] = &[
    handle("node.start", Slow, |node, params| none(params).and_then(|()| node.start())),
    handle("node.stop", Slow, |node, params| none(params).and_then(|()| node.stop())),
    handle("node.kill", Slow, |node, params| none(params).and_then(|()| node.kill())),
    handle("service.notify", Read, notify::notify),
    handle("log.tail", Read, status::log_tail),
    handle("debug.panic", Slow, status::panic),
    live("node.backup", Slow, NONE, backup::backup),
    live("node.status", Read, NONE, status::status),
    live("node.balances", Read, NONE, status::balances),
    live("channel.list", Read, NONE, channels::list),
    live("channel.open", Slow, PEER, channels::open),
    live("channel.close", Slow, NONE, channels::close),
    live("channel.force_close", Slow, NONE, channels::force_close),
    live("channel.splice_in", Slow, NONE, channels::splice_in),
    live("channel.splice_out", Slow, NONE, channels::splice_out),
    live("peer.list", Read, NONE, peers::list),
    live("peer.connect", Slow, PEER, peers::connect),
    live("peer.disconnect", Slow, NONE, peers::disconnect),
    live("onchain.address", Slow, NONE, onchain::address),
    live("onchain.send", Slow, NONE, onchain::send),
    live("invoice.create", Slow, NONE, invoices::create),
    live("invoice.create_jit", Slow, LSP, invoices::create_jit),
    live("invoice.decode", Read, NONE, invoices::decode),
    live("invoice.pay", Pay, NONE, invoices::pay),
    live("offer.create", Slow, NONE, offers::create),
    live("offer.pay", Pay, NONE, offers::pay),
    live("keysend.send", Pay, NONE, payments::keysend),
    live("lsps.request", Ask, NONE, lsps::request),
    handle("lsps2.opening_fee", Read, lsps::opening_fee),
    live("lsps1.create_order", Slow, LSP, orders::create),
    live("lsps1.get_order", Slow, LSP, orders::get),
    live("payment.list", Read, NONE, payments::list),
    live("payment.get", Read, NONE, payments::get),
    live("message.sign", Read, NONE, messages::sign),
    live("message.verify", Read, NONE, messages::verify),
    live("source.check", Slow, NONE, status::source),
    live("payouts.find", Slow, NONE, payouts::find),
    live("payouts.sweep", Slow, NONE, payouts::sweep),
    live("wallet.sync", Slow, CHAIN, status::sync),
    live("event.ack", Acknowledge, NONE, status::acknowledge),
];

const fn handle(name: &'static str, lane: Lane, run: fn(&NodeHandle, Value) -> Answer) -> Method {
    Method { name, lane, run: Run::Handle(run), reasons: NONE }
}

const fn live(
    name: &'static str,
    lane: Lane,
    reasons: &'static [&'static str],
    run: fn(&Live, Value) -> Answer,
) -> Method {
    Method { name, lane, run: Run::Live(run), reasons }
}

pub fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct NoParams {}

/// Refuses parameters where a method takes none.
pub fn none(params: Value) -> Result<(), Failure> {
    crate::rpc::params::<NoParams>(params).map(|NoParams {}| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_names_every_method() {
        let contract = include_str!("../../../docs/native-abi.md");
        for method in METHODS {
            assert!(contract.contains(&format!("| {} |", method.name)), "{} is undocumented", method.name);
        }
    }
}
