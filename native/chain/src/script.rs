//! Script verification by Bitcoin Core's own interpreter.

use bitcoin::consensus::encode::serialize;
use bitcoin::hashes::Hash;
use bitcoin::{PubkeyHash, Transaction, TxIn, TxOut, WScriptHash};
use bitcoinconsensus::{verify_with_flags, Utxo, VERIFY_ALL_PRE_TAPROOT, VERIFY_TAPROOT};

use crate::reject::Reject;

const FLAGS: u32 = VERIFY_ALL_PRE_TAPROOT | VERIFY_TAPROOT;

/// Runs the script of every input of `tx` against the outputs it spends (`spent`, in input order) with all soft forks
/// active, as on regtest.
pub fn verify(tx: &Transaction, spent: &[TxOut]) -> Result<(), Reject> {
    let raw = serialize(tx);
    let mut utxos = Vec::with_capacity(spent.len());
    for output in spent {
        let script = output.script_pubkey.as_bytes();
        utxos.push(Utxo {
            script_pubkey: script.as_ptr(),
            script_pubkey_len: u32::try_from(script.len()).map_err(|_| Reject::rule("bad-txns-oversize"))?,
            value: i64::try_from(output.value.to_sat()).map_err(|_| Reject::rule("bad-txns-inputvalues-outofrange"))?,
        });
    }
    for (index, (output, input)) in spent.iter().zip(&tx.input).enumerate() {
        let script = output.script_pubkey.as_bytes();
        if verify_with_flags(script, output.value.to_sat(), &raw, Some(&utxos), index, FLAGS).is_err() {
            let (txid, wtxid) = (tx.compute_txid(), tx.compute_wtxid());
            let (why, place) = (why_it_failed(input, output), input.previous_output);
            let detail = format!("({why}), input {index} of {txid} (wtxid {wtxid}), spending {place}");
            return Err(Reject { separator: " ", ..Reject::detailed("mempool-script-verify-flag-failed", detail) });
        }
    }
    Ok(())
}

/// bitcoind's words for why an input's script failed. libbitcoinconsensus tells only that it did; for the forms wallets
/// use, the reason can be seen from the input. Others get bitcoind's words for an unknown reason.
fn why_it_failed(input: &TxIn, output: &TxOut) -> &'static str {
    let script = &output.script_pubkey;
    let program = script.as_bytes().get(2..).unwrap_or_default();
    let items: Vec<&[u8]> = input.witness.iter().collect();
    if script.is_witness_program() && !input.script_sig.is_empty() {
        return "Witness requires empty scriptSig";
    }
    match items.as_slice() {
        [] if script.is_p2wsh() || script.is_p2tr() => "Witness program was passed an empty witness",
        [signature, key] if script.is_p2wpkh() => {
            if PubkeyHash::hash(key).as_byte_array() != program {
                "Script failed an OP_EQUALVERIFY operation"
            } else if signature.is_empty() {
                "Script evaluated without error but finished with a false/empty top stack element"
            } else {
                "Signature must be zero for failed CHECK(MULTI)SIG operation"
            }
        }
        _ if script.is_p2wpkh() => "Witness program hash mismatch",
        [.., last] if script.is_p2wsh() && WScriptHash::hash(last).as_byte_array() != program => {
            "Witness program hash mismatch"
        }
        [signature] if script.is_p2tr() => match signature.len() {
            64 => "Invalid Schnorr signature",
            65 if signature.last() != Some(&0) => "Invalid Schnorr signature",
            65 => "Invalid Schnorr signature hash type",
            _ => "Invalid Schnorr signature size",
        },
        _ => "unknown error",
    }
}
