//! The data directory: made private, locked against a second owner.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::failure::{Failure, Kind};

/// The lock on a data directory; freed when dropped, and by the kernel when the process dies.
pub struct DirLock {
    _file: File,
}

/// Makes `dir` with mode 0700, or tightens it to that.
pub fn prepare(dir: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .and_then(|()| std::fs::set_permissions(dir, Permissions::from_mode(0o700)));
    made.map_err(|error| unwritable(dir, &error))
}

/// Takes the lock; two writers on one directory lose funds, and ldk-node itself has no lock.
pub fn lock(dir: &Path) -> Result<DirLock, Failure> {
    let path = dir.join("lock");
    let mut file = private_file().read(true).truncate(false).open(&path).map_err(|error| unwritable(dir, &error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            let message = format!("{} is in use by another process; stop that one first.", dir.display());
            return Err(Failure::new(Kind::DataDirInUse, message).detail(pid.trim()));
        }
        Err(TryLockError::Error(error)) => return Err(unwritable(dir, &error)),
    }
    let written = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())).and_then(|()| file.sync_all());
    written.map_err(|error| unwritable(dir, &error))?;
    Ok(DirLock { _file: file })
}

/// Options for a file only its owner may read, whatever the umask.
pub fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

pub fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("{} cannot be written; check its owner, its permissions and the free space.", path.display());
    Failure::new(Kind::DataDirUnwritable, message).detail(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_lock_names_the_owner() {
        let dir = tempfile::tempdir().unwrap();
        let held = lock(dir.path()).unwrap();
        let failure = lock(dir.path()).err().unwrap();
        assert_eq!(failure.kind, Kind::DataDirInUse);
        assert_eq!(failure.detail, Some(std::process::id().to_string()));
        drop(held);
        lock(dir.path()).unwrap();
    }

    #[test]
    fn directory_and_files_are_private() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("a/b");
        prepare(&dir).unwrap();
        let _lock = lock(&dir).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&dir.join("lock")), 0o600);
    }
}
