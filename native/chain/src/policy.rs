//! What bitcoind relays: standardness of transactions, inputs and witnesses (Bitcoin Core: `policy/policy.cpp`).

use bitcoin::script::Instruction;
use bitcoin::{Amount, Script, ScriptBuf, Transaction, TxIn, TxOut, WitnessVersion};

use crate::coins::Coin;
use crate::params::{
    BYTES_PER_SIGOP, MAX_DUST_OUTPUTS, MAX_OP_RETURN_SIZE, MAX_P2SH_SIGOPS, MAX_STANDARD_P2WSH_SCRIPT_SIZE,
    MAX_STANDARD_P2WSH_STACK_ITEMS, MAX_STANDARD_P2WSH_STACK_ITEM_SIZE, MAX_STANDARD_SCRIPTSIG_SIZE,
    MAX_STANDARD_TAPSCRIPT_STACK_ITEM_SIZE, MAX_STANDARD_TX_WEIGHT,
};
use crate::reject::Reject;

/// Script kinds by bitcoind's names (`GetTxnOutputType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptKind {
    NonStandard,
    PubKey,
    PubKeyHash,
    ScriptHash,
    MultiSig,
    NullData,
    WitnessV0KeyHash,
    WitnessV0ScriptHash,
    WitnessV1Taproot,
    Anchor,
    WitnessUnknown,
}

impl ScriptKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NonStandard => "nonstandard",
            Self::PubKey => "pubkey",
            Self::PubKeyHash => "pubkeyhash",
            Self::ScriptHash => "scripthash",
            Self::MultiSig => "multisig",
            Self::NullData => "nulldata",
            Self::WitnessV0KeyHash => "witness_v0_keyhash",
            Self::WitnessV0ScriptHash => "witness_v0_scripthash",
            Self::WitnessV1Taproot => "witness_v1_taproot",
            Self::Anchor => "anchor",
            Self::WitnessUnknown => "witness_unknown",
        }
    }
}

/// Which kind of output script this is.
#[must_use]
pub fn script_kind(script: &Script) -> ScriptKind {
    type Test = fn(&Script) -> bool;
    let kinds: [(Test, ScriptKind); 10] = [
        (Script::is_p2sh, ScriptKind::ScriptHash),
        (Script::is_p2wpkh, ScriptKind::WitnessV0KeyHash),
        (Script::is_p2wsh, ScriptKind::WitnessV0ScriptHash),
        (Script::is_p2tr, ScriptKind::WitnessV1Taproot),
        // BIP433: version 1 with the two-byte program 0x4e73.
        (|script| script.as_bytes() == [0x51, 0x02, 0x4e, 0x73], ScriptKind::Anchor),
        // Version 0 programs of any other length can never be spent.
        (
            |script| script.witness_version().is_some_and(|version| version != WitnessVersion::V0),
            ScriptKind::WitnessUnknown,
        ),
        (is_null_data, ScriptKind::NullData),
        (Script::is_p2pk, ScriptKind::PubKey),
        (Script::is_p2pkh, ScriptKind::PubKeyHash),
        (|script| script.is_multisig() && script.len() <= 3 * 66 + 3, ScriptKind::MultiSig),
    ];
    kinds.iter().find(|(test, _)| test(script)).map_or(ScriptKind::NonStandard, |(_, kind)| *kind)
}

fn is_null_data(script: &Script) -> bool {
    script.is_op_return() && script.as_bytes().get(1..).is_some_and(|rest| Script::from_bytes(rest).is_push_only())
}

/// Size in virtual bytes as the mempool counts it: a transaction full of signature operations counts as bigger.
#[must_use]
pub fn virtual_size(weight: u64, sigop_cost: usize) -> u64 {
    weight.max(sigop_cost as u64 * BYTES_PER_SIGOP).div_ceil(4)
}

/// `IsStandardTx`: version, size, input scripts and output scripts.
pub fn check_standard(tx: &Transaction) -> Result<(), Reject> {
    if !(1..=3).contains(&tx.version.0) {
        return Err(Reject::rule("version"));
    }
    if tx.weight().to_wu() > MAX_STANDARD_TX_WEIGHT {
        return Err(Reject::rule("tx-size"));
    }
    for input in &tx.input {
        if input.script_sig.len() > MAX_STANDARD_SCRIPTSIG_SIZE {
            return Err(Reject::rule("scriptsig-size"));
        }
        if !input.script_sig.is_push_only() {
            return Err(Reject::rule("scriptsig-not-pushonly"));
        }
    }
    let mut null_data = 0;
    for output in &tx.output {
        let kind = script_kind(&output.script_pubkey);
        let oversized = kind == ScriptKind::NullData && output.script_pubkey.len() > MAX_OP_RETURN_SIZE;
        if kind == ScriptKind::NonStandard || oversized {
            return Err(Reject::rule("scriptpubkey"));
        }
        null_data += usize::from(kind == ScriptKind::NullData);
    }
    if tx.output.iter().filter(|output| is_dust(output)).count() > MAX_DUST_OUTPUTS {
        return Err(Reject::rule("dust"));
    }
    if null_data > 1 {
        return Err(Reject::rule("multi-op-return"));
    }
    Ok(())
}

/// `PreCheckEphemeralTx`: a transaction that pays nothing may have one dust output, for the child that pays for both.
pub fn check_dust(tx: &Transaction, fee: Amount) -> Result<(), Reject> {
    if fee > Amount::ZERO && tx.output.iter().any(is_dust) {
        return Err(Reject::detailed("dust", "tx with dust output must be 0-fee".to_owned()));
    }
    Ok(())
}

/// Whether spending this output would cost more than it is worth at 3 sat/vB.
fn is_dust(output: &TxOut) -> bool {
    output.value < output.script_pubkey.minimal_non_dust()
}

/// `AreInputsStandard` and `IsWitnessStandard`: what the inputs spend, and how. `coins` are in input order.
pub fn check_inputs_standard(tx: &Transaction, coins: &[Coin]) -> Result<(), Reject> {
    let spends = || tx.input.iter().zip(coins.iter().map(|coin| coin.output.script_pubkey.as_script()));
    if !spends().all(|(input, script)| is_input_standard(input, script)) {
        return Err(Reject::rule("bad-txns-nonstandard-inputs"));
    }
    if !spends().all(|(input, script)| is_witness_standard(input, script)) {
        return Err(Reject::rule("bad-witness-nonstandard"));
    }
    Ok(())
}

fn is_input_standard(input: &TxIn, script: &Script) -> bool {
    match script_kind(script) {
        ScriptKind::NonStandard | ScriptKind::WitnessUnknown => false,
        ScriptKind::ScriptHash => redeem_script(input).is_some_and(|redeem| redeem.count_sigops() <= MAX_P2SH_SIGOPS),
        _ => true,
    }
}

fn redeem_script(input: &TxIn) -> Option<ScriptBuf> {
    match input.script_sig.instructions().last()? {
        Ok(Instruction::PushBytes(bytes)) => Some(ScriptBuf::from_bytes(bytes.as_bytes().to_vec())),
        _ => None,
    }
}

fn is_witness_standard(input: &TxIn, script: &Script) -> bool {
    if input.witness.is_empty() {
        return true;
    }
    let nested = if script.is_p2sh() { redeem_script(input) } else { None };
    let program = nested.as_deref().unwrap_or(script);
    match script_kind(program) {
        ScriptKind::WitnessV0ScriptHash => {
            let items: Vec<&[u8]> = input.witness.iter().collect();
            items.split_last().is_some_and(|(witness_script, stack)| {
                witness_script.len() <= MAX_STANDARD_P2WSH_SCRIPT_SIZE
                    && stack.len() <= MAX_STANDARD_P2WSH_STACK_ITEMS
                    && stack.iter().all(|item| item.len() <= MAX_STANDARD_P2WSH_STACK_ITEM_SIZE)
            })
        }
        ScriptKind::WitnessV1Taproot if nested.is_none() => is_taproot_witness_standard(input),
        ScriptKind::WitnessV0KeyHash => true,
        // Anchors are spent by nobody's signature, and nothing else takes a witness.
        _ => false,
    }
}

fn is_taproot_witness_standard(input: &TxIn) -> bool {
    let items: Vec<&[u8]> = input.witness.iter().collect();
    let has_annex = items.len() >= 2 && items.last().is_some_and(|last| last.first() == Some(&0x50));
    match items.as_slice() {
        _ if has_annex => false,
        [_] => true,
        [stack @ .., _script, control] => {
            let is_tapscript = control.first().is_some_and(|byte| byte & 0xfe == 0xc0);
            !is_tapscript || stack.iter().all(|item| item.len() <= MAX_STANDARD_TAPSCRIPT_STACK_ITEM_SIZE)
        }
        _ => false,
    }
}
