//! What a request or an opening can be refused with. The names are part of the contract (docs/native-abi.md).

use serde_json::{json, Value};

macro_rules! kinds {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// The stable reasons for a refusal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($variant),+ }

        impl Kind {
            #[cfg(test)]
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),+];

            pub fn name(self) -> &'static str {
                match self { $(Kind::$variant => $name),+ }
            }
        }
    };
}

kinds! {
    BadConfig = "bad_config",
    DataDirUnwritable = "data_dir_unwritable",
    DataDirInUse = "data_dir_in_use",
    SeedInvalid = "seed_invalid",
    Internal = "internal",
    BadRequest = "bad_request",
    BadParams = "bad_params",
    UnknownMethod = "unknown_method",
    Deadline = "deadline",
    Panic = "panic",
    Closed = "closed",
    NotRunning = "not_running",
    AlreadyRunning = "already_running",
    ChainUnreachable = "chain_unreachable",
    ChainWrongNetwork = "chain_wrong_network",
    ChainRateLimited = "chain_rate_limited",
    ChainInconsistent = "chain_inconsistent",
    ChainBehind = "chain_behind",
    ChainSyncFailed = "chain_sync_failed",
    PortInUse = "port_in_use",
    StartFailed = "start_failed",
    UnknownChannel = "unknown_channel",
    ConnectionFailed = "connection_failed",
    InsufficientFunds = "insufficient_funds",
    InvalidInvoice = "invalid_invoice",
    InvoiceExpired = "invoice_expired",
    InvalidOffer = "invalid_offer",
    InvalidAddress = "invalid_address",
    DuplicatePayment = "duplicate_payment",
    NoRoute = "no_route",
    SendingFailed = "sending_failed",
    LiquidityRequestFailed = "liquidity_request_failed",
    LiquiditySourceUnavailable = "liquidity_source_unavailable",
    LiquidityFeeTooHigh = "liquidity_fee_too_high",
    LspsNoReply = "lsps_no_reply",
    LspsBadMessage = "lsps_bad_message",
    PersistenceFailed = "persistence_failed",
    FeatureUnavailable = "feature_unavailable",
    NodeError = "node_error",
    ChainError = "chain_error",
}

impl Kind {
    /// The JSON-RPC code: one of the standard's own where it has one, else -32000.
    pub fn code(self) -> i32 {
        match self {
            Kind::BadRequest => -32600,
            Kind::UnknownMethod => -32601,
            Kind::BadParams => -32602,
            Kind::Panic | Kind::Internal => -32603,
            _ => -32000,
        }
    }
}

/// A refusal: its kind, one sentence for people, and the underlying reason where it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub kind: Kind,
    pub message: String,
    pub detail: Option<String>,
}

impl Failure {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), detail: None }
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The form `ps_open` writes: `{"kind", "message", "detail"?}`.
    pub fn to_json(&self) -> Value {
        let mut object = json!({ "kind": self.kind.name(), "message": self.message });
        if let Some(detail) = &self.detail {
            object["detail"] = json!(detail);
        }
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_distinct_snake_case() {
        let names: HashSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
    }

    #[test]
    fn contract_names_every_kind() {
        let contract = include_str!("../../docs/native-abi.md");
        for kind in Kind::ALL {
            assert!(contract.contains(&format!("`{}`", kind.name())), "{} is undocumented", kind.name());
        }
    }
}
