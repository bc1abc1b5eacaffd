//! Handles as a caller sees them: through the six exports only.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::collections::{HashMap, VecDeque};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, Once};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use peer_stables_native::{ps_abi_version, ps_close, ps_open, ps_recv, ps_send};
use serde_json::{json, Value};

/// Long enough for a loaded machine; nothing in a test that passes waits this long.
pub const PATIENCE: Duration = Duration::from_secs(90);

pub struct Handle {
    pub id: i64,
    shared: Arc<Shared>,
    next: AtomicU64,
    receiver: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    replies: HashMap<u64, Value>,
    events: VecDeque<Value>,
    notices: Vec<Value>,
    changed: u64,
}

/// The library silences panics. In a test the assertions of the test's own threads have to be heard.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        ps_abi_version();
        let silent = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name().is_some_and(|name| name.starts_with("ps-")) {
                silent(info);
            } else {
                eprintln!("{info}");
            }
        }));
    });
}

pub fn open(config: &Value) -> Result<i64, Value> {
    init();
    let text = config.to_string();
    let mut out = vec![0; 4096];
    // SAFETY: both pointers are to live buffers of the given sizes.
    let handle = unsafe { ps_open(text.as_ptr(), text.len(), out.as_mut_ptr(), out.len()) };
    if handle > 0 {
        return Ok(handle);
    }
    let size = usize::try_from(-handle).unwrap();
    Err(serde_json::from_slice::<Value>(&out[..size]).unwrap()["error"].take())
}

pub fn send(handle: i64, text: &str) -> i32 {
    // SAFETY: the pointer is to a live string of that length.
    unsafe { ps_send(handle, text.as_ptr(), text.len()) }
}

pub fn receive(handle: i64, buffer: &mut [u8], timeout_ms: u32) -> i64 {
    // SAFETY: the pointer is to a live buffer of that length.
    unsafe { ps_recv(handle, buffer.as_mut_ptr(), buffer.len(), timeout_ms) }
}

/// The next message, without a [`Handle`]'s receiver.
pub fn next_message(handle: i64) -> Value {
    let mut buffer = vec![0; 1 << 20];
    let size = receive(handle, &mut buffer, 60_000);
    serde_json::from_slice(&buffer[..usize::try_from(size).unwrap()]).unwrap()
}

impl Handle {
    pub fn open(config: &Value) -> Result<Self, Value> {
        let id = open(config)?;
        let shared = Arc::<Shared>::default();
        let receiving = Arc::clone(&shared);
        let receiver = std::thread::spawn(move || receive_all(id, &receiving));
        Ok(Self { id, shared, next: AtomicU64::new(1), receiver: Some(receiver) })
    }

    /// Sends a request; [`Self::reply`] waits for its answer.
    pub fn begin(&self, method: &str, params: Value, extra: Value) -> u64 {
        let id = self.next.fetch_add(1, Ordering::SeqCst);
        let mut request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        for (name, value) in extra.as_object().into_iter().flatten() {
            request[name] = value.clone();
        }
        assert_eq!(send(self.id, &request.to_string()), 0, "{method} was not taken");
        id
    }

    pub fn reply(&self, id: u64) -> Result<Value, Value> {
        let mut reply = self.wait("a reply", |state| state.replies.remove(&id));
        match reply.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(reply["result"].take()),
        }
    }

    pub fn call(&self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.begin(method, params, json!({}));
        self.reply(id)
    }

    /// A call that must succeed.
    pub fn ok(&self, method: &str, params: Value) -> Value {
        let shown = params.clone();
        self.call(method, params).unwrap_or_else(|error| panic!("{method} {shown}: {error}"))
    }

    /// A call that must fail; its kind.
    pub fn kind(&self, method: &str, params: Value) -> String {
        let error = self.call(method, params).expect_err(method);
        error["data"]["kind"].as_str().unwrap().to_owned()
    }

    /// The next event, acknowledged.
    pub fn event(&self) -> Value {
        let event = self.peek_event();
        self.ok("event.ack", json!({ "seq": event["seq"] }));
        event
    }

    /// The next event, not acknowledged: no other comes before it is.
    pub fn peek_event(&self) -> Value {
        self.wait("an event", |state| state.events.pop_front())
    }

    /// The next event of a kind; others are acknowledged and dropped.
    pub fn event_of(&self, kind: &str) -> Value {
        loop {
            let event = self.event();
            if event["kind"] == kind {
                return event;
            }
        }
    }

    pub fn notice(&self, method: &str) -> Value {
        self.wait(method, |state| {
            let at = state.notices.iter().position(|notice| notice["method"] == method)?;
            Some(state.notices.remove(at))
        })
    }

    pub fn changed_count(&self) -> u64 {
        self.shared.state.lock().unwrap().changed
    }

    /// Calls until the result satisfies `done`.
    pub fn until(&self, method: &str, params: Value, done: impl Fn(&Value) -> bool) -> Value {
        let limit = Instant::now() + PATIENCE;
        loop {
            let result = self.ok(method, params.clone());
            if done(&result) {
                return result;
            }
            assert!(Instant::now() < limit, "{method} never got there: {result}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn wait<T>(&self, what: &str, take: impl FnMut(&mut State) -> Option<T>) -> T {
        let mut take = take;
        let limit = Instant::now() + PATIENCE;
        let mut state = self.shared.state.lock().unwrap();
        loop {
            if let Some(found) = take(&mut state) {
                return found;
            }
            let left = limit.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no {what} came");
            state = self.shared.arrived.wait_timeout(state, left).unwrap().0;
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        ps_close(self.id);
        if let Some(receiver) = self.receiver.take() {
            let _ = receiver.join();
        }
    }
}

fn receive_all(handle: i64, shared: &Shared) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let size = receive(handle, &mut buffer, 1000);
        if size == i64::MIN {
            return;
        }
        if size < 0 {
            buffer.resize(usize::try_from(-size).unwrap(), 0);
            continue;
        }
        if size == 0 {
            continue;
        }
        let message: Value = serde_json::from_slice(&buffer[..usize::try_from(size).unwrap()]).unwrap();
        let mut state = shared.state.lock().unwrap();
        match (message["id"].as_u64(), message["method"].as_str()) {
            (Some(id), _) => drop(state.replies.insert(id, message)),
            (None, Some("event")) => state.events.push_back(message["params"].clone()),
            (None, Some("changed")) => state.changed += 1,
            _ => {
                if message["method"] == "closed" {
                    // What was not acknowledged comes again, under a new number.
                    state.events.clear();
                }
                state.notices.push(message);
            }
        }
        drop(state);
        shared.arrived.notify_all();
    }
}

/// Below the range from which systems give ports to outgoing connections (from 32,768 on Linux): nobody takes this one
/// before the node listens on it, or while it restarts.
pub fn free_port() -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    loop {
        let place = std::process::id().wrapping_mul(97).wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed));
        let port = 20_000 + u16::try_from(place % 12_768).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// An embedded chain in memory.
pub struct Chain {
    pub handle: Handle,
    /// As a node's configuration wants it.
    pub source: Value,
}

impl Chain {
    pub fn new() -> Self {
        let handle = Handle::open(&json!({ "kind": "chain" })).unwrap();
        let info = handle.ok("chain.info", json!({}));
        let source = json!({
            "kind": "bitcoind", "host": info["host"], "port": info["port"],
            "user": info["user"], "password": info["password"],
        });
        Self { handle, source }
    }

    pub fn mine(&self, blocks: u32) {
        self.handle.ok("chain.mine", json!({ "blocks": blocks }));
    }

    pub fn fund(&self, node: &Handle, amount_sat: u64) {
        let address = node.ok("onchain.address", json!({}))["address"].clone();
        self.handle.ok("chain.fund", json!({ "address": address, "amount_sat": amount_sat.to_string() }));
        node.ok("wallet.sync", json!({}));
    }

    /// A transaction reaches the mempool a moment after the call that causes it.
    pub fn wait_mempool(&self) {
        self.handle.until("chain.mempool", json!({}), |mempool| mempool["txids"] != json!([]));
    }
}

/// The plainest configuration of a node on `chain`, listening on a free port.
pub fn node_config(chain: &Chain, dir: &Path) -> Value {
    json!({
        "kind": "node", "data_dir": dir, "network": "regtest", "alias": "node",
        "listen": [format!("127.0.0.1:{}", free_port())],
        "chain": chain.source, "per_channel_reserve_sat": "0",
    })
}

pub fn started(config: &Value) -> (Handle, String) {
    let handle = Handle::open(config).unwrap();
    let node_id = handle.ok("node.start", json!({}))["node_id"].as_str().unwrap().to_owned();
    (handle, node_id)
}

/// Opens a channel and waits until both sides can use it. Returns its id at the opener.
pub fn open_channel(chain: &Chain, from: &Handle, to: &Handle, to_id: &str, amount_sat: u64, push_msat: u64) -> String {
    let address = to.ok("node.status", json!({}))["listen"][0].clone();
    let opened = from.ok(
        "channel.open",
        json!({
            "node_id": to_id, "address": address, "announced": false,
            "amount_sat": amount_sat.to_string(), "push_msat": push_msat.to_string(),
        }),
    );
    chain.wait_mempool();
    chain.mine(6);
    for node in [from, to] {
        node.ok("wallet.sync", json!({}));
        usable(node, 1);
    }
    opened["user_channel_id"].as_str().unwrap().to_owned()
}

pub fn usable(node: &Handle, count: usize) {
    node.until("channel.list", json!({}), |list| {
        list["channels"].as_array().unwrap().iter().filter(|channel| channel["usable"] == true).count() >= count
    });
}
