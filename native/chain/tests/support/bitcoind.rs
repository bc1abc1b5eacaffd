//! A real bitcoind to compare with, when the environment's `BITCOIND_PATH` names one.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use super::client::Client;

pub struct Bitcoind {
    process: Child,
    port: u16,
    _dir: TempDir,
}

impl Bitcoind {
    /// Starts one on a fresh regtest chain.
    pub fn start() -> Self {
        let path = std::env::var_os("BITCOIND_PATH").unwrap_or_else(|| panic!("BITCOIND_PATH names no bitcoind"));
        let version = Command::new(&path).arg("-version").output().unwrap().stdout;
        // Bitcoin Knots has other defaults and one switch back to Bitcoin Core's, which Core itself does not know.
        let knots = String::from_utf8_lossy(&version).contains("Knots").then_some("-corepolicy=1");
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let process = Command::new(path)
            .args(["-regtest", "-server", "-txindex=1", "-listen=0", "-rpcuser=u", "-rpcpassword=p"])
            // What the embedded chain takes from Bitcoin Core, where forks set other defaults.
            .args([
                "-minrelaytxfee=0.00001",
                "-incrementalrelayfee=0.00001",
                "-datacarriersize=83",
                "-permitbareanchor=1",
            ])
            .args(knots)
            .arg(format!("-rpcport={port}"))
            .arg(format!("-datadir={}", dir.path().display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let bitcoind = Self { process, port, _dir: dir };
        let patience = Instant::now() + Duration::from_secs(60);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err()
            || bitcoind.client().call("getblockcount", json!([])).is_err()
        {
            assert!(Instant::now() < patience, "bitcoind does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        bitcoind
    }

    pub fn client(&self) -> Client {
        Client::new(self.port, "u", "p")
    }
}

impl Drop for Bitcoind {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
