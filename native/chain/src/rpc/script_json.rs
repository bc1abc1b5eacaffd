//! Scripts as bitcoind's RPC writes them: assembly, descriptor, type and address.

use std::fmt::Write;

use bitcoin::hex::DisplayHex;
use bitcoin::opcodes::all::{OP_CLTV, OP_CSV};
use bitcoin::script::Instruction;
use bitcoin::{Address, Network, Script};
use serde_json::{json, Value};

use crate::policy::{script_kind, ScriptKind};

/// The `scriptPubKey` object of an output.
pub fn output_script(script: &Script) -> Value {
    let kind = script_kind(script);
    // bitcoind shows no address for bare public keys.
    let address = match kind {
        ScriptKind::PubKey => None,
        _ => Address::from_script(script, Network::Regtest).ok().map(|address| address.to_string()),
    };
    let hex = script.to_hex_string();
    let descriptor = match (kind, &address) {
        // A push opcode, then the key.
        (ScriptKind::WitnessV1Taproot, _) => format!("rawtr({})", hex.get(4..).unwrap_or_default()),
        (ScriptKind::PubKey, _) => format!("pk({})", hex.get(2..hex.len() - 2).unwrap_or_default()),
        (_, Some(address)) => format!("addr({address})"),
        _ => format!("raw({hex})"),
    };
    let mut value = json!({
        "asm": asm(script, false),
        "desc": with_checksum(&descriptor),
        "hex": hex,
        "type": kind.name(),
    });
    if let Some(address) = address {
        value["address"] = address.into();
    }
    value
}

/// bitcoind's `ScriptToAsmStr`: pushes of up to four bytes as numbers, longer ones as hex. In a `scriptSig` the last byte
/// of a signature is shown as its sighash type.
pub fn asm(script: &Script, is_input: bool) -> String {
    let mut words: Vec<String> = Vec::new();
    for instruction in script.instructions() {
        match instruction {
            Ok(Instruction::PushBytes(bytes)) => words.push(push_word(bytes.as_bytes(), is_input)),
            Ok(Instruction::Op(op)) => words.push(match op {
                OP_CLTV => "OP_CHECKLOCKTIMEVERIFY".to_owned(),
                OP_CSV => "OP_CHECKSEQUENCEVERIFY".to_owned(),
                op => op.to_string().replace("OP_PUSHNUM_NEG", "-").replace("OP_PUSHNUM_", ""),
            }),
            Err(_) => {
                words.push("[error]".to_owned());
                break;
            }
        }
    }
    words.join(" ")
}

fn push_word(bytes: &[u8], is_input: bool) -> String {
    if bytes.len() <= 4 {
        return bitcoin::script::read_scriptint_non_minimal(bytes).unwrap_or_default().to_string();
    }
    let sighash = bitcoin::ecdsa::Signature::from_slice(bytes).ok().filter(|_| is_input).map(|sig| sig.sighash_type);
    match (sighash, bytes.split_last()) {
        (Some(kind), Some((_, signature))) => {
            let name = kind.to_string().replace("SIGHASH_", "").replace("_ANYONECANPAY", "|ANYONECANPAY");
            format!("{}[{name}]", signature.to_lower_hex_string())
        }
        _ => bytes.to_lower_hex_string(),
    }
}

/// Appends a descriptor's checksum (BIP380).
fn with_checksum(descriptor: &str) -> String {
    const INPUT: &str =
        "0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";
    const OUTPUT: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let mut sum = 1u64;
    let mut class = 0;
    let mut count = 0;
    for position in descriptor.chars().filter_map(|letter| INPUT.find(letter)) {
        let position = position as u64;
        sum = polymod(sum, position & 31);
        class = class * 3 + (position >> 5);
        count += 1;
        if count == 3 {
            sum = polymod(sum, class);
            (class, count) = (0, 0);
        }
    }
    if count > 0 {
        sum = polymod(sum, class);
    }
    sum = (0..8).fold(sum, |sum, _| polymod(sum, 0)) ^ 1;
    let mut text = format!("{descriptor}#");
    for place in 0..8 {
        let digit = usize::try_from(sum >> (5 * (7 - place)) & 31).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = write!(text, "{}", OUTPUT.get(digit).map_or('q', |byte| char::from(*byte)));
    }
    text
}

fn polymod(sum: u64, value: u64) -> u64 {
    const GENERATOR: [u64; 5] = [0xf5_dee5_1989, 0xa9_fdca_3312, 0x1b_ab10_e32d, 0x37_06b1_677a, 0x64_4d62_6ffd];
    let top = sum >> 35;
    let shifted = (sum & 0x7_ffff_ffff) << 5 ^ value;
    GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(shifted, |sum, (_, term)| sum ^ term)
}
