//! What enters the mempool and what is refused, with bitcoind's codes and words.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use bitcoin::consensus::encode::serialize_hex;
use serde_json::json;
use support::cases;
use support::client::Client;
use support::open;

#[test]
fn every_case_is_answered_as_by_bitcoind() {
    let chain = open();
    chain.mine(50, None).unwrap();
    let list = cases::all(&chain);
    let mut client = Client::of(&chain);
    let mut wrong = Vec::new();
    let mut judge = |case: &cases::Case, client: &mut Client| {
        for tx in &case.before {
            client.call("sendrawtransaction", json!([serialize_hex(tx)])).unwrap();
        }
        let answer = client.call("sendrawtransaction", json!([case.hex])).map(|_| ());
        if answer != case.expected {
            wrong.push(format!("{}:\n  expected {:?}\n  answered {answer:?}", case.name, case.expected));
        }
    };
    for case in &list {
        judge(case, &mut client);
    }
    chain.mine(1, None).unwrap();
    judge(&cases::premature(&chain), &mut client);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
