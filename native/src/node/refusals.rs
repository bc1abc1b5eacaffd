//! ldk-node's errors as the contract's kinds.

use ldk_node::NodeError;

use super::pump::Refusal;
use crate::failure::{Failure, Kind};

/// The kind of an error; `node_error` for those no caller can act on.
fn kind(error: NodeError) -> Kind {
    match error {
        NodeError::AlreadyRunning => Kind::AlreadyRunning,
        NodeError::NotRunning => Kind::NotRunning,
        NodeError::ConnectionFailed | NodeError::InvalidSocketAddress => Kind::ConnectionFailed,
        NodeError::InsufficientFunds => Kind::InsufficientFunds,
        NodeError::InvalidInvoice => Kind::InvalidInvoice,
        NodeError::InvalidOffer | NodeError::UnsupportedCurrency => Kind::InvalidOffer,
        NodeError::InvalidAddress => Kind::InvalidAddress,
        NodeError::DuplicatePayment => Kind::DuplicatePayment,
        NodeError::PaymentSendingFailed => Kind::SendingFailed,
        NodeError::LiquidityRequestFailed => Kind::LiquidityRequestFailed,
        NodeError::LiquiditySourceUnavailable => Kind::LiquiditySourceUnavailable,
        NodeError::LiquidityFeeTooHigh => Kind::LiquidityFeeTooHigh,
        NodeError::PersistenceFailed => Kind::PersistenceFailed,
        NodeError::AsyncPaymentServicesDisabled => Kind::FeatureUnavailable,
        NodeError::InvalidAmount
        | NodeError::InvalidCustomTlvs
        | NodeError::InvalidFeeRate
        | NodeError::InvalidPaymentPreimage => Kind::BadParams,
        _ => Kind::NodeError,
    }
}

impl From<NodeError> for Failure {
    fn from(error: NodeError) -> Self {
        match kind(error) {
            Kind::NodeError => Failure::new(Kind::NodeError, format!("{error:?}: {error}")),
            kind => Failure::new(kind, error.to_string()),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotShown => Failure::new(Kind::BadParams, "seq: not the event that is shown"),
            Refusal::Node(error) => error.into(),
        }
    }
}

/// Attaches the logged reason, and reads from it what the error itself does not tell.
pub fn with_reason(mut failure: Failure, reason: Option<String>) -> Failure {
    if failure.detail.is_some() {
        return failure;
    }
    if failure.kind == Kind::SendingFailed && reason.as_ref().is_some_and(|reason| reason.contains("RouteNotFound")) {
        failure.kind = Kind::NoRoute;
        "No route to the payee has enough capacity.".clone_into(&mut failure.message);
    }
    failure.detail = reason;
    failure
}
