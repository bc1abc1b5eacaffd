//! Requests about what peers paid out of channels they closed by force: to scripts of this seed that the wallet does not
//! look at. A node whose channels' states are lost learns of it only here.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use ldk_node::bitcoin::{Amount, OutPoint};
use ldk_node::lightning::chain::channelmonitor::ANTI_REORG_DELAY;
use serde::Deserialize;
use serde_json::{json, Value};

use super::super::live::Live;
use super::super::methods::Answer;
use super::keys::{fee_of, PayoutKeys, Unspent};
use super::scan::{Found, Scanner};
use super::sweeper::tracked;
use crate::failure::{Failure, Kind};
use crate::numbers::{decimal, Decimal};
use crate::rpc::params;
use crate::sync::lock;

/// LDK's floor, in sat per 1,000 weight units: less is not relayed.
const LOWEST_RATE: u32 = 253;
/// LDK's own default for spending what a channel left, where the source has no estimate.
const USUAL_RATE: u32 = 1_000;

/// A server may take so long to notice that an output is spent by what it was just given.
const NOTICED_WITHIN: Duration = Duration::from_secs(10 * 60);

/// What was collected a moment ago.
#[derive(Default)]
pub struct Swept(Mutex<HashMap<OutPoint, Instant>>);

impl Swept {
    fn add(&self, outputs: &[Unspent]) {
        lock(&self.0).extend(outputs.iter().map(|output| (output.outpoint, Instant::now())));
    }

    fn contains(&self, outpoint: &OutPoint) -> bool {
        lock(&self.0).get(outpoint).is_some_and(|at| at.elapsed() < NOTICED_WITHIN)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    from: usize,
}

/// One part of the search: a slow source answers many calls rather than hold up one for long.
pub fn find(live: &Live, input: Value) -> Answer {
    let From { from } = params(input)?;
    let setting = &live.setting;
    let keys = PayoutKeys::new(&setting.seed, setting.config.network)?;
    let (mut found, next) = Scanner::new(&setting.config, &|| live.runtime().is_ok())?.batch(&keys.scripts, from)?;
    let (known, height) = (tracked(live.store())?, live.node.status().current_best_block.height);
    for output in &mut found {
        output.being_spent |= live.swept.contains(&output.outpoint);
    }
    let outputs = found.iter().map(|found| {
        json!({
            "script": found.script, "txid": found.outpoint.txid.to_string(), "vout": found.outpoint.vout,
            "amount_sat": decimal(found.value.to_sat()), "height": found.height,
            "state": if known.contains(&found.outpoint) { "tracked" } else { state_of(found, height) },
        })
    });
    Ok(json!({ "scripts": keys.scripts.len(), "next": next, "outputs": outputs.collect::<Vec<_>>() }))
}

/// LDK hands an output its monitors know to its sweeper once it is `ANTI_REORG_DELAY` deep. One block later whatever the
/// sweeper does not have is nobody's but ours.
fn state_of(found: &Found, node_height: u32) -> &'static str {
    let ripe = |height: u32| height.saturating_add(ANTI_REORG_DELAY) <= node_height;
    match found.height {
        _ if found.being_spent => "being_spent",
        Some(height) if ripe(height) => "ready",
        _ => "confirming",
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sweep {
    outputs: Vec<Output>,
    fee_rate_sat_per_vb: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Output {
    script: usize,
    txid: String,
    vout: u32,
    amount_sat: Decimal<u64>,
}

/// Pays outputs that `find` called ready to a fresh address of the wallet, but for those whose share of the fee is more
/// than half of them: they wait for cheaper times.
pub fn sweep(live: &Live, input: Value) -> Answer {
    let Sweep { outputs, fee_rate_sat_per_vb } = params(input)?;
    let known = tracked(live.store())?;
    let outputs = outputs.iter().map(unspent).collect::<Result<Vec<_>, _>>()?;
    if let Some(taken) = outputs.iter().find(|output| known.contains(&output.outpoint)) {
        let message = format!("LDK collects {} itself; leave it out.", taken.outpoint);
        return Err(Failure::new(Kind::BadParams, message));
    }
    let setting = &live.setting;
    let keys = PayoutKeys::new(&setting.seed, setting.config.network)?;
    let estimate = setting.log.fee_rates.output_spending().unwrap_or(USUAL_RATE);
    let rate = fee_rate_sat_per_vb.map_or(estimate, |rate| rate.saturating_mul(250)).max(LOWEST_RATE);
    let total = |outputs: &[Unspent]| outputs.iter().map(|output| output.value).sum::<Amount>();
    let (worth, left): (Vec<_>, Vec<_>) = keys
        .describe(&outputs)?
        .into_iter()
        .zip(outputs)
        .partition(|(known, output)| fee_of(known, rate) * 2 <= output.value);
    let (worth, outputs): (Vec<_>, Vec<_>) = worth.into_iter().unzip();
    let left: Vec<_> = left.into_iter().map(|(_, output)| output).collect();
    let nothing =
        json!({ "amount_sat": "0", "fee_sat": "0", "left_sat": decimal((total(&left) + total(&outputs)).to_sat()) });
    if worth.is_empty() {
        return Ok(nothing);
    }
    let to = live.node.onchain_payment().new_address()?.script_pubkey();
    let height = live.node.status().current_best_block.height;
    let Some(transaction) = keys.spend(&worth, to, rate, height) else { return Ok(nothing) };
    Scanner::new(&setting.config, &|| true)?.broadcast(&transaction)?;
    live.swept.add(&outputs);
    let arrives: Amount = transaction.output.iter().map(|output| output.value).sum();
    Ok(json!({
        "txid": transaction.compute_txid().to_string(), "amount_sat": decimal(arrives.to_sat()),
        "fee_sat": decimal((total(&outputs) - arrives).to_sat()), "left_sat": decimal(total(&left).to_sat()),
    }))
}

fn unspent(output: &Output) -> Result<Unspent, Failure> {
    let txid = FromStr::from_str(&output.txid)
        .map_err(|_| Failure::new(Kind::BadParams, "outputs: a txid is 64 hex digits"))?;
    let outpoint = OutPoint { txid, vout: output.vout };
    Ok(Unspent { script: output.script, outpoint, value: Amount::from_sat(output.amount_sat.0) })
}

#[cfg(test)]
mod tests {
    use ldk_node::bitcoin::hashes::Hash;
    use ldk_node::bitcoin::Txid;

    use super::*;

    #[test]
    fn an_output_is_ripe_once_the_sweeper_would_have_it() {
        let found = |height, being_spent| {
            let outpoint = OutPoint { txid: Txid::all_zeros(), vout: 0 };
            Found { script: 0, outpoint, value: Amount::ZERO, height, being_spent }
        };
        assert_eq!(state_of(&found(None, false), 200), "confirming");
        assert_eq!(state_of(&found(Some(195), false), 200), "confirming");
        assert_eq!(state_of(&found(Some(194), false), 200), "ready");
        assert_eq!(state_of(&found(Some(194), true), 200), "being_spent");
    }
}
