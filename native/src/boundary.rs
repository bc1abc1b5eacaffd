//! The only place where memory of the caller is touched.

use crate::faults::{guarded, install_hook};

/// Runs the body of an export: the panic hook is ours from the first call on, and no panic leaves.
pub fn exported<T>(after_panic: T, body: impl FnOnce() -> T) -> T {
    install_hook();
    guarded(body).unwrap_or(after_panic)
}

/// A copy of the caller's text; `None` if it is null, longer than `most` bytes or not UTF-8.
///
/// # Safety
/// `data` must be null or readable for `len` bytes.
pub unsafe fn text_in(data: *const u8, len: usize, most: usize) -> Option<String> {
    if data.is_null() || len > most {
        return None;
    }
    // SAFETY: not null, and the caller vouches for `len` bytes; copied before this returns.
    let bytes = unsafe { std::slice::from_raw_parts(data, len) };
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

/// The caller's buffer; empty if it is null or larger than any object can be.
///
/// # Safety
/// `data` must be null or writable for `cap` bytes and unused by others for as long as the slice lives.
pub unsafe fn writable<'a>(data: *mut u8, cap: usize) -> &'a mut [u8] {
    if data.is_null() || isize::try_from(cap).is_err() {
        return &mut [];
    }
    // SAFETY: not null, the size is possible, and the caller vouches for `cap` bytes.
    unsafe { std::slice::from_raw_parts_mut(data, cap) }
}

/// Copies `bytes` to the caller's buffer if they fit whole; else writes nothing.
///
/// # Safety
/// As [`writable`].
pub unsafe fn copy_out(bytes: &[u8], data: *mut u8, cap: usize) {
    // SAFETY: passed on from the caller.
    let buffer = unsafe { writable(data, cap) };
    if let Some(target) = buffer.get_mut(..bytes.len()) {
        target.copy_from_slice(bytes);
    }
}
