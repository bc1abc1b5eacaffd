//! Requests about payments.

use ldk_node::lightning::ln::channelmanager::PaymentId;
use ldk_node::lightning_types::payment::{PaymentHash, PaymentPreimage};
use ldk_node::payment::{PaymentDetails, PaymentDirection, PaymentKind, PaymentStatus};
use ldk_node::{CustomTlvRecord, NodeError};
use serde::Deserialize;
use serde_json::{json, Value};

use super::live::Live;
use super::methods::{none, Answer};
use crate::failure::{Failure, Kind};
use crate::hex::{Bytes, Bytes32, NodeId};
use crate::numbers::{optional_decimal, Decimal};
use crate::rpc::params;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keysend {
    node_id: NodeId,
    amount_msat: Decimal<u64>,
    preimage: Option<Bytes32>,
    #[serde(default)]
    records: Vec<Record>,
    #[serde(default)]
    again: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    r#type: Decimal<u64>,
    value: Bytes,
}

pub fn keysend(live: &Live, input: Value) -> Answer {
    let Keysend { node_id, amount_msat, preimage, records, again } = params(input)?;
    let records: Vec<_> = records
        .into_iter()
        .map(|record| CustomTlvRecord { type_num: record.r#type.0, value: record.value.0 })
        .collect();
    let payment = live.node.spontaneous_payment();
    let (amount, to) = (amount_msat.0, node_id.0);
    let id = match preimage.map(|preimage| PaymentPreimage(preimage.0)) {
        Some(preimage) => {
            let send = || payment.send_with_preimage_and_custom_tlvs(amount, to, records, preimage, None);
            if again {
                offer_again(live, PaymentId(PaymentHash::from(preimage).0), send)?
            } else {
                send()?
            }
        }
        None if again => return Err(Failure::new(Kind::BadParams, "again needs the preimage of the first offer")),
        None => payment.send_with_custom_tlvs(amount, to, None, records)?,
    };
    Ok(json!({ "payment_id": id.to_string() }))
}

/// Offers a payment of an earlier run again. ldk-node has a record of it and refuses, but a kill can have taken the
/// payment itself: one that waits in a channel's holding cell is in no monitor and perhaps in no manager yet. LDK alone
/// knows, so ldk-node's record makes way. Where LDK knows the payment the record is kept aside and still shown; any
/// other refusal says nothing of the first offer, and must leave no record that says it failed.
fn offer_again(
    live: &Live,
    id: PaymentId,
    send: impl FnOnce() -> Result<PaymentId, NodeError>,
) -> Result<PaymentId, NodeError> {
    let before = live.node.payment(&id).filter(|payment| payment.status == PaymentStatus::Pending);
    if before.is_some() {
        live.node.remove_payment(&id)?;
    }
    let outcome = send();
    if let Err(error) = &outcome {
        if !matches!(error, NodeError::DuplicatePayment) {
            live.node.remove_payment(&id)?;
        }
        if let Some(before) = before {
            live.aside.keep(before);
        }
    }
    outcome
}

pub fn list(live: &Live, input: Value) -> Answer {
    none(input)?;
    let mut payments = live.node.list_payments();
    payments.extend(live.aside.without(&payments));
    Ok(json!({ "payments": payments.iter().map(payment).collect::<Vec<_>>() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Get {
    payment_id: Bytes32,
}

pub fn get(live: &Live, input: Value) -> Answer {
    let Get { payment_id } = params(input)?;
    let id = PaymentId(payment_id.0);
    let found = live.node.payment(&id).or_else(|| live.aside.get(&id));
    Ok(json!({ "payment": found.as_ref().map(payment) }))
}

fn payment(payment: &PaymentDetails) -> Value {
    let (kind, more) = match &payment.kind {
        PaymentKind::Onchain { txid, .. } => ("onchain", json!({ "txid": txid.to_string() })),
        PaymentKind::Bolt11 { hash, preimage, .. } => ("bolt11", secret(Some(hash), preimage.as_ref())),
        PaymentKind::Bolt11Jit { hash, preimage, counterparty_skimmed_fee_msat, lsp_fee_limits, .. } => {
            let mut more = secret(Some(hash), preimage.as_ref());
            more["skimmed_fee_msat"] = optional_decimal(*counterparty_skimmed_fee_msat);
            more["max_opening_fee_msat"] = optional_decimal(lsp_fee_limits.max_total_opening_fee_msat);
            ("bolt11_jit", more)
        }
        PaymentKind::Bolt12Offer { hash, preimage, .. } => ("bolt12_offer", secret(hash.as_ref(), preimage.as_ref())),
        PaymentKind::Bolt12Refund { hash, preimage, .. } => ("bolt12_refund", secret(hash.as_ref(), preimage.as_ref())),
        PaymentKind::Spontaneous { hash, preimage } => ("spontaneous", secret(Some(hash), preimage.as_ref())),
    };
    let mut object = more;
    if payment.status != PaymentStatus::Succeeded {
        // ldk-node knows the preimage of an invoice before it is paid; told to anyone, it would be stolen with.
        object["preimage"] = Value::Null;
    }
    object["payment_id"] = json!(payment.id.to_string());
    object["kind"] = json!(kind);
    object["direction"] = json!(match payment.direction {
        PaymentDirection::Inbound => "inbound",
        PaymentDirection::Outbound => "outbound",
    });
    object["status"] = json!(match payment.status {
        PaymentStatus::Pending => "pending",
        PaymentStatus::Succeeded => "succeeded",
        PaymentStatus::Failed => "failed",
    });
    object["amount_msat"] = optional_decimal(payment.amount_msat);
    object["fee_paid_msat"] = optional_decimal(payment.fee_paid_msat);
    object["updated_at"] = json!(payment.latest_update_timestamp);
    object
}

fn secret(hash: Option<&impl ToString>, preimage: Option<&PaymentPreimage>) -> Value {
    json!({
        "payment_hash": hash.map(ToString::to_string),
        "preimage": preimage.map(ToString::to_string),
    })
}
