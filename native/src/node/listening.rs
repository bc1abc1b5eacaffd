//! The addresses a node listens on.

use std::net::{TcpListener, ToSocketAddrs};
use std::thread;
use std::time::{Duration, Instant};

use ldk_node::lightning::ln::msgs::SocketAddress;

use super::config::Address;
use crate::failure::{Failure, Kind};

const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(2);

/// Tries each address, since ldk-node's own refusal names none. Port 0 becomes a free port.
pub fn resolve(addresses: &[Address]) -> Result<Vec<SocketAddress>, Failure> {
    addresses.iter().map(|Address(address)| bindable(address)).collect()
}

fn bindable(address: &SocketAddress) -> Result<SocketAddress, Failure> {
    let bound = address.to_socket_addrs().and_then(|resolved| {
        let mut last = None;
        for socket in resolved {
            last = Some(TcpListener::bind(socket)?.local_addr()?);
        }
        last.ok_or_else(|| std::io::Error::other("the name has no address"))
    });
    match bound {
        Ok(local) if port(address) == Some(0) => Ok(local.into()),
        Ok(_) => Ok(address.clone()),
        Err(error) => {
            let message = format!("Nothing can listen on {address}; choose another address or stop what uses it.");
            Err(Failure::new(Kind::PortInUse, message).detail(error.to_string()))
        }
    }
}

fn port(address: &SocketAddress) -> Option<u16> {
    match address {
        SocketAddress::TcpIpV4 { port, .. }
        | SocketAddress::TcpIpV6 { port, .. }
        | SocketAddress::Hostname { port, .. } => Some(*port),
        _ => None,
    }
}

/// Waits until every address can be bound again.
pub fn wait_free(addresses: &[SocketAddress]) {
    let until = Instant::now() + PATIENCE;
    while addresses.iter().any(|address| bindable(address).is_err()) && Instant::now() < until {
        thread::sleep(PAUSE);
    }
}
