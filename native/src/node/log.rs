//! ldk-node's log: into a rotated file, into a ring for the screen, and beside the call that caused it.
//!
//! ldk-node's errors carry no reason; it only logs it. A call's own lines are written on its own thread, since its
//! future is polled there; what a peer's answer causes is logged by a background thread within the call's time.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use ldk_node::logger::{LogLevel, LogRecord, LogWriter};
use serde_json::{json, Value};

use super::config::{Level, LogConfig};
use super::downloads::Downloads;
use super::fee_rates::FeeRates;
use super::log_file::LogFile;
use crate::numbers::decimal;
use crate::sync::lock;

const REDACTED: &str = "[redacted]";
/// Lines of reason attached to one failure.
const MOST_REASONS: usize = 3;

pub struct Log {
    level: Level,
    ring_lines: usize,
    secrets: Vec<String>,
    state: Mutex<State>,
    shut: AtomicBool,
    /// What the log says of the fee rates LDK works with.
    pub fee_rates: FeeRates,
    pub downloads: Downloads,
}

struct State {
    file: LogFile,
    ring: VecDeque<Line>,
    next_seq: u64,
}

struct Line {
    seq: u64,
    at: u64,
    level: Level,
    module: String,
    message: String,
}

thread_local! {
    /// Warnings and errors of the call this thread is in.
    static CALL: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

impl Log {
    pub fn new(config: &LogConfig, file: LogFile, secrets: Vec<String>) -> Self {
        Self {
            level: config.level,
            ring_lines: config.ring_lines,
            secrets,
            state: Mutex::new(State { file, ring: VecDeque::new(), next_seq: 1 }),
            shut: AtomicBool::new(false),
            fee_rates: FeeRates::default(),
            downloads: Downloads::default(),
        }
    }

    /// Drops every later line: a killed node writes nothing.
    pub fn shut(&self) {
        self.shut.store(true, Ordering::SeqCst);
    }

    /// The newest lines after `after_seq` that are as severe as `least`, oldest first.
    pub fn tail(&self, most: usize, after_seq: Option<u64>, least: Level) -> Vec<Value> {
        let state = lock(&self.state);
        let newer = state.ring.iter().rev().take_while(|line| after_seq.is_none_or(|seq| line.seq > seq));
        let mut lines: Vec<_> = newer.filter(|line| line.level >= least).take(most).map(Line::to_json).collect();
        lines.reverse();
        lines
    }

    /// Begins gathering the reasons of a call on this thread; [`Call::reason`] ends it.
    pub fn call(&self) -> Call<'_> {
        CALL.with(|call| *call.borrow_mut() = Some(Vec::new()));
        Call { log: self, first_seq: lock(&self.state).next_seq }
    }

    fn background_reasons(&self, first_seq: u64, modules: &[&str]) -> Vec<String> {
        let state = lock(&self.state);
        let within = state.ring.iter().rev().take_while(|line| line.seq >= first_seq);
        let mut reasons: Vec<_> = within
            .filter(|line| line.level >= Level::Warn && modules.iter().any(|module| line.module.starts_with(module)))
            .map(|line| line.message.clone())
            .collect();
        reasons.reverse();
        reasons
    }

    fn redact(&self, text: String) -> String {
        self.secrets.iter().fold(
            text,
            |text, secret| {
                if text.contains(secret) {
                    text.replace(secret, REDACTED)
                } else {
                    text
                }
            },
        )
    }

    /// Writes one line, if the level asks for it.
    pub fn write(&self, level: Level, module: &str, message: String) {
        if level < self.level || self.shut.load(Ordering::SeqCst) {
            return;
        }
        let message = self.redact(message);
        if level >= Level::Warn {
            note_for_call(&message);
        }
        let now = SystemTime::now();
        let mut state = lock(&self.state);
        state.file.append(now, level, module, &message);
        let seq = state.next_seq;
        state.next_seq += 1;
        if state.ring.len() >= self.ring_lines {
            state.ring.pop_front();
        }
        if self.ring_lines > 0 {
            let at = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            state.ring.push_back(Line { seq, at, level, module: module.to_owned(), message });
        }
    }
}

fn note_for_call(message: &str) {
    let _ = CALL.try_with(|call| {
        if let Ok(mut call) = call.try_borrow_mut() {
            if let Some(lines) = call.as_mut() {
                lines.push(message.to_owned());
            }
        }
    });
}

impl Line {
    fn to_json(&self) -> Value {
        json!({
            "seq": decimal(self.seq), "at": self.at, "level": self.level.name(),
            "module": self.module, "message": self.message,
        })
    }
}

/// The reasons logged while one call runs.
pub struct Call<'a> {
    log: &'a Log,
    first_seq: u64,
}

impl Call<'_> {
    /// The last reasons: of this thread, and of `modules` on any thread.
    pub fn reason(self, modules: &[&str]) -> Option<String> {
        let own = CALL.with(|call| call.borrow_mut().take()).unwrap_or_default();
        let mut reasons = self.log.background_reasons(self.first_seq, modules);
        reasons.retain(|reason| !own.contains(reason));
        reasons.extend(own);
        let skipped = reasons.len().saturating_sub(MOST_REASONS);
        let text = reasons.split_off(skipped).join("; ");
        (!text.is_empty()).then_some(text)
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        CALL.with(|call| call.borrow_mut().take());
    }
}

impl LogWriter for Log {
    fn log(&self, record: LogRecord) {
        self.fee_rates.observe(&record);
        self.downloads.observe(&record);
        let level = match record.level {
            LogLevel::Gossip | LogLevel::Trace => Level::Trace,
            LogLevel::Debug => Level::Debug,
            LogLevel::Info => Level::Info,
            LogLevel::Warn => Level::Warn,
            LogLevel::Error => Level::Error,
        };
        if level >= self.level {
            self.write(level, record.module_path, record.args.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn log(dir: &Path, ring_lines: usize, secrets: &[&str]) -> Log {
        let config = LogConfig { level: Level::Debug, max_bytes: 300, files: 3, ring_lines };
        let file = LogFile::open(dir, config.max_bytes, config.files).unwrap();
        Log::new(&config, file, secrets.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_tail_is_the_newest_lines_oldest_first() {
        let dir = tempfile::tempdir().unwrap();
        let log = log(dir.path(), 3, &[]);
        for number in 1..=5 {
            log.write(Level::Info, "m", number.to_string());
        }
        let messages = |lines: Vec<Value>| {
            lines.iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(messages(log.tail(10, None, Level::Trace)), ["3", "4", "5"]);
        assert_eq!(messages(log.tail(2, None, Level::Trace)), ["4", "5"]);
        assert_eq!(messages(log.tail(10, Some(4), Level::Trace)), ["5"]);
        log.write(Level::Error, "m", "6".to_string());
        assert_eq!(messages(log.tail(1, None, Level::Warn)), ["6"]);
    }

    #[test]
    fn secrets_reach_neither_ring_nor_file() {
        let dir = tempfile::tempdir().unwrap();
        let log = log(dir.path(), 10, &["hunter2"]);
        log.write(Level::Error, "m", "password hunter2 refused".into());
        assert_eq!(log.tail(1, None, Level::Trace)[0]["message"], "password [redacted] refused");
        assert!(!std::fs::read_to_string(dir.path().join("node.log")).unwrap().contains("hunter2"));
    }

    #[test]
    fn a_call_hears_its_own_thread_and_its_modules() {
        let dir = tempfile::tempdir().unwrap();
        let log = log(dir.path(), 10, &[]);
        log.write(Level::Error, "far", "before".into());
        let call = log.call();
        log.write(Level::Debug, "near", "chatter".into());
        log.write(Level::Error, "near", "own".into());
        std::thread::scope(|scope| {
            scope.spawn(|| log.write(Level::Error, "peer::x", "theirs".into()));
            scope.spawn(|| log.write(Level::Error, "other", "unrelated".into()));
        });
        assert_eq!(call.reason(&["peer"]), Some("theirs; own".into()));
        assert_eq!(log.call().reason(&[]), None);
    }
}
