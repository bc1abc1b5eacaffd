//! The RPC port: HTTP/1.1 on loopback behind basic authentication.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use base64::prelude::{Engine, BASE64_STANDARD};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{HeaderValue, ALLOW, AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::runtime;
use tokio::sync::oneshot;

use crate::error::ChainError;
use crate::rpc;
use crate::state::State;

/// bitcoind's limit on a request body, 32 MiB.
const MAX_BODY: u64 = 0x0200_0000;

/// Wait after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// What every connection needs.
struct Shared {
    /// The whole `Authorization` header that is let in.
    authorization: Vec<u8>,
    state: Arc<Mutex<State>>,
}

/// The RPC port. While it listens, one thread serves it, which sleeps when there are no requests.
pub struct Server {
    shared: Arc<Shared>,
    port: u16,
    listening: Option<Listening>,
}

/// A listener at work. Its thread ends, and with it all connections, once `stop` is dropped.
struct Listening {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Server {
    /// Listens on `port` (0: any) and answers for `state`.
    pub fn start(port: u16, user: &str, password: &str, state: Arc<Mutex<State>>) -> Result<Self, ChainError> {
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))).into_bytes();
        let shared = Arc::new(Shared { authorization, state });
        let mut server = Self { shared, port, listening: None };
        server.resume()?;
        Ok(server)
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Listens again. Does nothing when it listens already.
    pub fn resume(&mut self) -> Result<(), ChainError> {
        if self.listening.is_some() {
            return Ok(());
        }
        let port_failed = |error: io::Error| ChainError::PortInUse { port: self.port, reason: error.to_string() };
        let thread_failed =
            |error: io::Error| ChainError::System { what: "starting the RPC thread", reason: error.to_string() };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).map_err(port_failed)?;
        listener.set_nonblocking(true).map_err(port_failed)?;
        let port = listener.local_addr().map_err(port_failed)?.port();
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(thread_failed)?;
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        let work = move || runtime.block_on(listen(listener, shared, stopped));
        let thread = thread::Builder::new().name("chain-rpc".to_owned()).spawn(work).map_err(thread_failed)?;
        self.port = port;
        self.listening = Some(Listening { stop, thread });
        Ok(())
    }

    /// Closes the port and every connection, and returns when they are closed.
    pub fn pause(&mut self) {
        if let Some(Listening { stop, thread }) = self.listening.take() {
            drop(stop);
            // The thread has nothing to answer.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.pause();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>, mut stopped: oneshot::Receiver<()>) {
    // Fails only outside a runtime.
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        tokio::select! {
            biased;
            _ = &mut stopped => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(tokio::spawn(serve(stream, Arc::clone(&shared)))),
                // Out of file descriptors, or the connection is gone again: give others time, then go on.
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
        }
    }
}

async fn serve(stream: tokio::net::TcpStream, shared: Arc<Shared>) {
    // Replies are small and awaited one by one: they must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(respond(&shared, request).await) }
    });
    // An error is the client's hanging up.
    let _ = http1::Builder::new().title_case_headers(true).serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(shared: &Shared, request: Request<Incoming>) -> Response<Full<Bytes>> {
    if request.uri().path() != "/" {
        return plain(StatusCode::NOT_FOUND, "");
    }
    if request.method() != Method::POST {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "JSONRPC server handles only POST requests");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let given = request.headers().get(AUTHORIZATION).map_or(&[][..], HeaderValue::as_bytes);
    if !equal_in_constant_time(given, &shared.authorization) {
        let mut response = plain(StatusCode::UNAUTHORIZED, "");
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"jsonrpc\""));
        return response;
    }
    // Announced sizes are judged at once; bodies sent in chunks are cut off on the way.
    if request.body().size_hint().lower() > MAX_BODY {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "");
    }
    let limit = usize::try_from(MAX_BODY).unwrap_or(usize::MAX);
    let body = match Limited::new(request.into_body(), limit).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return plain(StatusCode::PAYLOAD_TOO_LARGE, ""),
        Err(_) => return plain(StatusCode::BAD_REQUEST, ""),
    };
    let reply = rpc::answer(&mut shared.state.lock().unwrap_or_else(PoisonError::into_inner), &body);
    let mut response =
        plain(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), reply.body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn plain(status: StatusCode, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response
}

/// Compares without telling by its duration how much was right.
fn equal_in_constant_time(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
