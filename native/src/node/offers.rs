//! Requests about BOLT 12 offers.

use std::str::FromStr;

use ldk_node::lightning::offers::offer::{Amount, Offer};
use serde::Deserialize;
use serde_json::{json, Value};

use super::live::Live;
use super::methods::Answer;
use crate::failure::{Failure, Kind};
use crate::numbers::Decimal;
use crate::rpc::params;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    amount_msat: Option<Decimal<u64>>,
    description: String,
}

pub fn create(live: &Live, input: Value) -> Answer {
    let Create { amount_msat, description } = params(input)?;
    let bolt12 = live.node.bolt12_payment();
    let offer = match amount_msat {
        Some(amount) => bolt12.receive(amount.0, &description, None, None)?,
        None => bolt12.receive_variable_amount(&description, None)?,
    };
    Ok(json!({ "offer": offer.to_string() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    offer: String,
    amount_msat: Option<Decimal<u64>>,
}

pub fn pay(live: &Live, input: Value) -> Answer {
    let Pay { offer, amount_msat } = params(input)?;
    let offer = Offer::from_str(offer.trim()).map_err(|error| {
        Failure::new(Kind::InvalidOffer, "The text is no valid BOLT 12 offer.").detail(format!("{error:?}"))
    })?;
    let network = live.setting.config.network;
    if !offer.supports_chain(ldk_node::bitcoin::constants::ChainHash::using_genesis_block_const(network.bitcoin())) {
        return Err(Failure::new(Kind::InvalidOffer, format!("The offer is not for {}.", network.name())));
    }
    if offer.is_expired() {
        return Err(Failure::new(Kind::InvalidOffer, "The offer has expired; ask the payee for a new one."));
    }
    let bolt12 = live.node.bolt12_payment();
    let id = match (amount_msat, offer.amount()) {
        (Some(amount), _) => bolt12.send_using_amount(&offer, amount.0, None, None, None)?,
        (None, Some(Amount::Bitcoin { .. })) => bolt12.send(&offer, None, None, None)?,
        (None, None) => {
            let message = "amount_msat: missing, and the offer names no amount";
            return Err(Failure::new(Kind::BadParams, message));
        }
        (None, Some(Amount::Currency { .. })) => {
            return Err(Failure::new(Kind::InvalidOffer, "The offer is in a currency other than bitcoin."))
        }
    };
    Ok(json!({ "payment_id": id.to_string() }))
}
