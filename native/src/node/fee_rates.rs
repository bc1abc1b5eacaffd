//! The fee rates LDK works with. ldk-node 0.7.1 has no call for them, but says each at trace level whenever it has
//! looked them up: `Fee rate estimation updated for Lightning(AnchorChannelFee): 253 sats/kwu`.

use std::sync::atomic::{AtomicU32, Ordering};

use ldk_node::logger::{LogLevel, LogRecord};

const MODULE: &str = "ldk_node::chain";
const SAID: &str = "Fee rate estimation updated for ";
const UNIT: &str = " sats/kwu";

/// In sat per 1,000 weight units; 0 as long as none was said.
#[derive(Default)]
pub struct FeeRates {
    /// What LDK sets in the commitment transaction of a new anchor channel, before its floor of 253.
    anchor_commitment: AtomicU32,
    /// What ldk-node pays for a channel's funding transaction.
    funding: AtomicU32,
    /// What LDK pays to collect what closed channels left.
    output_spending: AtomicU32,
}

impl FeeRates {
    pub fn observe(&self, record: &LogRecord) {
        if record.level == LogLevel::Trace && record.module_path.starts_with(MODULE) {
            self.read(&record.args.to_string());
        }
    }

    fn read(&self, message: &str) {
        let said = message.strip_prefix(SAID).and_then(|rest| rest.strip_suffix(UNIT));
        let Some((target, rate)) = said.and_then(|rest| rest.split_once(": ")) else { return };
        let Ok(rate) = rate.parse() else { return };
        match target {
            "Lightning(AnchorChannelFee)" => self.anchor_commitment.store(rate, Ordering::Relaxed),
            "ChannelFunding" => self.funding.store(rate, Ordering::Relaxed),
            "Lightning(OutputSpendingFee)" => self.output_spending.store(rate, Ordering::Relaxed),
            _ => {}
        }
    }

    pub fn anchor_commitment(&self) -> Option<u32> {
        known(&self.anchor_commitment)
    }

    pub fn funding(&self) -> Option<u32> {
        known(&self.funding)
    }

    pub fn output_spending(&self) -> Option<u32> {
        known(&self.output_spending)
    }
}

fn known(rate: &AtomicU32) -> Option<u32> {
    Some(rate.load(Ordering::Relaxed)).filter(|rate| *rate > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_rates_are_read() {
        let rates = FeeRates::default();
        assert_eq!((rates.anchor_commitment(), rates.funding()), (None, None));
        for line in [
            "Fee rate estimation updated for Lightning(AnchorChannelFee): 500 sats/kwu",
            "Fee rate estimation updated for ChannelFunding: 1250 sats/kwu",
            "Fee rate estimation updated for Lightning(OutputSpendingFee): 700 sats/kwu",
            "Fee rate estimation updated for Lightning(MaximumFeeEstimate): 9000 sats/kwu",
            "Fee rate estimation updated for ChannelFunding: many sats/kwu",
            "Fee rate cache update finished in 3ms.",
        ] {
            rates.read(line);
        }
        assert_eq!((rates.anchor_commitment(), rates.funding()), (Some(500), Some(1250)));
        assert_eq!(rates.output_spending(), Some(700));
    }
}
