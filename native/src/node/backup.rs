//! A consistent copy of the node's database while it is in use.
//!
//! It has to be made in here: a second copy of `SQLite` in this process (JavaScript's) that opened and closed the file
//! would drop this one's locks (<https://www.sqlite.org/howtocorrupt.html>, 2.2).

use std::fs::File;
use std::path::{Path, PathBuf};

use ldk_node::io::sqlite_store::SQLITE_DB_FILE_NAME;
use rusqlite::{Connection, OpenFlags};
use serde::Deserialize;
use serde_json::json;
use serde_json::Value;

use super::data_dir::private_file;
use super::live::Live;
use super::methods::Answer;
use crate::failure::{Failure, Kind};
use crate::rpc::params;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    path: PathBuf,
}

pub fn backup(live: &Live, input: Value) -> Answer {
    let Target { path } = params(input)?;
    if !path.is_absolute() {
        return Err(Failure::new(Kind::BadParams, "path: must be an absolute path"));
    }
    copy(&live.setting.config.data_dir.join(SQLITE_DB_FILE_NAME), &path).map_err(|reason| {
        let message = format!("{} cannot be written; choose a new name on a disk with room.", path.display());
        Failure::new(Kind::PersistenceFailed, message).detail(reason)
    })?;
    Ok(json!({}))
}

/// One snapshot of `from` in a new file, mode 0600, on disk when this returns.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    private_file().create_new(true).open(to).map_err(|error| error.to_string())?;
    let copied = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .and_then(|source| source.execute("VACUUM INTO ?1", [to.to_string_lossy()]))
        .map_err(|error| error.to_string())
        .and_then(|_| File::open(to).and_then(|file| file.sync_all()).map_err(|error| error.to_string()));
    if copied.is_err() {
        let _ = std::fs::remove_file(to);
    }
    copied
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_copy_is_whole_private_and_never_replaces_anything() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a"), dir.path().join("b"));
        let source = Connection::open(&from).unwrap();
        source.pragma_update(None, "journal_mode", "WAL").unwrap();
        source.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (7)").unwrap();
        copy(&from, &to).unwrap();
        source.execute_batch("INSERT INTO t VALUES (8)").unwrap();
        let rows: i64 =
            Connection::open(&to).unwrap().query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
        assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(copy(&from, &to).is_err());
        let rows: i64 =
            Connection::open(&to).unwrap().query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_copy_that_fails_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("b");
        assert!(copy(&dir.path().join("missing"), &to).is_err());
        assert!(!to.exists());
    }
}
