//! The small files beside the log: the faucet's key and the mempool of the last clean close.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use bitcoin::consensus::encode::{deserialize_partial, serialize};
use bitcoin::secp256k1::SecretKey;
use bitcoin::Transaction;

use crate::error::ChainError;
use crate::journal::{read_record, record, Framing};
use crate::mempool::Mempool;

const KEY_FILE: &str = "faucet.key";
const MEMPOOL_FILE: &str = "mempool.dat";

/// Makes `dir` (mode 0700) if it is not there.
pub fn make(dir: &Path) -> Result<(), ChainError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|error| unusable(dir, &error))
}

/// The faucet's key, `None` when the directory has none yet.
pub fn read_key(dir: &Path) -> Result<Option<SecretKey>, ChainError> {
    let path = dir.join(KEY_FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(&path, &error)),
    };
    match text.trim().parse() {
        Ok(key) => Ok(Some(key)),
        Err(_) => {
            Err(ChainError::Damaged { path, offset: 0, reason: "it holds no key of 64 hexadecimal digits".to_owned() })
        }
    }
}

/// Stores the faucet's key (mode 0600). Its presence says that the chain's first blocks are complete on the disk.
pub fn write_key(dir: &Path, key: &SecretKey) -> Result<(), ChainError> {
    write(dir, KEY_FILE, format!("{}\n", key.display_secret()).as_bytes())
}

/// Stores the mempool's transactions with their times of arrival.
pub fn write_mempool(dir: &Path, mempool: &Mempool) -> Result<(), ChainError> {
    let mut payload = Vec::new();
    for entry in mempool.iter() {
        payload.extend(entry.time.to_be_bytes());
        payload.extend(serialize(entry.tx.as_ref()));
    }
    match record(&payload) {
        Some(bytes) => write(dir, MEMPOOL_FILE, &bytes),
        None => Ok(()),
    }
}

/// The transactions of the last clean close. As with bitcoind, a file that cannot be used means an empty mempool: its
/// transactions are not part of the chain, and whoever made them sends them again.
#[must_use]
pub fn read_mempool(dir: &Path) -> Vec<(u64, Transaction)> {
    let bytes = fs::read(dir.join(MEMPOOL_FILE)).unwrap_or_default();
    let mut found = Vec::new();
    if let Framing::Whole { payload, .. } = read_record(&bytes) {
        let mut rest = payload;
        while let Some((time, tail)) = rest.split_first_chunk::<8>() {
            let Ok((tx, used)) = deserialize_partial::<Transaction>(tail) else { break };
            found.push((u64::from_be_bytes(*time), tx));
            rest = tail.get(used..).unwrap_or_default();
        }
    }
    found
}

/// Writes a private file so that it is there whole or not at all, even when the power fails.
fn write(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), ChainError> {
    let path = dir.join(name);
    let draft = dir.join(format!("{name}.new"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        sync_dir(dir)
    });
    written.map_err(|error| unusable(&path, &error))
}

#[cfg(unix)]
fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Directories cannot be opened for syncing here; renames are durable without.
#[cfg(not(unix))]
fn sync_dir(_dir: &Path) -> io::Result<()> {
    Ok(())
}

fn unusable(path: &Path, error: &io::Error) -> ChainError {
    ChainError::DataDir { path: path.to_owned(), reason: error.to_string() }
}
