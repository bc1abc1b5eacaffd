//! The methods served, one handler each.

use serde_json::Value;

use super::args::Args;
use super::{blocks, mempool, node, transactions, utxo_set, RpcError};
use crate::state::State;

pub type Handler = fn(&mut State, &Args) -> Result<Value, RpcError>;

/// What an argument must be.
#[derive(Clone, Copy)]
pub enum Kind {
    Number,
    Text,
    Flag,
    Array,
    /// Checked by the handler: amounts (number or string) and verbosities (number or boolean).
    Any,
}

pub struct Param {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
}

pub struct Method {
    pub name: &'static str,
    pub params: &'static [Param],
    pub handler: Handler,
}

impl Method {
    /// The usage line, which bitcoind answers to calls with too few or too many arguments.
    pub fn help(&self) -> String {
        let mut help = self.name.to_owned();
        let mut open = 0;
        for param in self.params {
            // Only the first of several names is shown.
            let name = param.name.split('|').next().unwrap_or_default();
            let quoted = match param.kind {
                Kind::Text => format!("\"{name}\""),
                Kind::Array => format!("[{name},...]"),
                _ => name.to_owned(),
            };
            if !param.required && open == 0 {
                help += " (";
                open += 1;
            }
            help = help + " " + &quoted;
        }
        help + if open > 0 { " )\n" } else { "\n" }
    }
}

const fn need(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: true }
}

const fn may(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, required: false }
}

const fn method(name: &'static str, params: &'static [Param], handler: Handler) -> Method {
    Method { name, params, handler }
}

const METHODS: &[Method] = &[
    method(
        "estimatesmartfee",
        &[need("conf_target", Kind::Number), may("estimate_mode", Kind::Text)],
        node::estimate_smart_fee,
    ),
    method(
        "generatetoaddress",
        &[need("nblocks", Kind::Number), need("address", Kind::Text), may("maxtries", Kind::Number)],
        blocks::generate_to_address,
    ),
    method("getbestblockhash", &[], blocks::best_block_hash),
    method("getblock", &[need("blockhash", Kind::Text), may("verbosity|verbose", Kind::Any)], blocks::block),
    method("getblockchaininfo", &[], blocks::blockchain_info),
    method("getblockcount", &[], blocks::block_count),
    method("getblockhash", &[need("height", Kind::Number)], blocks::block_hash),
    method("getblockheader", &[need("blockhash", Kind::Text), may("verbose", Kind::Flag)], blocks::block_header),
    method("getmempoolentry", &[need("txid", Kind::Text)], mempool::entry),
    method("getmempoolinfo", &[], mempool::info),
    method("getnetworkinfo", &[], node::network_info),
    method("getrawmempool", &[may("verbose", Kind::Flag), may("mempool_sequence", Kind::Flag)], mempool::raw),
    method(
        "getrawtransaction",
        &[need("txid", Kind::Text), may("verbosity|verbose", Kind::Any), may("blockhash", Kind::Text)],
        transactions::get_raw,
    ),
    method(
        "gettxout",
        &[need("txid", Kind::Text), need("n", Kind::Number), may("include_mempool", Kind::Flag)],
        transactions::tx_out,
    ),
    method("scantxoutset", &[need("action", Kind::Text), may("scanobjects", Kind::Array)], utxo_set::scan),
    method(
        "sendrawtransaction",
        &[need("hexstring", Kind::Text), may("maxfeerate", Kind::Any), may("maxburnamount", Kind::Any)],
        transactions::send_raw,
    ),
    method("setmocktime", &[need("timestamp", Kind::Number)], node::set_mock_time),
    method(
        "testmempoolaccept",
        &[need("rawtxs", Kind::Array), may("maxfeerate", Kind::Any)],
        transactions::test_accept,
    ),
    method("uptime", &[], node::uptime),
];

pub fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}
