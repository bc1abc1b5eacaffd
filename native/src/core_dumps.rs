//! A node's memory holds its keys, so this process leaves no image of it behind when it crashes.

use std::sync::Once;

/// Forbids core dumps of this process from now on. What the system refuses is left as it is: a node that runs is
/// worth more than one that does not.
pub fn forbid() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: setrlimit reads the struct it is given, which outlives the call, and keeps nothing of it.
        unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
        // A handler behind a pipe (systemd-coredump) gets the image whatever the limit says.
        #[cfg(target_os = "linux")]
        // SAFETY: PR_SET_DUMPABLE takes one integer and touches no memory of ours.
        unsafe {
            libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
        }
    });
}
