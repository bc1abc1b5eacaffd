//! Requests about the on-chain wallet.

use std::str::FromStr;

use ldk_node::bitcoin::{Address, FeeRate, Txid};
use ldk_node::payment::PaymentKind;
use serde::Deserialize;
use serde_json::{json, Value};

use super::live::Live;
use super::methods::{none, Answer};
use crate::failure::{Failure, Kind};
use crate::numbers::{decimal, optional_decimal, Decimal};
use crate::rpc::params;

pub fn address(live: &Live, input: Value) -> Answer {
    none(input)?;
    let address = live.node.onchain_payment().new_address()?;
    Ok(json!({ "address": address.to_string() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    address: String,
    amount_sat: Amount,
    fee_rate_sat_per_vb: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "an amount as a decimal string, or \"all\"")]
enum Amount {
    Exact(Decimal<u64>),
    All(All),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum All {
    All,
}

pub fn send(live: &Live, input: Value) -> Answer {
    let Send { address, amount_sat, fee_rate_sat_per_vb } = params(input)?;
    let address = own_network(live, &address)?;
    let fee_rate = fee_rate_sat_per_vb.map(fee_rate).transpose()?;
    let onchain = live.node.onchain_payment();
    match amount_sat {
        Amount::Exact(amount) => {
            let txid = onchain.send_to_address(&address, amount.0, fee_rate)?;
            Ok(json!({ "txid": txid.to_string(), "amount_sat": decimal(amount.0), "fee_sat": fee(live, txid) }))
        }
        Amount::All(All::All) => {
            // With reserves kept: without them open anchor channels could not be closed safely.
            let txid = onchain.send_all_to_address(&address, true, fee_rate)?;
            Ok(json!({ "txid": txid.to_string(), "fee_sat": fee(live, txid) }))
        }
    }
}

fn fee_rate(sat_per_vb: u64) -> Result<FeeRate, Failure> {
    FeeRate::from_sat_per_vb(sat_per_vb)
        .filter(|rate| *rate > FeeRate::ZERO)
        .ok_or_else(|| Failure::new(Kind::BadParams, "fee_rate_sat_per_vb: must be at least 1 and not absurdly large"))
}

/// The fee, if ldk-node has booked the transaction already; usually it does with the next sync.
fn fee(live: &Live, txid: Txid) -> Value {
    let booked = live.node.list_payments_with_filter(
        |payment| matches!(&payment.kind, PaymentKind::Onchain { txid: booked, .. } if *booked == txid),
    );
    let fee_msat = booked.first().and_then(|payment| payment.fee_paid_msat);
    optional_decimal(fee_msat.map(|msat| msat / 1000))
}

/// An address of the node's own network.
pub fn own_network(live: &Live, text: &str) -> Result<Address, Failure> {
    let network = live.setting.config.network;
    Address::from_str(text).and_then(|address| address.require_network(network.bitcoin())).map_err(|error| {
        let message = format!("\"{text}\" is no address of {}.", network.name());
        Failure::new(Kind::InvalidAddress, message).detail(error.to_string())
    })
}
