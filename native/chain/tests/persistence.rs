//! The data directory: reopening, interrupted writes, damage and locks.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;

use peer_stables_chain::{Chain, ChainConfig, ChainError};
use serde_json::json;
use support::client::Client;
use support::open_in;
use support::wallet::Wallet;

fn log(dir: &Path) -> std::path::PathBuf {
    dir.join("blocks.log")
}

fn failure(dir: &Path) -> ChainError {
    match Chain::open(ChainConfig { rpc_port: 0, data_dir: Some(dir.to_owned()) }) {
        Ok(_) => panic!("opened"),
        Err(error) => error,
    }
}

#[test]
fn blocks_reorganisations_and_mempool_are_there_again() {
    let dir = tempfile::tempdir().unwrap();
    let wallet = Wallet::new(1);
    let chain = open_in(dir.path());
    let coin = wallet.coin(&chain, 1_000_000);
    chain.mine(3, Some(&wallet.address())).unwrap();
    let reorg = chain.reorg(2, 3).unwrap();
    let waiting = chain.submit(wallet.sweep(&[coin], 1_000)).unwrap();
    let (before, total) = (chain.info().unwrap(), chain.total_unspent().unwrap());
    let mut client = Client::of(&chain);
    let entry = client.ok("getmempoolentry", json!([waiting.to_string()]));
    chain.close().unwrap();
    let chain = open_in(dir.path());
    let after = chain.info().unwrap();
    assert_eq!((after.height, after.best_hash), (before.height, before.best_hash));
    assert_eq!(chain.total_unspent().unwrap(), total);
    assert_eq!(chain.mempool().unwrap(), vec![waiting]);
    let mut client = Client::of(&chain);
    assert_eq!(client.ok("getmempoolentry", json!([waiting.to_string()]))["time"], entry["time"]);
    let stale = client.ok("getblockheader", json!([reorg.disconnected[0].to_string()]));
    assert_eq!(stale["confirmations"], -1);
    wallet.coin(&chain, 5_000);
    assert!(chain.mempool().unwrap().is_empty());
}

#[test]
fn without_a_clean_close_only_the_mempool_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let wallet = Wallet::new(1);
    let chain = open_in(dir.path());
    let coin = wallet.coin(&chain, 1_000_000);
    chain.submit(wallet.sweep(std::slice::from_ref(&coin), 1_000)).unwrap();
    // What a kill leaves behind.
    for name in ["blocks.log", "faucet.key"] {
        fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
    }
    let again = open_in(copy.path());
    assert_eq!(again.info().unwrap().best_hash, chain.info().unwrap().best_hash);
    assert!(again.mempool().unwrap().is_empty());
    assert_eq!(again.transaction(&coin.outpoint.txid).unwrap().unwrap().confirmations, 1);
}

#[test]
fn a_write_cut_short_anywhere_loses_only_itself() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open_in(dir.path());
    chain.mine(1, None).unwrap();
    let kept = chain.info().unwrap().best_hash;
    let whole = fs::metadata(log(dir.path())).unwrap().len();
    chain.mine(1, None).unwrap();
    chain.close().unwrap();
    let bytes = fs::read(log(dir.path())).unwrap();
    let whole = usize::try_from(whole).unwrap();
    for end in (whole..bytes.len()).step_by(7) {
        fs::write(log(dir.path()), &bytes[..end]).unwrap();
        let chain = open_in(dir.path());
        assert_eq!(chain.info().unwrap().best_hash, kept, "cut at {end}");
        assert_eq!(chain.info().unwrap().height, 111);
        drop(chain);
        assert_eq!(fs::metadata(log(dir.path())).unwrap().len(), whole as u64, "cut at {end}");
    }
    // Space that was given to the file but never written.
    let mut zeros = bytes[..whole].to_vec();
    zeros.resize(whole + 4_096, 0);
    fs::write(log(dir.path()), &zeros).unwrap();
    let chain = open_in(dir.path());
    assert_eq!(chain.info().unwrap().best_hash, kept);
    // And it goes on from there.
    chain.mine(5, None).unwrap();
    let tip = chain.info().unwrap().best_hash;
    drop(chain);
    assert_eq!(open_in(dir.path()).info().unwrap().best_hash, tip);
}

#[test]
fn damage_before_the_end_is_refused_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open_in(dir.path());
    let first = usize::try_from(fs::metadata(log(dir.path())).unwrap().len()).unwrap();
    chain.mine(1, None).unwrap();
    chain.mine(1, None).unwrap();
    chain.close().unwrap();
    let good = fs::read(log(dir.path())).unwrap();
    // In the magic line; in the head, the length, the checksum and the payload of the first and the second record.
    for offset in [3, 22, 30, 34, 500, first + 2, first + 9, first + 14, first + 60] {
        let mut bad = good.clone();
        bad[offset] ^= 0x10;
        fs::write(log(dir.path()), &bad).unwrap();
        let error = failure(dir.path());
        assert_eq!(error.code(), "data_damaged", "byte {offset}: {error}");
        assert!(error.to_string().contains("blocks.log"), "{error}");
        assert_eq!(fs::read(log(dir.path())).unwrap(), bad, "a refused file is left as it is");
    }
    fs::write(log(dir.path()), &good).unwrap();
    assert_eq!(open_in(dir.path()).info().unwrap().height, 112);
}

#[test]
fn a_chain_without_its_blocks_or_its_key_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open_in(dir.path());
    chain.mine(1, None).unwrap();
    drop(chain);
    let key = fs::read_to_string(dir.path().join("faucet.key")).unwrap();
    fs::remove_file(dir.path().join("faucet.key")).unwrap();
    assert!(failure(dir.path()).to_string().contains("faucet.key"));
    fs::write(dir.path().join("faucet.key"), "nonsense").unwrap();
    assert_eq!(failure(dir.path()).code(), "data_damaged");
    fs::write(dir.path().join("faucet.key"), &key).unwrap();
    let good = fs::read(log(dir.path())).unwrap();
    fs::write(log(dir.path()), "").unwrap();
    assert!(failure(dir.path()).to_string().contains("first blocks are missing"));
    fs::write(log(dir.path()), good).unwrap();
    assert_eq!(open_in(dir.path()).info().unwrap().height, 111);
}

#[test]
fn a_chain_whose_making_was_interrupted_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    drop(open_in(dir.path()));
    fs::remove_file(dir.path().join("faucet.key")).unwrap();
    let chain = open_in(dir.path());
    assert_eq!(chain.info().unwrap().height, 110);
    Wallet::new(1).coin(&chain, 1_000_000);
}

#[test]
fn a_damaged_mempool_file_is_an_empty_mempool() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open_in(dir.path());
    let wallet = Wallet::new(1);
    let coin = wallet.coin(&chain, 1_000_000);
    chain.submit(wallet.sweep(&[coin], 1_000)).unwrap();
    chain.close().unwrap();
    let path = dir.path().join("mempool.dat");
    let mut bytes = fs::read(&path).unwrap();
    bytes[40] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(open_in(dir.path()).mempool().unwrap().is_empty());
}

#[test]
fn two_chains_cannot_share_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let chain = open_in(dir.path());
    let error = failure(dir.path());
    assert_eq!(error.code(), "data_dir_in_use");
    assert!(error.to_string().contains(&dir.path().display().to_string()), "{error}");
    drop(chain);
    open_in(dir.path());
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = failure(&file.path().join("below"));
    assert_eq!(error.code(), "data_dir_unwritable");
    assert!(error.to_string().contains("below"), "{error}");
}

#[cfg(unix)]
#[test]
fn files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("new").join("chain");
    drop(open_in(&dir));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for name in ["faucet.key", "mempool.dat"] {
        assert_eq!(mode(&dir.join(name)), 0o600, "{name}");
    }
}
