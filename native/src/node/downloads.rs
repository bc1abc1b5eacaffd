//! How it stands with what ldk-node fetches once an hour from elsewhere: gossip as a snapshot, and scores of paths. It
//! tells in its log only.

use std::sync::Mutex;

use ldk_node::logger::{LogLevel, LogRecord};
use serde_json::{json, Value};

use crate::sync::lock;

/// Since the start of the node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Heard {
    #[default]
    Nothing,
    Fine,
    Trouble(String),
}

#[derive(Default)]
pub struct Downloads {
    gossip: Mutex<Heard>,
    scores: Mutex<Heard>,
}

const GOSSIP_FINE: &str = "Background sync of RGS gossip data finished";
const SCORES_FINE: &str = "External scores merged successfully";

/// What the log says, with what it means in a sentence that begins with the source; none: the reason follows.
const GOSSIP_TROUBLE: &[(&str, Option<&str>)] = &[
    ("Retrieving RGS gossip update timed out", Some("gives no answer within 5 s")),
    ("chain hash does not match the network graph's", Some("sends a snapshot of another network")),
    ("Rapid Gossip Sync data is more than two weeks old", Some("sends a snapshot that is more than two weeks old")),
    ("Failed to update network graph with RGS data: ", Some("sends what is no snapshot")),
    ("Failed to retrieve RGS gossip update: ", None),
];
const SCORES_TROUBLE: &[(&str, Option<&str>)] = &[
    ("Retrieving external scores timed out", Some("gives no answer within 5 s")),
    ("Failed to retrieve external scores update: ", None),
    ("Failed to read external scores update: ", None),
    ("Failed to parse external scores update: ", Some("sends what are no scores")),
];

impl Downloads {
    pub fn observe(&self, record: &LogRecord) {
        if !record.module_path.starts_with("ldk_node") || record.level == LogLevel::Gossip {
            return;
        }
        let gossip = record.module_path.ends_with("::gossip") || record.level == LogLevel::Info;
        if gossip || record.module_path.ends_with("::scoring") {
            self.read(&record.args.to_string());
        }
    }

    fn read(&self, message: &str) {
        if message.starts_with(GOSSIP_FINE) {
            *lock(&self.gossip) = Heard::Fine;
        } else if message == SCORES_FINE {
            *lock(&self.scores) = Heard::Fine;
        } else if let Some(trouble) = trouble(message, GOSSIP_TROUBLE) {
            *lock(&self.gossip) = Heard::Trouble(trouble);
        } else if let Some(trouble) = trouble(message, SCORES_TROUBLE) {
            *lock(&self.scores) = Heard::Trouble(trouble);
        }
    }

    /// `{state, detail?, as_of?}`; off where gossip comes from peers.
    pub fn gossip(&self, url: Option<&String>, as_of: Option<u64>) -> Value {
        url.map_or_else(off, |url| told(&lock(&self.gossip), "gossip", url, "--rgs-url", as_of))
    }

    /// The same; off where there is no source of scores.
    pub fn scores(&self, url: Option<&String>, as_of: Option<u64>) -> Value {
        url.map_or_else(off, |url| told(&lock(&self.scores), "scores", url, "--scores-url", as_of))
    }
}

fn off() -> Value {
    json!({ "state": "off" })
}

fn trouble(message: &str, table: &[(&str, Option<&str>)]) -> Option<String> {
    let (said, means) = table.iter().find(|(said, _)| message.contains(said))?;
    if let Some(means) = means {
        return Some((*means).to_owned());
    }
    // reqwest's sentences end with the address, which the source's name says already.
    let reason = message.split(said).last().unwrap_or_default().split(" for url (").next().unwrap_or_default();
    Some(format!("can't be had ({reason})"))
}

fn told(heard: &Heard, what: &str, url: &str, flag: &str, as_of: Option<u64>) -> Value {
    let (state, detail) = match heard {
        Heard::Nothing => ("unasked", None),
        Heard::Fine => ("ok", None),
        Heard::Trouble(trouble) => {
            let source = without_password(url);
            let sentence = format!(
                "The source of {what} {source} {trouble}; it is asked again once an hour and at the next start, or name another with {flag}."
            );
            ("failing", Some(sentence))
        }
    };
    let mut told = json!({ "state": state });
    if let Some(detail) = detail {
        told["detail"] = detail.into();
    }
    if let Some(as_of) = as_of {
        told["as_of"] = as_of.into();
    }
    told
}

fn without_password(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit('@').next().unwrap_or(authority);
            format!("{scheme}://{host}{path}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://me:secret@rgs.example/snapshot";

    fn after(module_path: &str, level: LogLevel, message: &str) -> (Value, Value) {
        let downloads = Downloads::default();
        downloads.observe(&LogRecord { level, args: format_args!("{message}"), module_path, line: 1 });
        let url = URL.to_owned();
        (downloads.gossip(Some(&url), None), downloads.scores(Some(&url), Some(7)))
    }

    #[test]
    fn each_is_told_from_the_log() {
        let (gossip, scores) = after("ldk_node", LogLevel::Info, "Background sync of RGS gossip data finished in 3ms.");
        assert_eq!((gossip, scores), (json!({ "state": "ok" }), json!({ "state": "unasked", "as_of": 7 })));
        let (gossip, scores) = after("ldk_node::scoring", LogLevel::Trace, SCORES_FINE);
        assert_eq!((gossip, scores), (json!({ "state": "unasked" }), json!({ "state": "ok", "as_of": 7 })));
    }

    #[test]
    fn trouble_is_a_sentence_with_the_source_and_the_remedy_and_without_its_password() {
        let other = "Failed to update network graph with RGS data: LightningError(LightningError { err: \"Rapid Gossip Sync data's chain hash does not match the network graph's\", action: IgnoreError })";
        let (gossip, _) = after("ldk_node::gossip", LogLevel::Trace, other);
        assert_eq!(
            gossip["detail"],
            "The source of gossip https://rgs.example/snapshot sends a snapshot of another network; it is asked again once an hour and at the next start, or name another with --rgs-url."
        );
        let refused = "Failed to retrieve external scores update: error sending request for url (http://127.0.0.1:1/)";
        let (_, scores) = after("ldk_node::scoring", LogLevel::Error, refused);
        assert_eq!(scores["state"], "failing");
        assert!(scores["detail"].as_str().unwrap().contains("can't be had (error sending request);"));
    }

    #[test]
    fn off_without_a_source_and_others_lines_say_nothing() {
        assert_eq!(Downloads::default().gossip(None, Some(1)), json!({ "state": "off" }));
        let (gossip, scores) = after("lightning::x", LogLevel::Error, "Failed to parse external scores update: x");
        assert_eq!((gossip["state"].as_str(), scores["state"].as_str()), (Some("unasked"), Some("unasked")));
    }
}
