//! The chain on disk: one append-only file of steps, each synced before it is answered.
//!
//! `blocks.log` is a magic line and then records: 8 bytes head (the first half of SHA-256d over the length), 4 bytes
//! length, 8 bytes checksum of the payload, payload. A payload is one step of the chain: how many blocks it
//! disconnects and the blocks it connects, so that a reorganisation is there whole or not at all.
//!
//! A write that was cut short leaves a damaged last record: it is dropped. Damage before the last record is an error.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bitcoin::consensus::encode::{deserialize_partial, serialize};
use bitcoin::hashes::{sha256d, Hash};
use bitcoin::Block;

use crate::error::ChainError;

const MAGIC: &[u8] = b"peer-stables chain 1\n";
const HEAD: usize = 20;
const BLOCKS_FILE: &str = "blocks.log";

/// One change of the active chain.
#[derive(Debug)]
pub struct Step {
    pub disconnect: u32,
    pub blocks: Vec<Block>,
}

/// The open log. It is locked against other chains for as long as it lives.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    /// Where the next record goes: the end of the last good one.
    end: u64,
    /// Set when a failed write could not be taken back; nothing is written after it.
    broken: bool,
}

impl Journal {
    /// Opens the log of `dir` and answers what it holds; no steps when there is none yet.
    pub fn open(dir: &Path) -> Result<(Self, Vec<Step>), ChainError> {
        let path = dir.join(BLOCKS_FILE);
        let failed = |error: io::Error| unusable(&path, &error);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        if file.try_lock().is_err() {
            return Err(ChainError::DataDirInUse { path: dir.to_owned() });
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let (steps, end) = parse(&bytes).map_err(|(offset, reason)| ChainError::Damaged {
            path: path.clone(),
            offset: offset as u64,
            reason: reason.to_owned(),
        })?;
        let mut journal = Self { file, path, end: end as u64, broken: false };
        if steps.is_empty() {
            journal.write_at(0, MAGIC)?;
        }
        journal.truncate().map_err(|error| unusable(&journal.path, &error))?;
        Ok((journal, steps))
    }

    /// Empties the log, for a chain whose making was interrupted.
    pub fn reset(&mut self) -> Result<(), ChainError> {
        self.end = MAGIC.len() as u64;
        self.truncate().map_err(|error| unusable(&self.path, &error))
    }

    /// A defect of the log as a whole.
    #[must_use]
    pub fn damaged(&self, reason: String) -> ChainError {
        ChainError::Damaged { path: self.path.clone(), offset: self.end, reason }
    }

    /// Appends a step and returns once it is on the disk. After an error the log is as it was.
    pub fn append(&mut self, disconnect: u32, blocks: &[Arc<Block>]) -> Result<(), ChainError> {
        if self.broken {
            let reason = io::Error::other("an earlier write failed and could not be taken back");
            return Err(unusable(&self.path, &reason));
        }
        let mut payload = disconnect.to_be_bytes().to_vec();
        payload.extend(u32::try_from(blocks.len()).unwrap_or(u32::MAX).to_be_bytes());
        for block in blocks {
            payload.extend(serialize(block.as_ref()));
        }
        self.write_at(
            self.end,
            &record(&payload).ok_or_else(|| ChainError::BadArgument {
                what: "blocks",
                reason: "too many for one call; mine fewer at once".to_owned(),
            })?,
        )
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), ChainError> {
        let written = self
            .file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| self.file.write_all(bytes))
            .and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.end = offset + bytes.len() as u64;
                Ok(())
            }
            Err(error) => {
                self.broken = self.truncate().is_err();
                Err(unusable(&self.path, &error))
            }
        }
    }

    /// Cuts off whatever lies after the last good record.
    fn truncate(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() != self.end {
            self.file.set_len(self.end)?;
            self.file.sync_all()?;
        }
        Ok(())
    }
}

/// Frames a payload as a record; `None` when it is 4 GiB or more.
#[must_use]
pub fn record(payload: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(payload.len()).ok()?.to_be_bytes();
    let mut bytes = checksum(&length).to_vec();
    bytes.extend(length);
    bytes.extend(checksum(payload));
    bytes.extend(payload);
    Some(bytes)
}

/// Reads the record at the start of `bytes`.
#[must_use]
pub fn read_record(bytes: &[u8]) -> Framing<'_> {
    let (Some(head), Some(length), Some(sum)) = (bytes.get(..8), bytes.get(8..12), bytes.get(12..HEAD)) else {
        return Framing::Short;
    };
    if head != checksum(length) {
        return Framing::BadHead;
    }
    let length = length.iter().fold(0usize, |value, byte| value << 8 | usize::from(*byte));
    match bytes.get(HEAD..HEAD + length) {
        None => Framing::Short,
        Some(payload) if sum != checksum(payload) => Framing::BadPayload { size: HEAD + length },
        Some(payload) => Framing::Whole { payload, size: HEAD + length },
    }
}

/// What is found where a record should begin.
pub enum Framing<'a> {
    Whole {
        payload: &'a [u8],
        size: usize,
    },
    /// The file ends inside the record.
    Short,
    BadHead,
    BadPayload {
        size: usize,
    },
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    let digest = sha256d::Hash::hash(bytes).to_byte_array();
    let mut sum = [0; 8];
    sum.copy_from_slice(digest.split_at(8).0);
    sum
}

type Damage = (usize, &'static str);

/// The steps in a log and where the last good record ends.
fn parse(bytes: &[u8]) -> Result<(Vec<Step>, usize), Damage> {
    if bytes.len() <= MAGIC.len() && MAGIC.starts_with(bytes) {
        return Ok((Vec::new(), MAGIC.len()));
    }
    if !bytes.starts_with(MAGIC) {
        return Err((0, "it does not begin as a chain's log does"));
    }
    let mut steps = Vec::new();
    let mut offset = MAGIC.len();
    while let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
        match read_record(rest) {
            Framing::Whole { payload, size } => {
                steps.push(read_step(payload).ok_or((offset, "a record whose checksum is right holds no blocks"))?);
                offset += size;
            }
            Framing::BadPayload { size } if size < rest.len() => return Err((offset, "a record's checksum is wrong")),
            Framing::BadHead if has_record(rest) => return Err((offset, "a record's head is wrong")),
            Framing::Short | Framing::BadHead | Framing::BadPayload { .. } => break,
        }
    }
    Ok((steps, offset))
}

/// Whether a whole record begins anywhere in `bytes`: then what comes before it was not cut short but damaged.
fn has_record(bytes: &[u8]) -> bool {
    (1..bytes.len())
        .any(|start| bytes.get(start..).is_some_and(|rest| matches!(read_record(rest), Framing::Whole { .. })))
}

fn read_step(payload: &[u8]) -> Option<Step> {
    let number = |range: std::ops::Range<usize>| {
        payload.get(range).map(|bytes| bytes.iter().fold(0u32, |value, byte| value << 8 | u32::from(*byte)))
    };
    let (disconnect, count) = (number(0..4)?, number(4..8)?);
    let mut rest = payload.get(8..)?;
    let mut blocks = Vec::new();
    for _ in 0..count {
        let (block, used) = deserialize_partial::<Block>(rest).ok()?;
        blocks.push(block);
        rest = rest.get(used..)?;
    }
    rest.is_empty().then_some(Step { disconnect, blocks })
}

fn unusable(path: &Path, error: &io::Error) -> ChainError {
    ChainError::DataDir { path: path.to_owned(), reason: error.to_string() }
}
