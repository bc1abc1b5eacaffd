//! The C ABI around ldk-node and an embedded regtest chain. See docs/native-abi.md for the contract and
//! `include/peer_stables.h` for the declarations.

mod boundary;
mod chain;
mod core_dumps;
mod deadlines;
mod failure;
mod faults;
mod handles;
mod hex;
mod lsps;
mod node;
mod numbers;
mod opening;
mod outgoing;
mod pool;
mod rpc;
mod session;
mod sync;
mod ticket;

use std::time::Duration;

use boundary::{copy_out, exported, text_in, writable};
use outgoing::Received;
use session::Refused;

const ABI_VERSION: u32 = 1;
const MAX_REQUEST: usize = 1 << 20;
const NO_HANDLE: i32 = -1;
const NOT_TEXT: i32 = -2;
const QUEUE_FULL: i32 = -3;
const UNANSWERABLE: i32 = -4;

/// The version of this contract.
#[no_mangle]
pub extern "C" fn ps_abi_version() -> u32 {
    exported(0, || ABI_VERSION)
}

/// Opens a node or a chain from its JSON configuration.
///
/// Returns a handle (> 0), or the negative size of the error JSON, which is written to `out` if `cap` is large enough.
///
/// # Safety
/// `json` must be null or readable for `len` bytes, `out` null or writable for `cap` bytes, for the time of the call.
#[no_mangle]
pub unsafe extern "C" fn ps_open(json: *const u8, len: usize, out: *mut u8, cap: usize) -> i64 {
    exported(i64::MIN, || {
        // SAFETY: the caller vouches for `json` and `len`.
        let text = unsafe { text_in(json, len, MAX_REQUEST) };
        let opened = text.map_or_else(
            || Err(opening::bad_config("the configuration", "not UTF-8 text of at most 1 MiB")),
            |text| faults::guarded(|| opening::open(&text)).unwrap_or_else(Err),
        );
        opened.unwrap_or_else(|failure| {
            let error = serde_json::json!({ "error": failure.to_json() }).to_string();
            // SAFETY: the caller vouches for `out` and `cap`.
            unsafe { copy_out(error.as_bytes(), out, cap) };
            -i64::try_from(error.len()).unwrap_or(i64::MAX)
        })
    })
}

/// Queues one request; never blocks.
///
/// Returns 0, or -1 unknown handle, -2 null, too large or not UTF-8, -3 queue full, -4 not answerable.
///
/// # Safety
/// `json` must be null or readable for `len` bytes for the time of the call.
#[no_mangle]
pub unsafe extern "C" fn ps_send(handle: i64, json: *const u8, len: usize) -> i32 {
    exported(NO_HANDLE, || {
        let Some(session) = handles::get(handle) else { return NO_HANDLE };
        // SAFETY: the caller vouches for `json` and `len`.
        let Some(text) = (unsafe { text_in(json, len, MAX_REQUEST) }) else { return NOT_TEXT };
        match session.send(&text) {
            Ok(()) => 0,
            Err(Refused::QueueFull) => QUEUE_FULL,
            Err(Refused::Unanswerable) => UNANSWERABLE,
        }
    })
}

/// Copies the next message into `buf`, waiting up to `timeout_ms` for one.
///
/// Returns its size, 0 for none, the negative size it needs (it is kept), or `i64::MIN` for an unknown handle.
///
/// # Safety
/// `buf` must be null or writable for `cap` bytes for the time of the call.
#[no_mangle]
pub unsafe extern "C" fn ps_recv(handle: i64, buf: *mut u8, cap: usize, timeout_ms: u32) -> i64 {
    exported(i64::MIN, || {
        let Some(session) = handles::get(handle) else { return i64::MIN };
        // SAFETY: the caller vouches for `buf` and `cap`.
        let buffer = unsafe { writable(buf, cap) };
        let timeout = Duration::from_millis(timeout_ms.into());
        match session.outgoing().receive(buffer, timeout) {
            Received::Message(size) => i64::try_from(size).unwrap_or(i64::MAX),
            Received::TooSmall(size) => -i64::try_from(size).unwrap_or(i64::MAX),
            Received::Nothing => 0,
            Received::Closed => i64::MIN,
        }
    })
}

/// Stops what the handle stands for and forgets it. Returns 0, or -1 for an unknown handle.
#[no_mangle]
pub extern "C" fn ps_close(handle: i64) -> i32 {
    exported(NO_HANDLE, || {
        let Some(session) = handles::remove(handle) else { return NO_HANDLE };
        handles::linger(session.close());
        0
    })
}

/// The read end of the handle's wake pipe, or -1. It stays the library's; do not close it.
#[no_mangle]
pub extern "C" fn ps_wake_fd(handle: i64) -> i32 {
    exported(NO_HANDLE, || handles::get(handle).and_then(|session| session.outgoing().wake_fd()).unwrap_or(NO_HANDLE))
}
