//! When to say `changed`: at most ten times a second, and never while nothing changes.

use std::collections::hash_map::DefaultHasher;
use std::fmt::{self, Write};
use std::hash::Hasher;
use std::time::{Duration, Instant};

use ldk_node::Node;

use super::activity::Activity;
use crate::outgoing::Outgoing;

/// Between two notifications.
const SPACING: Duration = Duration::from_millis(100);
/// Between two looks at the node while it writes its state.
const BUSY: Duration = Duration::from_millis(500);
/// Between two looks at an idle node: peers come and go without a write.
const IDLE: Duration = Duration::from_secs(1);

pub struct Changes {
    noticed_at: Instant,
    looked_at: Instant,
    wanted: bool,
    busy: bool,
    surface: u64,
    balances: u64,
}

impl Changes {
    pub fn new() -> Self {
        let now = Instant::now();
        Self { noticed_at: now, looked_at: now, wanted: true, busy: true, surface: 0, balances: 0 }
    }

    /// Looks if it is time to and notifies if something changed. Returns how long to rest at most.
    pub fn tick(&mut self, node: &Node, activity: &Activity, outgoing: &Outgoing) -> Duration {
        let (payment, state) = activity.take();
        self.wanted |= payment;
        self.busy |= state;
        let now = Instant::now();
        if now >= self.look_at() {
            self.look(node);
            self.looked_at = now;
        }
        if self.wanted && now >= self.notice_at() {
            outgoing.push_changed();
            self.wanted = false;
            self.noticed_at = now;
        }
        let next = if self.wanted { self.notice_at().min(self.look_at()) } else { self.look_at() };
        next.saturating_duration_since(Instant::now())
    }

    fn look_at(&self) -> Instant {
        self.looked_at + if self.busy { BUSY } else { IDLE }
    }

    fn notice_at(&self) -> Instant {
        self.noticed_at + SPACING
    }

    fn look(&mut self, node: &Node) {
        let best = node.status().current_best_block;
        let surface = digest(&(best.height, best.block_hash, node.list_peers(), node.list_channels()));
        // Balances move only with a write of the wallet or of a monitor.
        let balances = if self.busy { digest(&node.list_balances()) } else { self.balances };
        self.wanted |= surface != self.surface || balances != self.balances;
        (self.surface, self.balances, self.busy) = (surface, balances, false);
    }
}

struct Digest(DefaultHasher);

impl Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

/// A hash of everything `value` shows of itself, without building the text.
fn digest(value: &impl fmt::Debug) -> u64 {
    let mut digest = Digest(DefaultHasher::new());
    let _ = write!(digest, "{value:?}");
    digest.0.finish()
}
