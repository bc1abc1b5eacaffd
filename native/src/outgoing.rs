//! The queue of messages towards the caller, and the pipe that says it is not empty.
//!
//! It is bounded: a reply takes a place that was reserved when its request came, one event is shown at a time, `changed`
//! is held once, `fatal` and `closed` come once.

use std::collections::VecDeque;
use std::io::{pipe, PipeReader, PipeWriter, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::rpc;
use crate::sync::{lock, wait_for};

/// Requests whose reply was not received yet.
const MOST_REPLIES: usize = 1024;

pub struct Outgoing {
    state: Mutex<State>,
    arrived: Condvar,
}

struct State {
    messages: VecDeque<Message>,
    /// `None` once closed: the reader of the pipe then sees its end.
    writer: Option<PipeWriter>,
    reader: Option<PipeReader>,
    /// Replies in the queue or still to come.
    replies: usize,
}

struct Message {
    bytes: Vec<u8>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Reply,
    Event,
    Changed,
    Other,
}

pub enum Received {
    Message(usize),
    /// The next message needs this much room and stays in the queue.
    TooSmall(usize),
    Nothing,
    Closed,
}

impl Outgoing {
    pub fn new() -> std::io::Result<Self> {
        let (reader, writer) = pipe()?;
        // A caller that polls and never reads the pipe would fill it and block us; a full pipe already says enough.
        set_nonblocking(writer.as_raw_fd())?;
        Ok(Self {
            state: Mutex::new(State {
                messages: VecDeque::new(),
                writer: Some(writer),
                reader: Some(reader),
                replies: 0,
            }),
            arrived: Condvar::new(),
        })
    }

    /// Keeps a place for one reply; `false` if there is none left.
    #[must_use]
    pub fn reserve_reply(&self) -> bool {
        let mut state = lock(&self.state);
        let free = state.replies < MOST_REPLIES;
        state.replies += usize::from(free);
        free
    }

    /// Queues the reply a place was reserved for.
    pub fn push_reply(&self, bytes: Vec<u8>) {
        self.append(Message { bytes, kind: Kind::Reply });
    }

    pub fn push_event(&self, bytes: Vec<u8>) {
        self.append(Message { bytes, kind: Kind::Event });
    }

    /// Queues a `changed` notification unless one is waiting already.
    pub fn push_changed(&self) {
        if !lock(&self.state).messages.iter().any(|message| message.kind == Kind::Changed) {
            let bytes = rpc::notification("changed", serde_json::json!({}));
            self.append(Message { bytes, kind: Kind::Changed });
        }
    }

    /// Queues any other notification.
    pub fn push(&self, bytes: Vec<u8>) {
        self.append(Message { bytes, kind: Kind::Other });
    }

    /// Takes back events nobody received: their node has ended and could not have them acknowledged.
    pub fn drop_events(&self) {
        lock(&self.state).messages.retain(|message| message.kind != Kind::Event);
    }

    fn append(&self, message: Message) {
        let mut state = lock(&self.state);
        let was_empty = state.messages.is_empty();
        let Some(writer) = &mut state.writer else { return };
        if was_empty {
            // WouldBlock: the pipe is full of wake-ups not read yet.
            let _ = writer.write(&[1]);
        }
        state.messages.push_back(message);
        drop(state);
        self.arrived.notify_one();
    }

    /// Copies the next message into `buffer`, waiting for one up to `timeout`.
    pub fn receive(&self, buffer: &mut [u8], timeout: Duration) -> Received {
        let until = Instant::now() + timeout;
        let mut state = lock(&self.state);
        loop {
            if state.writer.is_none() {
                return Received::Closed;
            }
            if let Some(message) = state.messages.front() {
                let size = message.bytes.len();
                let Some(target) = buffer.get_mut(..size) else {
                    return Received::TooSmall(size);
                };
                target.copy_from_slice(&message.bytes);
                let is_reply = message.kind == Kind::Reply;
                state.messages.pop_front();
                state.replies -= usize::from(is_reply);
                return Received::Message(size);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Received::Nothing;
            }
            state = wait_for(&self.arrived, state, left);
        }
    }

    pub fn wake_fd(&self) -> Option<RawFd> {
        lock(&self.state).reader.as_ref().map(AsRawFd::as_raw_fd)
    }

    /// Ends the queue. Returns the read end, which the caller of the library may still be reading.
    pub fn close(&self) -> Option<PipeReader> {
        let mut state = lock(&self.state);
        state.writer = None;
        state.messages.clear();
        let reader = state.reader.take();
        drop(state);
        self.arrived.notify_all();
        reader
    }
}

fn set_nonblocking(fd: RawFd) -> std::io::Result<()> {
    // SAFETY: fcntl on a descriptor we own, with constants; it touches no memory of ours.
    let result = unsafe { libc::fcntl(fd, libc::F_SETFL, libc::O_NONBLOCK) };
    if result == -1 {
        return Err(std::io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_small_buffer_keeps_the_message() {
        let queue = Outgoing::new().unwrap();
        queue.push(vec![1, 2, 3]);
        assert!(matches!(queue.receive(&mut [0; 2], Duration::ZERO), Received::TooSmall(3)));
        let mut buffer = [0; 8];
        assert!(matches!(queue.receive(&mut buffer, Duration::ZERO), Received::Message(3)));
        assert_eq!(&buffer[..3], &[1, 2, 3]);
        assert!(matches!(queue.receive(&mut buffer, Duration::ZERO), Received::Nothing));
    }

    #[test]
    fn changed_is_held_once() {
        let queue = Outgoing::new().unwrap();
        for _ in 0..5 {
            queue.push_changed();
        }
        assert!(matches!(queue.receive(&mut [0; 100], Duration::ZERO), Received::Message(_)));
        assert!(matches!(queue.receive(&mut [0; 100], Duration::ZERO), Received::Nothing));
    }

    #[test]
    fn a_place_is_free_again_once_its_reply_was_received() {
        let queue = Outgoing::new().unwrap();
        assert_eq!((0..2000).filter(|_| queue.reserve_reply()).count(), MOST_REPLIES);
        queue.push_reply(vec![1]);
        assert!(!queue.reserve_reply());
        assert!(matches!(queue.receive(&mut [0; 1], Duration::ZERO), Received::Message(1)));
        assert!(queue.reserve_reply());
    }

    #[test]
    fn events_nobody_received_are_taken_back() {
        let queue = Outgoing::new().unwrap();
        queue.push_event(vec![1]);
        queue.push(vec![2]);
        queue.drop_events();
        let mut buffer = [0];
        assert!(matches!(queue.receive(&mut buffer, Duration::ZERO), Received::Message(1)));
        assert_eq!(buffer, [2]);
    }

    #[test]
    fn the_pipe_holds_a_byte_while_messages_wait_and_never_blocks_the_writer() {
        let queue = Outgoing::new().unwrap();
        for _ in 0..100_000 {
            queue.push(vec![7]);
            assert!(matches!(queue.receive(&mut [0; 1], Duration::ZERO), Received::Message(1)));
        }
        queue.push(vec![7]);
        let mut reader = queue.close().unwrap();
        let mut seen = Vec::new();
        reader.read_to_end(&mut seen).unwrap();
        assert!(!seen.is_empty());
    }

    #[test]
    fn closing_wakes_a_receiver() {
        let queue = std::sync::Arc::new(Outgoing::new().unwrap());
        let other = std::sync::Arc::clone(&queue);
        let waiting = std::thread::spawn(move || other.receive(&mut [0; 1], Duration::from_secs(60)));
        queue.close();
        assert!(matches!(waiting.join().unwrap(), Received::Closed));
    }
}
