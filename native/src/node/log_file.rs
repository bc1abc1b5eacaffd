//! `node.log`, rotated by size. A log that cannot be written is no reason to stop a node: such lines are lost.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};

use super::config::Level;
use super::data_dir::private_file;

pub struct LogFile {
    path: PathBuf,
    file: Option<File>,
    size: u64,
    max_bytes: u64,
    files: u32,
}

impl LogFile {
    /// Appends to `dir/node.log`; keeps `files` files of about `max_bytes` each, `node.log.1` being the youngest old one.
    pub fn open(dir: &Path, max_bytes: u64, files: u32) -> std::io::Result<Self> {
        let path = dir.join("node.log");
        let file = append(&path)?;
        let size = file.metadata()?.len();
        Ok(Self { path, file: Some(file), size, max_bytes, files })
    }

    pub fn append(&mut self, at: SystemTime, level: Level, module: &str, message: &str) {
        let time = DateTime::<Utc>::from(at).to_rfc3339_opts(SecondsFormat::Millis, true);
        let line = format!("{time} {:<5} [{module}] {}\n", level.name(), message.replace('\n', " "));
        let length = line.len() as u64;
        if self.size > 0 && self.size + length > self.max_bytes {
            self.rotate();
        }
        if let Some(file) = &mut self.file {
            if file.write_all(line.as_bytes()).is_ok() {
                self.size += length;
            }
        }
    }

    fn rotate(&mut self) {
        self.file = None;
        let numbered = |number: u32| self.path.with_file_name(format!("node.log.{number}"));
        for number in (1..self.files.saturating_sub(1)).rev() {
            let _ = std::fs::rename(numbered(number), numbered(number + 1));
        }
        let _ =
            if self.files > 1 { std::fs::rename(&self.path, numbered(1)) } else { std::fs::remove_file(&self.path) };
        self.file = append(&self.path).ok();
        self.size = 0;
    }
}

fn append(path: &Path) -> std::io::Result<File> {
    private_file().append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn it_rotates_and_keeps_the_asked_number_of_files() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = LogFile::open(dir.path(), 200, 3).unwrap();
        for number in 0..100 {
            log.append(SystemTime::now(), Level::Info, "module", &format!("line {number}"));
        }
        let mut names: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["node.log", "node.log.1", "node.log.2"]);
        assert!(std::fs::read_to_string(dir.path().join("node.log")).unwrap().contains("line 99"));
        for name in names {
            let file = std::fs::metadata(dir.path().join(name)).unwrap();
            assert!(file.len() <= 200);
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn one_line_stays_one_line() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = LogFile::open(dir.path(), 1000, 1).unwrap();
        log.append(SystemTime::now(), Level::Warn, "m", "a\nb");
        assert_eq!(std::fs::read_to_string(dir.path().join("node.log")).unwrap().lines().count(), 1);
    }
}
