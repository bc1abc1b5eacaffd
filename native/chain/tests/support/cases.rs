//! Transactions and what bitcoind says to each: judged here by `rules.rs`, and by a real bitcoind in `bitcoind.rs`.

use bitcoin::absolute::LockTime;
use bitcoin::consensus::encode::serialize_hex;
use bitcoin::opcodes::all::{OP_CHECKSIG, OP_CSV, OP_DUP, OP_ENDIF, OP_IFDUP, OP_NOTIF, OP_RETURN};
use bitcoin::script::{Builder, PushBytesBuf};
use bitcoin::transaction::Version;
use bitcoin::{
    Address, Amount, Network, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness, WitnessProgram,
    WitnessVersion,
};
use peer_stables_chain::Chain;

use super::wallet::{coin_at, fund, p2wsh, Coin, Wallet};

/// A transaction and the answer to `sendrawtransaction`: accepted, or refused with this code and message.
pub struct Case {
    pub name: &'static str,
    /// Transactions sent and accepted before.
    pub before: Vec<Transaction>,
    pub hex: String,
    pub expected: Result<(), (i64, String)>,
}

/// Collects cases; every one gets coins of its own.
pub struct Cases<'a> {
    pub chain: &'a Chain,
    pub wallet: Wallet,
    pub list: Vec<Case>,
}

const COIN: u64 = 1_000_000;

impl Cases<'_> {
    fn coin(&self) -> Coin {
        self.wallet.coin(self.chain, COIN)
    }

    fn push(
        &mut self,
        name: &'static str,
        before: Vec<Transaction>,
        tx: &Transaction,
        expected: Result<(), (i64, String)>,
    ) {
        self.list.push(Case { name, before, hex: serialize_hex(tx), expected });
    }

    fn accepts(&mut self, name: &'static str, tx: &Transaction) {
        self.push(name, Vec::new(), tx, Ok(()));
    }

    fn rejects(&mut self, name: &'static str, tx: &Transaction, message: impl Into<String>) {
        self.push(name, Vec::new(), tx, Err((-26, message.into())));
    }

    /// Pays one fresh coin to `script`, the rest but 1,000 sat back.
    fn pays(&self, script: ScriptBuf, sat: u64) -> Transaction {
        self.wallet.pay(&[self.coin()], &[(script, sat), (self.wallet.script(), COIN - sat - 1_000)])
    }

    /// A sweep of one fresh coin, changed and signed anew.
    fn changed(&self, change: impl FnOnce(&mut Transaction)) -> Transaction {
        let coin = self.coin();
        let mut tx = self.wallet.sweep(std::slice::from_ref(&coin), 1_000);
        change(&mut tx);
        self.wallet.sign(&mut tx, &[coin]);
        tx
    }
}

/// All cases that stand alone on the chain as it is. The chain must have matured coins enough.
pub fn all(chain: &Chain) -> Vec<Case> {
    let mut cases = Cases { chain, wallet: Wallet::new(7), list: Vec::new() };
    form(&mut cases);
    values(&mut cases);
    outputs(&mut cases);
    spends(&mut cases);
    replacements(&mut cases);
    // Last, as these depend on the height.
    locks(&mut cases);
    cases.list
}

fn form(cases: &mut Cases) {
    cases.accepts("pay to witness key hash", &cases.changed(|_| ()));
    cases.accepts("version 1", &cases.changed(|tx| tx.version = Version::ONE));
    cases.accepts("version 3", &cases.changed(|tx| tx.version = Version(3)));
    cases.rejects("version 0", &cases.changed(|tx| tx.version = Version(0)), "version");
    cases.rejects("version 4", &cases.changed(|tx| tx.version = Version(4)), "version");
    cases.rejects("no outputs", &cases.changed(|tx| tx.output.clear()), "bad-txns-vout-empty");
    let twice = cases.changed(|tx| tx.input.push(tx.input[0].clone()));
    cases.rejects("one input twice", &twice, "bad-txns-inputs-duplicate");
    let null = cases.changed(|tx| tx.input.push(TxIn { previous_output: OutPoint::null(), ..TxIn::default() }));
    cases.rejects("a null input", &null, "bad-txns-prevout-null");
    let coinbase = cases.changed(|tx| {
        tx.input = vec![TxIn { script_sig: ScriptBuf::from_bytes(vec![0x51; 5]), ..TxIn::default() }];
        tx.input[0].witness = Witness::new();
    });
    let mut unsigned = coinbase;
    unsigned.input[0].witness = Witness::new();
    cases.rejects("a coinbase", &unsigned, "coinbase");
    let short = cases.changed(|tx| {
        tx.output =
            vec![TxOut { value: Amount::ZERO, script_pubkey: Builder::new().push_opcode(OP_RETURN).into_script() }];
    });
    cases.rejects("too small", &short, "tx-size-small");
    let code = cases.changed(|tx| tx.input[0].script_sig = Builder::new().push_opcode(OP_DUP).into_script());
    cases.rejects("code in the input script", &code, "scriptsig-not-pushonly");
    let long = cases.changed(|tx| tx.input[0].script_sig = ScriptBuf::from_bytes(vec![0; 1_651]));
    cases.rejects("a long input script", &long, "scriptsig-size");
    let script = cases.wallet.script();
    let many = cases.wallet.pay(&[cases.wallet.coin(cases.chain, 100_000_000)], &vec![(script, 20_000); 3_300]);
    cases.rejects("too big", &many, "tx-size");
    cases.list.push(Case {
        name: "no transaction",
        before: Vec::new(),
        hex: "deadbeef".to_owned(),
        expected: Err((-22, "TX decode failed. Make sure the tx has at least one input.".to_owned())),
    });
}

fn values(cases: &mut Cases) {
    let coin = cases.coin();
    let exact = cases.wallet.sweep(std::slice::from_ref(&coin), 110);
    assert_eq!(exact.vsize(), 110);
    cases.rejects(
        "a fee of 109 for 110 vbytes",
        &cases.wallet.sweep(std::slice::from_ref(&coin), 109),
        "min relay fee not met, 109 < 110",
    );
    cases.rejects("no fee", &cases.wallet.sweep(std::slice::from_ref(&coin), 0), "min relay fee not met, 0 < 110");
    cases.accepts("a fee of 1 sat per vbyte", &exact);
    let more = cases.wallet.pay(&[cases.coin()], &[(cases.wallet.script(), COIN + 1)]);
    cases.rejects("more out than in", &more, "bad-txns-in-belowout, value in (0.01) < value out (0.01000001)");
    let huge = cases.changed(|tx| tx.output[0].value = Amount::from_sat(Amount::MAX_MONEY.to_sat() + 1));
    cases.rejects("more than all money", &huge, "bad-txns-vout-toolarge");
    let negative = cases.changed(|tx| tx.output[0].value = Amount::from_sat(u64::MAX));
    cases.rejects("a negative output", &negative, "bad-txns-vout-negative");
    let total = cases.changed(|tx| {
        tx.output[0].value = Amount::MAX_MONEY;
        tx.output.push(tx.output[0].clone());
    });
    cases.rejects("more than all money together", &total, "bad-txns-txouttotal-toolarge");
    let coin = cases.wallet.coin(cases.chain, 100_000_000);
    let tx = cases.wallet.sweep(&[coin], 50_000_000);
    let message = "Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)".to_owned();
    cases.push("half a bitcoin of fee", Vec::new(), &tx, Err((-25, message)));
}

fn outputs(cases: &mut Cases) {
    let wallet = Wallet::new(9);
    let anchor = ScriptBuf::from_bytes(vec![0x51, 0x02, 0x4e, 0x73]);
    let kinds = [
        ("p2wpkh", wallet.script(), 294),
        ("p2wsh", p2wsh(&ScriptBuf::new()).script_pubkey(), 330),
        ("p2tr", wallet.taproot().script_pubkey(), 330),
        ("p2pkh", Address::p2pkh(wallet.public(), Network::Regtest).script_pubkey(), 546),
        ("p2sh", ScriptBuf::new().to_p2sh(), 540),
        ("p2a", anchor, 240),
    ];
    for (name, script, limit) in kinds {
        let message = "dust, tx with dust output must be 0-fee";
        cases.rejects(name, &cases.pays(script.clone(), limit - 1), message);
        cases.accepts(name, &cases.pays(script, limit));
    }
    let coins = [cases.coin()];
    let two = cases.wallet.pay(&coins, &[(cases.wallet.script(), 100), (cases.wallet.script(), 100)]);
    cases.rejects("two dust outputs", &two, "dust");
    cases.accepts("data", &cases.pays(data(32), 0));
    cases.rejects(
        "two data outputs",
        &{
            let coin = cases.coin();
            cases.wallet.pay(&[coin], &[(data(3), 0), (data(3), 0), (cases.wallet.script(), COIN - 1_000)])
        },
        "multi-op-return",
    );
    cases.rejects("long data", &cases.pays(data(81), 0), "scriptpubkey");
    cases.rejects(
        "no standard script",
        &cases.pays(Builder::new().push_opcode(OP_DUP).into_script(), 10_000),
        "scriptpubkey",
    );
    let message = "Unspendable output exceeds maximum configured by user (maxburnamount)".to_owned();
    let burn = cases.pays(data(3), 10_000);
    cases.push("money burnt", Vec::new(), &burn, Err((-25, message)));
}

fn data(size: usize) -> ScriptBuf {
    ScriptBuf::new_op_return(PushBytesBuf::try_from(vec![1; size]).unwrap())
}

fn spends(cases: &mut Cases) {
    let coin = fund(cases.chain, &cases.wallet.taproot(), COIN);
    let good = cases.wallet.sweep(&[coin], 1_000);
    let mut forged = good.clone();
    forged.output[0].value -= Amount::ONE_SAT;
    cases.rejects(
        "a taproot signature of another transaction",
        &forged,
        script_failure(&forged, "Invalid Schnorr signature"),
    );
    cases.accepts("a taproot signature", &good);

    let mut forged = cases.changed(|_| ());
    forged.output[0].value -= Amount::ONE_SAT;
    let why = "Signature must be zero for failed CHECK(MULTI)SIG operation";
    cases.rejects("a signature of another transaction", &forged, script_failure(&forged, why));
    let mut bare = cases.changed(|_| ());
    bare.input[0].witness = Witness::new();
    cases.rejects("no signature", &bare, script_failure(&bare, "Witness program hash mismatch"));

    let unknown = cases.changed(|tx| tx.input[0].previous_output.vout = 9);
    cases.push("an unknown input", Vec::new(), &unknown, Err((-25, "bad-txns-inputs-missingorspent".to_owned())));
    let coin = cases.coin();
    let funding = cases.chain.transaction(&coin.outpoint.txid).unwrap().unwrap().tx;
    cases.push(
        "a confirmed transaction",
        Vec::new(),
        &funding,
        Err((-27, "Transaction outputs already in utxo set".to_owned())),
    );
    let spent = TxIn { previous_output: funding.input[0].previous_output, ..TxIn::default() };
    let double = cases.changed(|tx| tx.input[0] = spent);
    cases.push("a spent input", Vec::new(), &double, Err((-25, "bad-txns-inputs-missingorspent".to_owned())));

    let open = Builder::new().push_int(1).into_script();
    let coin = fund(cases.chain, &p2wsh(&open), COIN);
    let mut tx = cases.wallet.sweep(std::slice::from_ref(&coin), 1_000);
    tx.input[0].witness = Witness::from_slice(&[open.as_bytes()]);
    cases.accepts("anyone's witness script", &tx);
    let drop = Builder::new().push_opcode(bitcoin::opcodes::all::OP_DROP).push_int(1).into_script();
    let coin = fund(cases.chain, &p2wsh(&drop), COIN);
    let mut tx = cases.wallet.sweep(&[coin], 1_000);
    tx.input[0].witness = Witness::from_slice(&[&[1; 81], drop.as_bytes()]);
    cases.rejects("a long witness item", &tx, "bad-witness-nonstandard");
    tx.input[0].witness = Witness::from_slice(&[&[1; 80], drop.as_bytes()]);
    cases.accepts("a witness item", &tx);
    let future = WitnessProgram::new(WitnessVersion::V2, &[1; 32]).unwrap();
    let coin = fund(cases.chain, &Address::from_witness_program(future, Network::Regtest), COIN);
    cases.rejects("a witness version to come", &cases.wallet.sweep(&[coin], 1_000), "bad-txns-nonstandard-inputs");

    // Outputs of unconfirmed parents: anchors, and the children that pay for both.
    let anchor = ScriptBuf::from_bytes(vec![0x51, 0x02, 0x4e, 0x73]);
    let parent = cases.wallet.pay(&[cases.coin()], &[(anchor, 330), (cases.wallet.script(), COIN - 1_000)]);
    let child = cases.wallet.sweep(&[coin_at(&parent, 0), coin_at(&parent, 1)], 1_000);
    cases.push("a child that spends its parent's anchor", vec![parent], &child, Ok(()));
    let keyed = keyed_anchor(&cases.wallet);
    let parent = cases
        .wallet
        .pay(&[cases.coin()], &[(p2wsh(&keyed).script_pubkey(), 330), (cases.wallet.script(), COIN - 1_000)]);
    let mut child = cases.wallet.sweep(&[coin_at(&parent, 0), cases.coin()], 1_000);
    let signature = cases.wallet.sign_script(&child, 0, &keyed, Amount::from_sat(330));
    child.input[0].witness = Witness::from_slice(&[signature.as_slice(), keyed.as_bytes()]);
    cases.push("a child that signs for its anchor", vec![parent.clone()], &child, Ok(()));
    let mut early = cases.wallet.sweep(&[coin_at(&parent, 0), cases.coin()], 5_000);
    early.input[0].witness = Witness::from_slice(&[&[][..], keyed.as_bytes()]);
    early.input[0].sequence = Sequence::from_height(16);
    cases.rejects("anyone's claim on a fresh anchor", &early, "non-BIP68-final");
}

/// BOLT 3's `to_local_anchor`: its owner at once, anyone 16 blocks later.
pub fn keyed_anchor(wallet: &Wallet) -> ScriptBuf {
    Builder::new()
        .push_key(&bitcoin::PublicKey::new(wallet.public().0))
        .push_opcode(OP_CHECKSIG)
        .push_opcode(OP_IFDUP)
        .push_opcode(OP_NOTIF)
        .push_int(16)
        .push_opcode(OP_CSV)
        .push_opcode(OP_ENDIF)
        .into_script()
}

fn script_failure(tx: &Transaction, why: &str) -> String {
    let (txid, wtxid, spent) = (tx.compute_txid(), tx.compute_wtxid(), tx.input[0].previous_output);
    format!("mempool-script-verify-flag-failed ({why}), input 0 of {txid} (wtxid {wtxid}), spending {spent}")
}

fn replacements(cases: &mut Cases) {
    let coin = cases.coin();
    let first = cases.wallet.sweep(std::slice::from_ref(&coin), 1_000);
    let txid = |tx: &Transaction| -> Txid { tx.compute_txid() };
    cases.push("the same again", vec![first.clone()], &first, Ok(()));
    let mut malleated = first.clone();
    malleated.input[0].witness.push([1]);
    cases.push("the same with another witness", Vec::new(), &malleated, Ok(()));
    let lower = cases.wallet.sweep(std::slice::from_ref(&coin), 999);
    cases.rejects("a replacement that pays less", &lower, format!(
        "insufficient fee, rejecting replacement {}; new feerate 0.00009081 BTC/kvB <= old feerate 0.00009090 BTC/kvB", txid(&lower)
    ));
    let close = cases.wallet.sweep(std::slice::from_ref(&coin), 1_109);
    cases.rejects(
        "a replacement that pays hardly more",
        &close,
        format!(
            "insufficient fee, rejecting replacement {}, not enough additional fees to relay; 0.00000109 < 0.0000011",
            txid(&close)
        ),
    );
    let fresh = cases.wallet.pay(&[cases.coin()], &[(cases.wallet.script(), COIN - 1_000)]);
    let adds = cases.wallet.sweep(&[coin.clone(), coin_at(&fresh, 0)], 10_000);
    cases.push(
        "a replacement with a new unconfirmed input",
        vec![fresh],
        &adds,
        Err((-26, format!("replacement-adds-unconfirmed, replacement {} adds unconfirmed input, idx 1", txid(&adds)))),
    );
    let own = cases.wallet.sweep(&[coin.clone(), coin_at(&first, 0)], 50_000);
    cases.rejects(
        "a replacement that spends what it replaces",
        &own,
        format!("bad-txns-spends-conflicting-tx, {} spends conflicting transaction {}", txid(&own), txid(&first)),
    );
    // The child's fee counts too, though its rate does not.
    let child = cases.wallet.sweep(&[coin_at(&first, 0)], 20_000);
    let poorer = cases.wallet.sweep(std::slice::from_ref(&coin), 15_000);
    cases.push(
        "a replacement that pays less than parent and child",
        vec![child],
        &poorer,
        Err((
            -26,
            format!(
                "insufficient fee, rejecting replacement {}, less fees than conflicting txs; 0.00015 < 0.00021",
                txid(&poorer)
            ),
        )),
    );
    let enough = cases.wallet.sweep(&[coin], 21_110);
    cases.accepts("a replacement that pays for all", &enough);
}

fn locks(cases: &mut Cases) {
    let immature = cases.chain.mine(1, Some(&cases.wallet.address())).unwrap();
    let height = cases.chain.info().unwrap().height;
    assert_eq!(immature[0], cases.chain.info().unwrap().best_hash);
    // Every coin first: each one is mined in a block of its own.
    let coins: Vec<Coin> = (0..6).map(|_| cases.coin()).collect();
    let tip = height + 6;
    let locked = |coin: &Coin, lock: u32, sequence: Sequence, cases: &Cases| {
        let mut tx = cases.wallet.sweep(std::slice::from_ref(coin), 1_000);
        tx.lock_time = LockTime::from_consensus(lock);
        tx.input[0].sequence = sequence;
        cases.wallet.sign(&mut tx, std::slice::from_ref(coin));
        tx
    };
    let no_rbf = Sequence::ENABLE_LOCKTIME_NO_RBF;
    cases.rejects("locked to the next block but one", &locked(&coins[0], tip + 1, no_rbf, cases), "non-final");
    cases.accepts("locked to the tip", &locked(&coins[0], tip, no_rbf, cases));
    cases.accepts("locked, with all inputs final", &locked(&coins[1], tip + 1, Sequence::MAX, cases));
    cases.rejects("locked to a time to come", &locked(&coins[2], 4_000_000_000, no_rbf, cases), "non-final");
    cases.accepts("locked to a time long ago", &locked(&coins[2], 1_500_000_000, no_rbf, cases));
    // Coin 3 has 3 confirmations; in the next block its age is 3.
    cases.rejects("too young by a block", &locked(&coins[3], 0, Sequence::from_height(4), cases), "non-BIP68-final");
    cases.accepts("just old enough", &locked(&coins[3], 0, Sequence::from_height(3), cases));
    let hours = Sequence::from_512_second_intervals(10);
    cases.rejects("too young by an hour", &locked(&coins[4], 0, hours, cases), "non-BIP68-final");
    let mut old = locked(&coins[4], 0, hours, cases);
    old.version = Version::ONE;
    cases.wallet.sign(&mut old, &coins[4..5]);
    cases.accepts("version 1 knows no relative locks", &old);
}

/// Spends a coinbase made a few blocks ago.
pub fn premature(chain: &Chain) -> Case {
    let wallet = Wallet::new(7);
    let hash = chain.mine(1, Some(&wallet.address())).unwrap()[0];
    let mut client = super::client::Client::of(chain);
    let block = client.ok("getblock", serde_json::json!([hash.to_string(), 0]));
    let block: bitcoin::Block = bitcoin::consensus::encode::deserialize_hex(block.as_str().unwrap()).unwrap();
    chain.mine(6, None).unwrap();
    let tx = wallet.sweep(&[coin_at(&block.txdata[0], 0)], 1_000);
    Case {
        name: "a young coinbase",
        before: Vec::new(),
        hex: serialize_hex(&tx),
        expected: Err((-26, "bad-txns-premature-spend-of-coinbase, tried to spend coinbase at depth 7".to_owned())),
    }
}
