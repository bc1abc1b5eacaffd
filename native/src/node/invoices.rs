//! Requests about BOLT 11 invoices.

use std::str::FromStr;
use std::time::Duration;

use ldk_node::lightning::ln::channelmanager::PaymentId;
use ldk_node::lightning_invoice::{
    Bolt11Invoice, Bolt11InvoiceDescription, Bolt11InvoiceDescriptionRef, Currency, Description,
};
use ldk_node::payment::PaymentKind;
use serde::Deserialize;
use serde_json::{json, Value};

use super::config::NetworkName;
use super::live::Live;
use super::methods::Answer;
use crate::failure::{Failure, Kind};
use crate::numbers::{optional_decimal, Decimal};
use crate::rpc::params;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    amount_msat: Option<Decimal<u64>>,
    description: String,
    expiry_seconds: u32,
}

pub fn create(live: &Live, input: Value) -> Answer {
    let Create { amount_msat, description, expiry_seconds } = params(input)?;
    let description = description_of(description)?;
    let bolt11 = live.node.bolt11_payment();
    let invoice = match amount_msat {
        Some(amount) => bolt11.receive(amount.0, &description, expiry_seconds)?,
        None => bolt11.receive_variable_amount(&description, expiry_seconds)?,
    };
    Ok(to_json(live, &invoice))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateJit {
    amount_msat: Option<Decimal<u64>>,
    description: String,
    expiry_seconds: u32,
    max_total_fee_msat: Option<Decimal<u64>>,
}

pub fn create_jit(live: &Live, input: Value) -> Answer {
    let CreateJit { amount_msat, description, expiry_seconds, max_total_fee_msat } = params(input)?;
    let description = description_of(description)?;
    let limit = max_total_fee_msat.map(|fee| fee.0);
    let bolt11 = live.node.bolt11_payment();
    let invoice = match amount_msat {
        Some(amount) => bolt11.receive_via_jit_channel(amount.0, &description, expiry_seconds, limit)?,
        // Any fee at all would have ldk-node refuse the payment once the channel is open: it reckons on the net amount.
        None => bolt11.receive_variable_amount_via_jit_channel(&description, expiry_seconds, Some(0))?,
    };
    let mut answer = to_json(live, &invoice);
    answer["opening_fee_msat"] = optional_decimal(opening_fee_msat(live, &invoice));
    Ok(answer)
}

/// What the LSP asks: ldk-node stores the fee of the menu entry it bought as the limit it will accept.
fn opening_fee_msat(live: &Live, invoice: &Bolt11Invoice) -> Option<u64> {
    match live.node.payment(&payment_id(invoice))?.kind {
        PaymentKind::Bolt11Jit { lsp_fee_limits, .. } => lsp_fee_limits.max_total_opening_fee_msat,
        _ => None,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decode {
    invoice: String,
}

pub fn decode(live: &Live, input: Value) -> Answer {
    let Decode { invoice } = params(input)?;
    Ok(to_json(live, &parse(&invoice)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    invoice: String,
    amount_msat: Option<Decimal<u64>>,
}

pub fn pay(live: &Live, input: Value) -> Answer {
    let Pay { invoice, amount_msat } = params(input)?;
    let invoice = parse(&invoice)?;
    payable(live, &invoice, amount_msat)?;
    let bolt11 = live.node.bolt11_payment();
    let id = match amount_msat {
        Some(amount) => bolt11.send_using_amount(&invoice, amount.0, None)?,
        None => bolt11.send(&invoice, None)?,
    };
    Ok(json!({ "payment_id": id.to_string() }))
}

/// What ldk-node checks late, without a reason, or not at all.
fn payable(live: &Live, invoice: &Bolt11Invoice, amount_msat: Option<Decimal<u64>>) -> Result<(), Failure> {
    let own = live.setting.config.network;
    if network(own, &invoice.currency()) != own.name() {
        let message =
            format!("The invoice is for {}, this node is on {}.", network(own, &invoice.currency()), own.name());
        return Err(Failure::new(Kind::InvalidInvoice, message));
    }
    if invoice.is_expired() {
        return Err(Failure::new(Kind::InvoiceExpired, "The invoice has expired; ask the payee for a new one."));
    }
    match (invoice.amount_milli_satoshis(), amount_msat) {
        (None, None) => {
            let message = "amount_msat: missing, and the invoice names no amount";
            Err(Failure::new(Kind::BadParams, message))
        }
        (Some(asked), Some(Decimal(given))) if given < asked => {
            let message = format!("amount_msat: {given} is less than the invoice's {asked}");
            Err(Failure::new(Kind::BadParams, message))
        }
        _ => Ok(()),
    }
}

fn parse(text: &str) -> Result<Bolt11Invoice, Failure> {
    let invoice = Bolt11Invoice::from_str(text.trim()).map_err(|error| {
        Failure::new(Kind::InvalidInvoice, "The text is no valid BOLT 11 invoice.").detail(error.to_string())
    })?;
    if invoice.currency() == Currency::Simnet {
        return Err(Failure::new(Kind::InvalidInvoice, "The invoice is for simnet, which is not supported."));
    }
    Ok(invoice)
}

fn description_of(text: String) -> Result<Bolt11InvoiceDescription, Failure> {
    let description =
        Description::new(text).map_err(|error| Failure::new(Kind::BadParams, format!("description: {error}")))?;
    Ok(Bolt11InvoiceDescription::Direct(description))
}

fn payment_id(invoice: &Bolt11Invoice) -> PaymentId {
    PaymentId(*invoice.payment_hash().as_ref())
}

/// All signets share one prefix: on a mutinynet node such an invoice counts as mutinynet's.
fn network(own: NetworkName, currency: &Currency) -> &'static str {
    match currency {
        Currency::Bitcoin => "bitcoin",
        Currency::BitcoinTestnet => "testnet",
        Currency::Regtest => "regtest",
        Currency::Signet if own == NetworkName::Mutinynet => "mutinynet",
        Currency::Signet => "signet",
        Currency::Simnet => "simnet",
    }
}

fn to_json(live: &Live, invoice: &Bolt11Invoice) -> Value {
    let description = match invoice.description() {
        Bolt11InvoiceDescriptionRef::Direct(text) => text.to_string(),
        Bolt11InvoiceDescriptionRef::Hash(hash) => format!("sha256:{}", hash.0),
    };
    let created = invoice.duration_since_epoch();
    let expires = created.saturating_add(invoice.expiry_time());
    let hints = invoice.route_hints();
    let last_hops = hints.iter().filter_map(|hint| hint.0.last());
    json!({
        "invoice": invoice.to_string(),
        "payment_hash": invoice.payment_hash().to_string(),
        "amount_msat": optional_decimal(invoice.amount_milli_satoshis()),
        "description": description,
        "payee": invoice.get_payee_pub_key().to_string(),
        "created_at": created.as_secs(),
        "expires_at": expires.min(Duration::from_secs(u64::from(u32::MAX))).as_secs(),
        "network": network(live.setting.config.network, &invoice.currency()),
        "hint_node_ids": last_hops.map(|hop| hop.src_node_id.to_string()).collect::<Vec<_>>(),
    })
}
