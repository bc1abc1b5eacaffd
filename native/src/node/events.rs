//! LDK's events as the caller reads them.

use ldk_node::lightning::events::{ClosureReason, PaymentFailureReason};
use ldk_node::{CustomTlvRecord, Event};
use serde_json::{json, Value};

use crate::numbers::{decimal, optional_decimal};

/// The parameters of an `event` notification.
pub fn to_json(seq: u64, event: &Event) -> Value {
    let mut params = fields(event);
    params["seq"] = decimal(seq);
    params
}

fn fields(event: &Event) -> Value {
    match event {
        Event::PaymentSuccessful { payment_id, payment_hash, payment_preimage, fee_paid_msat } => json!({
            "kind": "payment_successful",
            "payment_id": payment_id.map_or(payment_hash.to_string(), |id| id.to_string()),
            "payment_hash": payment_hash.to_string(),
            "preimage": payment_preimage.map(|preimage| preimage.to_string()),
            "fee_paid_msat": optional_decimal(*fee_paid_msat),
        }),
        Event::PaymentFailed { payment_id, payment_hash, reason } => json!({
            "kind": "payment_failed",
            "payment_id": payment_id.map(|id| id.to_string()),
            "payment_hash": payment_hash.map(|hash| hash.to_string()),
            "reason": reason.map(failure_reason),
        }),
        Event::PaymentReceived { payment_id, payment_hash, amount_msat, custom_records } => json!({
            "kind": "payment_received",
            "payment_id": payment_id.map_or(payment_hash.to_string(), |id| id.to_string()),
            "payment_hash": payment_hash.to_string(),
            "amount_msat": decimal(amount_msat),
            "records": records(custom_records),
        }),
        Event::PaymentClaimable { payment_id, payment_hash, claimable_amount_msat, claim_deadline, .. } => json!({
            "kind": "payment_claimable",
            "payment_id": payment_id.to_string(),
            "payment_hash": payment_hash.to_string(),
            "amount_msat": decimal(claimable_amount_msat),
            "claim_deadline": claim_deadline,
        }),
        Event::PaymentForwarded { .. } => forwarded(event),
        _ => channel_fields(event),
    }
}

fn forwarded(event: &Event) -> Value {
    let Event::PaymentForwarded {
        prev_channel_id,
        next_channel_id,
        prev_node_id,
        next_node_id,
        total_fee_earned_msat,
        skimmed_fee_msat,
        claim_from_onchain_tx,
        outbound_amount_forwarded_msat,
        ..
    } = event
    else {
        return Value::Null;
    };
    json!({
        "kind": "payment_forwarded",
        "prev_channel_id": prev_channel_id.to_string(),
        "next_channel_id": next_channel_id.to_string(),
        "prev_node_id": prev_node_id.map(|id| id.to_string()),
        "next_node_id": next_node_id.map(|id| id.to_string()),
        "fee_earned_msat": optional_decimal(*total_fee_earned_msat),
        "skimmed_fee_msat": optional_decimal(*skimmed_fee_msat),
        "forwarded_msat": optional_decimal(*outbound_amount_forwarded_msat),
        "claim_from_onchain": claim_from_onchain_tx,
    })
}

fn channel_fields(event: &Event) -> Value {
    match event {
        Event::ChannelPending { channel_id, user_channel_id, counterparty_node_id, funding_txo, .. } => json!({
            "kind": "channel_pending",
            "channel_id": channel_id.to_string(),
            "user_channel_id": decimal(user_channel_id.0),
            "counterparty": counterparty_node_id.to_string(),
            "funding_txid": funding_txo.txid.to_string(),
            "funding_vout": funding_txo.vout,
        }),
        Event::ChannelReady { channel_id, user_channel_id, counterparty_node_id, .. } => json!({
            "kind": "channel_ready",
            "channel_id": channel_id.to_string(),
            "user_channel_id": decimal(user_channel_id.0),
            "counterparty": counterparty_node_id.map(|id| id.to_string()),
        }),
        Event::ChannelClosed { channel_id, user_channel_id, counterparty_node_id, reason } => json!({
            "kind": "channel_closed",
            "channel_id": channel_id.to_string(),
            "user_channel_id": decimal(user_channel_id.0),
            "counterparty": counterparty_node_id.map(|id| id.to_string()),
            "reason": reason.as_ref().map(closure_reason),
        }),
        Event::SplicePending { channel_id, user_channel_id, counterparty_node_id, new_funding_txo } => json!({
            "kind": "splice_pending",
            "channel_id": channel_id.to_string(),
            "user_channel_id": decimal(user_channel_id.0),
            "counterparty": counterparty_node_id.to_string(),
            "funding_txid": new_funding_txo.txid.to_string(),
        }),
        Event::SpliceFailed { channel_id, user_channel_id, counterparty_node_id, .. } => json!({
            "kind": "splice_failed",
            "channel_id": channel_id.to_string(),
            "user_channel_id": decimal(user_channel_id.0),
            "counterparty": counterparty_node_id.to_string(),
        }),
        _ => Value::Null,
    }
}

fn records(records: &[CustomTlvRecord]) -> Vec<Value> {
    records
        .iter()
        .map(|record| json!({ "type": decimal(record.type_num), "value": crate::hex::to_hex(&record.value) }))
        .collect()
}

fn failure_reason(reason: PaymentFailureReason) -> &'static str {
    match reason {
        PaymentFailureReason::RecipientRejected => "recipient_rejected",
        PaymentFailureReason::UserAbandoned => "user_abandoned",
        PaymentFailureReason::RetriesExhausted => "retries_exhausted",
        PaymentFailureReason::PaymentExpired => "payment_expired",
        PaymentFailureReason::RouteNotFound => "route_not_found",
        PaymentFailureReason::UnexpectedError => "unexpected_error",
        PaymentFailureReason::UnknownRequiredFeatures => "unknown_required_features",
        PaymentFailureReason::InvoiceRequestExpired => "invoice_request_expired",
        PaymentFailureReason::InvoiceRequestRejected => "invoice_request_rejected",
        PaymentFailureReason::BlindedPathCreationFailed => "blinded_path_creation_failed",
    }
}

/// The reason's name, then what LDK adds to it: `counterparty_force_closed: the peer's words`.
fn closure_reason(reason: &ClosureReason) -> String {
    let (name, more) = match reason {
        ClosureReason::CounterpartyForceClosed { peer_msg } => ("counterparty_force_closed", peer_msg.to_string()),
        ClosureReason::HolderForceClosed { message, .. } => ("holder_force_closed", message.clone()),
        ClosureReason::LegacyCooperativeClosure => ("legacy_cooperative_closure", String::new()),
        ClosureReason::CounterpartyInitiatedCooperativeClosure => {
            ("counterparty_initiated_cooperative_closure", String::new())
        }
        ClosureReason::LocallyInitiatedCooperativeClosure => ("locally_initiated_cooperative_closure", String::new()),
        ClosureReason::CommitmentTxConfirmed => ("commitment_tx_confirmed", String::new()),
        ClosureReason::FundingTimedOut => ("funding_timed_out", String::new()),
        ClosureReason::ProcessingError { err } => ("processing_error", err.clone()),
        ClosureReason::DisconnectedPeer => ("disconnected_peer", String::new()),
        ClosureReason::OutdatedChannelManager => ("outdated_channel_manager", String::new()),
        ClosureReason::CounterpartyCoopClosedUnfundedChannel => {
            ("counterparty_coop_closed_unfunded_channel", String::new())
        }
        ClosureReason::LocallyCoopClosedUnfundedChannel => ("locally_coop_closed_unfunded_channel", String::new()),
        ClosureReason::FundingBatchClosure => ("funding_batch_closure", String::new()),
        ClosureReason::HTLCsTimedOut { payment_hash } => {
            ("htlcs_timed_out", payment_hash.map(|hash| hash.to_string()).unwrap_or_default())
        }
        ClosureReason::PeerFeerateTooLow { peer_feerate_sat_per_kw, required_feerate_sat_per_kw } => {
            ("peer_feerate_too_low", format!("{peer_feerate_sat_per_kw} of {required_feerate_sat_per_kw} sat per kw"))
        }
    };
    if more.is_empty() {
        name.to_owned()
    } else {
        format!("{name}: {more}")
    }
}
