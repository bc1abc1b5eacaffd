//! The service manager's datagram socket (`sd_notify(3)`), which Bun has no way to write to.

use std::os::unix::net::{SocketAddr, UnixDatagram};

use serde::Deserialize;
use serde_json::{json, Value};

use super::life::NodeHandle;
use super::methods::Answer;
use crate::failure::{Failure, Kind};
use crate::rpc::params;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notify {
    /// As `NOTIFY_SOCKET` has it: a path, or `@` and an abstract name.
    socket: String,
    /// `READY=1`, `WATCHDOG=1`, ...; lines.
    state: String,
}

pub fn notify(_: &NodeHandle, input: Value) -> Answer {
    let Notify { socket, state } = params(input)?;
    let sent = address(&socket).and_then(|address| {
        let datagram = UnixDatagram::unbound()?;
        // A manager that does not read must not hold anything up.
        datagram.set_nonblocking(true)?;
        datagram.send_to_addr(state.as_bytes(), &address)
    });
    sent.map(|_| json!({})).map_err(|error| {
        let message = format!("The service manager cannot be told over {socket}.");
        Failure::new(Kind::FeatureUnavailable, message).detail(error.to_string())
    })
}

fn address(socket: &str) -> std::io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = socket.strip_prefix('@') {
        use std::os::linux::net::SocketAddrExt;
        return SocketAddr::from_abstract_name(name);
    }
    SocketAddr::from_pathname(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_an_abstract_name_are_both_reached() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let by_path = UnixDatagram::bind(&path).unwrap();
        let name = format!("peer-stables-test-{}", std::process::id());
        let mut pairs = vec![(by_path, path.to_string_lossy().into_owned())];
        if cfg!(target_os = "linux") {
            let socket = format!("@{name}");
            pairs.push((UnixDatagram::bind_addr(&address(&socket).unwrap()).unwrap(), socket));
        }
        for (receiver, socket) in pairs {
            let sender = UnixDatagram::unbound().unwrap();
            sender.send_to_addr(b"READY=1", &address(&socket).unwrap()).unwrap();
            let mut buffer = [0; 16];
            let size = receiver.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..size], b"READY=1");
        }
    }
}
