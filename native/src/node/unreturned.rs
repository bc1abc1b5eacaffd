//! Which monitor updates LDK was still waiting for when the process ended.
//!
//! Until the write of an update returns, LDK goes on with nothing: no message leaves, and no manager can contain it, since
//! a manager is only written between updates. A kill during the sync of such a write leaves the update in the database
//! and the manager behind it, and LDK would close the channel. Without the update both are of one moment again.
//!
//! The note is kept in memory that belongs to the kernel (tmpfs): it survives the process and nothing else, so neither a
//! power cut nor a failing disk can make an update that returned look as if it had not. Where there is no such memory,
//! or where it is not ours alone, nothing is noted and nothing is ever dropped.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::sync::lock;

pub const MONITOR_UPDATES: &str = "monitor_updates";

const MEMORY: &str = "/dev/shm";
const SLOTS: usize = 64;
const SLOT_BYTES: usize = 256;
/// Kinds of steps of a `ChannelMonitorUpdate` (LDK 0.2, channelmonitor.rs): new commitments and their HTLCs, revealed
/// secrets, preimages. All of them only add to what a monitor knows. The others may have acted on the chain already.
const DROPPABLE: &[u8] = &[0, 1, 2, 3, 6, 8];

pub struct Unreturned {
    file: Option<File>,
    path: Option<PathBuf>,
    free: Mutex<Vec<usize>>,
}

impl Drop for Unreturned {
    /// After a clean end there is nothing to tell the next run.
    fn drop(&mut self) {
        if lock(&self.free).len() == SLOTS {
            let _ = self.path.take().map(std::fs::remove_file);
        }
    }
}

/// A channel's namespace and the update's number, as the store's keys spell them.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Update {
    pub channel: String,
    pub id: u64,
}

impl Unreturned {
    /// @returns what the last run of this data folder left, too
    pub fn open(dir: &Path) -> (Self, Vec<Update>) {
        let path = place_of(dir);
        let file = path.as_deref().and_then(own_file);
        let left = file.as_ref().map(read_all).unwrap_or_default();
        (Self { path: file.is_some().then_some(path).flatten(), file, free: Mutex::new((0..SLOTS).collect()) }, left)
    }

    /// Forgets what the last run left: it has been dealt with.
    pub fn clear(&self) {
        for slot in 0..SLOTS {
            self.put(slot, &[0]);
        }
    }

    /// Notes an update before it is written. @returns where, for `returned`
    pub fn writing(&self, channel: &str, id: &str) -> Option<usize> {
        let slot = self.file.as_ref().and_then(|_| lock(&self.free).pop())?;
        let text = format!("{channel}/{id}");
        let length = u8::try_from(text.len()).ok().filter(|length| usize::from(*length) < SLOT_BYTES);
        let noted = length.is_some_and(|length| self.put(slot, &[&[length], text.as_bytes()].concat()));
        if noted {
            return Some(slot);
        }
        lock(&self.free).push(slot);
        None
    }

    /// LDK goes on from here. @returns false where the note could not be taken back: then the write must not return
    #[must_use]
    pub fn returned(&self, slot: usize) -> bool {
        let cleared = self.put(slot, &[0]);
        lock(&self.free).push(slot);
        cleared
    }

    /// One small write within a page: a kill leaves it done or not begun.
    fn put(&self, slot: usize, bytes: &[u8]) -> bool {
        self.file.as_ref().is_some_and(|file| file.write_all_at(bytes, (slot * SLOT_BYTES) as u64).is_ok())
    }
}

/// One file for each data folder, known by the folder's place on its disk.
fn place_of(dir: &Path) -> Option<PathBuf> {
    let folder = dir.metadata().ok()?;
    let name = format!("peer-stables-{}-{:x}-{:x}", folder.uid(), folder.dev(), folder.ino());
    Path::new(MEMORY).is_dir().then(|| Path::new(MEMORY).join(name))
}

/// Ours, and nobody else's to write: in a folder open to all, another user may have put something there first.
fn own_file(path: &Path) -> Option<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    let file = options.open(path).ok()?;
    let found = file.metadata().ok()?;
    // SAFETY: it takes nothing and can't fail.
    let us = unsafe { libc::geteuid() };
    (found.is_file() && found.uid() == us && found.mode() & 0o777 == 0o600 && found.nlink() == 1).then_some(file)
}

fn read_all(file: &File) -> Vec<Update> {
    (0..SLOTS).filter_map(|slot| read_one(file, slot)).collect()
}

fn read_one(file: &File, slot: usize) -> Option<Update> {
    let mut bytes = [0; SLOT_BYTES];
    file.read_at(&mut bytes, (slot * SLOT_BYTES) as u64).ok()?;
    let text = std::str::from_utf8(bytes.get(1..=usize::from(bytes[0]))?).ok()?;
    let (channel, id) = text.split_once('/')?;
    Some(Update { channel: channel.into(), id: id.parse().ok()? })
}

/// Whether an update, as LDK serialized it, does nothing but add to what the monitor knows.
pub fn may_be_dropped(id: u64, bytes: &[u8]) -> bool {
    kinds_of(id, bytes).is_some_and(|kinds| !kinds.is_empty() && kinds.iter().all(|kind| DROPPABLE.contains(kind)))
}

/// The kinds of an update's steps; nothing where anything is not as LDK 0.2 writes it.
fn kinds_of(id: u64, bytes: &[u8]) -> Option<Vec<u8>> {
    let (versions, rest) = bytes.split_at_checked(2)?;
    let (found, rest) = rest.split_first_chunk::<8>()?;
    let (count, mut rest) = rest.split_first_chunk::<8>()?;
    let count = u64::from_be_bytes(*count);
    if versions != [1, 1] || u64::from_be_bytes(*found) != id || count > 16 {
        return None;
    }
    let mut kinds = Vec::new();
    for _ in 0..count {
        let (kind, more) = rest.split_first()?;
        let (length, more) = big_size(more)?;
        rest = more.get(length..)?;
        kinds.push(*kind);
    }
    Some(kinds)
}

/// A length as BOLT 1 writes it.
fn big_size(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    match first {
        0xff => rest.split_first_chunk().map(|(n, rest)| (u64::from_be_bytes(*n), rest)),
        0xfe => rest.split_first_chunk().map(|(n, rest)| (u64::from(u32::from_be_bytes(*n)), rest)),
        0xfd => rest.split_first_chunk().map(|(n, rest)| (u64::from(u16::from_be_bytes(*n)), rest)),
        n => Some((u64::from(*n), rest)),
    }
    .and_then(|(n, rest)| Some((usize::try_from(n).ok()?, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(id: u64, steps: &[(u8, usize)]) -> Vec<u8> {
        let mut bytes = vec![1, 1];
        bytes.extend(id.to_be_bytes());
        bytes.extend((steps.len() as u64).to_be_bytes());
        for (kind, length) in steps {
            bytes.push(*kind);
            match u16::try_from(*length) {
                Ok(length) if length >= 0xfd => bytes.extend([&[0xfd][..], &length.to_be_bytes()].concat()),
                _ => bytes.push(u8::try_from(*length).unwrap()),
            }
            bytes.extend(vec![7; *length]);
        }
        bytes.push(0);
        bytes
    }

    #[test]
    fn what_only_adds_may_be_dropped() {
        assert!(may_be_dropped(9, &update(9, &[(3, 40)])));
        assert!(may_be_dropped(9, &update(9, &[(0, 700), (2, 33)])));
    }

    #[test]
    fn what_may_have_acted_or_is_not_understood_stays() {
        assert!(!may_be_dropped(9, &update(9, &[(3, 40), (4, 1)])));
        assert!(!may_be_dropped(9, &update(9, &[(7, 1)])));
        assert!(!may_be_dropped(9, &update(8, &[(3, 40)])));
        assert!(!may_be_dropped(9, &update(9, &[])));
        let good = update(9, &[(0, 700)]);
        assert!((0..600).all(|end| !may_be_dropped(9, &good[..end])));
        assert!(!may_be_dropped(9, &[&[2, 1], &good[2..]].concat()));
    }

    #[test]
    fn a_note_stays_until_it_is_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        // An earlier folder, gone by now, may have had the same place on the disk.
        let _ = std::fs::remove_file(place_of(dir.path()).unwrap());
        let (first, left) = Unreturned::open(dir.path());
        assert_eq!(left, []);
        let kept = first.writing("aa_1", "7");
        let gone = first.writing("bb_0", "12").unwrap();
        assert!(kept.is_some() && first.returned(gone));
        // As if it were killed: it does not get to clean up.
        std::mem::forget(first);
        let (second, left) = Unreturned::open(dir.path());
        assert_eq!(left, [Update { channel: "aa_1".into(), id: 7 }]);
        second.clear();
        assert_eq!(Unreturned::open(dir.path()).1, []);
        drop(second);
        assert!(!place_of(dir.path()).unwrap().exists());
    }

    #[test]
    fn more_at_once_than_there_is_room_for_are_not_noted() {
        let dir = tempfile::tempdir().unwrap();
        let (notes, _) = Unreturned::open(dir.path());
        let slots: Vec<_> = (0..=SLOTS).map(|id| notes.writing("aa_1", &id.to_string())).collect();
        assert_eq!(slots.iter().filter(|slot| slot.is_none()).count(), 1);
        std::fs::remove_file(place_of(dir.path()).unwrap()).unwrap();
    }

    #[test]
    fn a_file_others_could_write_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notes");
        std::fs::write(&path, "x").unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o622)).unwrap();
        assert!(own_file(&path).is_none());
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(own_file(&link).is_none());
    }
}
