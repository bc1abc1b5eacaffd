//! A small pool of threads, started when there is work and ended after a while without.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::sync::{lock, wait_for};

pub type Job = Box<dyn FnOnce() + Send>;

const IDLE_LIFE: Duration = Duration::from_secs(10);

pub struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    name: &'static str,
    most: usize,
    on_start: Box<dyn Fn() + Send + Sync>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl Pool {
    /// At most `most` threads; each runs `on_start` before its first job.
    pub fn new(name: &'static str, most: usize, on_start: impl Fn() + Send + Sync + 'static) -> Self {
        let shared =
            Shared { name, most, on_start: Box::new(on_start), state: Mutex::default(), changed: Condvar::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Queues a job; jobs start in order. `false` if the pool is closed or has no thread and cannot start one.
    #[must_use]
    pub fn run(&self, job: Job) -> bool {
        let mut state = lock(&self.shared.state);
        if state.closed {
            return false;
        }
        state.jobs.push_back(job);
        if state.idle < state.jobs.len() && state.threads < self.shared.most {
            let shared = Arc::clone(&self.shared);
            let started = thread::Builder::new().name(self.shared.name.into()).spawn(move || work(&shared));
            match started {
                Ok(_) => state.threads += 1,
                Err(_) if state.threads == 0 => {
                    state.jobs.pop_back();
                    return false;
                }
                Err(_) => {}
            }
        }
        drop(state);
        self.shared.changed.notify_one();
        true
    }

    /// Drops what has not started and lets the threads end; waits for them until `until`.
    pub fn close(&self, until: Instant) {
        let mut state = lock(&self.shared.state);
        state.closed = true;
        let dropped = std::mem::take(&mut state.jobs);
        drop(state);
        drop(dropped);
        self.shared.changed.notify_all();
        let mut state = lock(&self.shared.state);
        while state.threads > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = wait_for(&self.shared.changed, state, left);
        }
    }
}

fn work(shared: &Shared) {
    (shared.on_start)();
    let mut state = lock(&shared.state);
    let mut idle_since = Instant::now();
    loop {
        if let Some(job) = state.jobs.pop_front() {
            drop(state);
            job();
            state = lock(&shared.state);
            idle_since = Instant::now();
            continue;
        }
        let left = IDLE_LIFE.saturating_sub(idle_since.elapsed());
        if state.closed || left.is_zero() {
            state.threads -= 1;
            drop(state);
            shared.changed.notify_all();
            return;
        }
        state.idle += 1;
        state = wait_for(&shared.changed, state, left);
        state.idle -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn jobs_of_one_thread_run_in_order() {
        let pool = Pool::new("test", 1, || {});
        let (sender, receiver) = channel();
        for number in 0..100 {
            let sender = sender.clone();
            assert!(pool.run(Box::new(move || sender.send(number).unwrap())));
        }
        drop(sender);
        assert_eq!(receiver.iter().collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_waiting_job_does_not_hold_up_the_next() {
        let pool = Pool::new("test", 2, || {});
        let (release, held) = channel::<()>();
        let (sender, receiver) = channel();
        assert!(pool.run(Box::new(move || assert!(held.recv().is_err()))));
        assert!(pool.run(Box::new(move || sender.send(()).unwrap())));
        receiver.recv().unwrap();
        drop(release);
        pool.close(Instant::now() + Duration::from_secs(60));
        assert!(!pool.run(Box::new(|| {})));
    }
}
