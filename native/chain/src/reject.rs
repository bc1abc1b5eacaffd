//! Reasons a transaction or block is refused, with the words bitcoind uses for them.

use std::fmt;

/// Whether the inputs were unknown or some rule was broken: bitcoind answers the two with different RPC codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectKind {
    /// An input is neither in the UTXO set nor made by a mempool transaction (RPC code -25).
    MissingInputs,
    /// A consensus or policy rule was broken (RPC code -26).
    Rule,
}

/// bitcoind's reject reason ("dust", "non-final", ...) and the detail it sometimes adds after a comma.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    pub kind: RejectKind,
    pub reason: &'static str,
    pub detail: String,
    /// What stands between the two; a comma with most.
    pub(crate) separator: &'static str,
}

impl Reject {
    #[must_use]
    pub fn rule(reason: &'static str) -> Self {
        Self::detailed(reason, String::new())
    }

    #[must_use]
    pub fn detailed(reason: &'static str, detail: String) -> Self {
        Self { kind: RejectKind::Rule, reason, detail, separator: ", " }
    }

    #[must_use]
    pub fn missing_inputs() -> Self {
        Self {
            kind: RejectKind::MissingInputs,
            reason: "bad-txns-inputs-missingorspent",
            detail: String::new(),
            separator: ", ",
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.detail.is_empty() {
            f.write_str(self.reason)
        } else {
            write!(f, "{}{}{}", self.reason, self.separator, self.detail)
        }
    }
}
