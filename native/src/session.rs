//! One open handle: its queue, its lanes, and the service (a node or a chain) that answers its requests.

use std::io::PipeReader;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::deadlines;
use crate::failure::{Failure, Kind};
use crate::faults::{guarded, Faults};
use crate::outgoing::Outgoing;
use crate::pool::Pool;
use crate::rpc::{self, Incoming, Request};
use crate::ticket::Ticket;

/// How long closing a handle waits for calls that are under way.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

/// Which threads a request runs on, so that a slow one never holds up a quick one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Looks only; done in microseconds.
    Read,
    /// Acknowledges events, in order: the next event waits for it.
    Acknowledge,
    /// Sends payments, in order, from one thread: LDK's locks make more of them no faster.
    Pay,
    /// Waits for strangers, who may never answer.
    Ask,
    /// May wait for the network, the disk or the chain.
    Slow,
}

/// What answers the requests of a handle.
pub trait Service: Send + Sync {
    /// The lane of a method; `None` if there is no such method.
    fn lane(&self, method: &str) -> Option<Lane>;
    fn call(&self, method: &str, params: Value) -> Result<Value, Failure>;
    /// Called after the reply to `method` was queued.
    fn answered(&self, _method: &str) {}
    /// Whether `method` may run although something of this handle has panicked.
    fn survives_panic(&self, _method: &str) -> bool {
        false
    }
    /// Ends everything; waits for it where that is possible.
    fn close(&self);
}

pub enum Refused {
    QueueFull,
    Unanswerable,
}

pub struct Session {
    outgoing: Arc<Outgoing>,
    faults: Arc<Faults>,
    service: Arc<dyn Service>,
    read: Pool,
    acknowledge: Pool,
    pay: Pool,
    ask: Pool,
    slow: Pool,
}

impl Session {
    pub fn new(outgoing: Arc<Outgoing>, faults: Arc<Faults>, service: Arc<dyn Service>) -> Self {
        let pool = |name, most| {
            let faults = Arc::clone(&faults);
            Pool::new(name, most, move || faults.adopt_thread())
        };
        Self {
            read: pool("ps-read", 2),
            acknowledge: pool("ps-ack", 1),
            pay: pool("ps-pay", 1),
            ask: pool("ps-ask", 8),
            slow: pool("ps-slow", 16),
            outgoing,
            faults,
            service,
        }
    }

    pub fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }

    /// Takes one request; never blocks. Everything but the two refusals is answered through the queue.
    pub fn send(&self, text: &str) -> Result<(), Refused> {
        let incoming = rpc::parse(text);
        if matches!(incoming, Incoming::Unanswerable) {
            return Err(Refused::Unanswerable);
        }
        if !self.outgoing.reserve_reply() {
            return Err(Refused::QueueFull);
        }
        match incoming {
            Incoming::Request(request) => self.dispatch(request),
            Incoming::Malformed { id, failure } => self.outgoing.push_reply(rpc::reply(id, Err(failure))),
            Incoming::Unanswerable => {}
        }
        Ok(())
    }

    fn dispatch(&self, request: Request) {
        let Request { id, method, params, deadline } = request;
        let ticket = Arc::new(Ticket::new(id, method, Arc::clone(&self.outgoing)));
        let Some(lane) = self.service.lane(&ticket.method) else {
            let message = format!("There is no method \"{}\".", ticket.method);
            return ticket.answer(Err(Failure::new(Kind::UnknownMethod, message)));
        };
        deadlines::watch(Arc::downgrade(&ticket), deadline);
        let service = Arc::clone(&self.service);
        let faults = Arc::clone(&self.faults);
        let worked = Arc::clone(&ticket);
        let job = Box::new(move || run(&*service, &faults, &worked, params));
        if !self.lane(lane).run(job) {
            let message =
                "The request could not be given to a thread; the handle is closing or the system is out of threads.";
            ticket.answer(Err(Failure::new(Kind::Closed, message)));
        }
    }

    fn lane(&self, lane: Lane) -> &Pool {
        match lane {
            Lane::Read => &self.read,
            Lane::Acknowledge => &self.acknowledge,
            Lane::Pay => &self.pay,
            Lane::Ask => &self.ask,
            Lane::Slow => &self.slow,
        }
    }

    /// Ends the queue, the service and the threads. Returns the read end of the wake pipe for later closing.
    pub fn close(&self) -> Option<PipeReader> {
        let reader = self.outgoing.close();
        // A panic while closing is recorded by the hook; the rest is closed all the same.
        let _ = guarded(|| self.service.close());
        let until = Instant::now() + CLOSE_PATIENCE;
        for pool in [&self.read, &self.acknowledge, &self.pay, &self.ask, &self.slow] {
            pool.close(until);
        }
        reader
    }
}

fn run(service: &dyn Service, faults: &Faults, ticket: &Ticket, params: Value) {
    if !ticket.begin() {
        return;
    }
    if !service.survives_panic(&ticket.method) {
        if let Some(failure) = faults.failure() {
            return ticket.answer(Err(failure));
        }
    }
    let outcome = guarded(|| service.call(&ticket.method, params)).unwrap_or_else(Err);
    ticket.answer(outcome);
    service.answered(&ticket.method);
}
