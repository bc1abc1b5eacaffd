//! One question over a connection of its own: dial, BOLT8 handshake, `init`, request, response, hang up. Each runs
//! under a fresh key, so that it disturbs neither the node's own connection to that LSP nor another question, and so
//! that an LSP can't tell whose questions they are.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ldk_node::bitcoin::secp256k1::PublicKey;
use ldk_node::lightning::ln::peer_handler::{
    ErroringMessageHandler, IgnoringMessageHandler, MessageHandler, PeerManager,
};
use ldk_node::lightning::sign::KeysManager;
use ldk_node::lightning::util::logger::{Logger, Record};
use ldk_node::tokio::net::TcpStream;
use ldk_node::tokio::sync::oneshot;
use ldk_node::tokio::time::timeout;
use lightning_net_tokio::{setup_outbound, SocketDescriptor};
use serde_json::{json, Map, Value};

use super::conversation::{Answer, Conversation};
use crate::failure::{Failure, Kind};
use crate::hex::to_hex;

/// How long hanging up may take before the answer is handed over all the same.
const HANG_UP: Duration = Duration::from_secs(1);
/// Seeds for the key and for the ephemeral handshake keys, and the request's id: 128 bits, where bLIP-50 asks for 80.
const RANDOM: usize = 32 + 32 + 16;

pub struct Question {
    pub node_id: PublicKey,
    /// host:port
    pub address: String,
    pub method: String,
    pub params: Map<String, Value>,
    pub patience: Duration,
}

type Manager = PeerManager<
    SocketDescriptor,
    Arc<ErroringMessageHandler>,
    Arc<IgnoringMessageHandler>,
    Arc<IgnoringMessageHandler>,
    Arc<Silent>,
    Arc<Conversation>,
    Arc<KeysManager>,
    Arc<IgnoringMessageHandler>,
>;

/// What a stranger sends is no matter for the node's log.
struct Silent;

impl Logger for Silent {
    fn log(&self, _: Record) {}
}

/// Asks an LSP.
///
/// # Errors
/// `connection_failed` where no conversation came about; `lsps_no_reply` where the LSP said nothing in time or hung up;
/// `lsps_bad_message` where it said something else than JSON-RPC.
pub async fn ask(question: Question) -> Result<Value, Failure> {
    let mut random = [0; RANDOM];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::new(Kind::Internal, "No random numbers.").detail(error.to_string()))?;
    let id = to_hex(&random[64..]);
    let request =
        json!({ "jsonrpc": "2.0", "id": id, "method": question.method, "params": question.params }).to_string();
    let (sender, receiver) = oneshot::channel();
    let conversation = Arc::new(Conversation::new(id.clone(), request, sender));
    let manager = Arc::new(manager(&random, Arc::clone(&conversation)));
    let (node_id, address) = (question.node_id, question.address);

    let (used, ended) = (Arc::clone(&manager), Arc::clone(&conversation));
    let dialogue = async {
        let stream = dial(&address).await.map_err(|error| {
            Failure::new(Kind::ConnectionFailed, format!("Nothing answers at {address}.")).detail(error.to_string())
        })?;
        let connected = setup_outbound(used, node_id, stream);
        let connection = ldk_node::tokio::spawn(async move {
            connected.await;
            // LDK tells the handler of a peer's end only where there was a handshake.
            ended.end();
        });
        let answer = receiver.await;
        Ok((connection, answer))
    };
    let outcome = timeout(question.patience, dialogue).await;
    // Also a connection whose handshake never ended: it has no node id yet by which to find it.
    manager.disconnect_all_peers();
    let begun = conversation.begun();
    match outcome {
        Ok(Err(failure)) => Err(failure),
        Ok(Ok((connection, answer))) => {
            let _ = timeout(HANG_UP, connection).await;
            match answer {
                Ok(Answer::Reply(reply)) => Ok(json!({ "request_id": id, "reply": reply })),
                Ok(Answer::Junk(reason)) => {
                    Err(Failure::new(Kind::LspsBadMessage, "The LSP answered in no form that LSPS0 knows.")
                        .detail(reason))
                }
                Err(_) => Err(gone(begun, "the connection was closed")),
            }
        }
        Err(_) => Err(gone(begun, "no answer in time")),
    }
}

async fn dial(address: &str) -> std::io::Result<std::net::TcpStream> {
    let stream = TcpStream::connect(address).await?;
    // Small messages in turn: held back for more, each would wait 40 ms for the other side's delayed acknowledgement.
    stream.set_nodelay(true)?;
    stream.into_std()
}

fn gone(begun: bool, how: &str) -> Failure {
    if begun {
        return Failure::new(Kind::LspsNoReply, format!("The LSP took the request and gave no reply: {how}."));
    }
    let message = format!("No Lightning node of this id speaks at this address: {how}.");
    Failure::new(Kind::ConnectionFailed, message)
}

fn manager(random: &[u8; RANDOM], conversation: Arc<Conversation>) -> Manager {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (mut key_seed, mut ephemeral_seed) = ([0; 32], [0; 32]);
    key_seed.copy_from_slice(&random[..32]);
    ephemeral_seed.copy_from_slice(&random[32..64]);
    let ignoring = Arc::new(IgnoringMessageHandler {});
    let handlers = MessageHandler {
        chan_handler: Arc::new(ErroringMessageHandler::new()),
        route_handler: Arc::clone(&ignoring),
        onion_message_handler: Arc::clone(&ignoring),
        custom_message_handler: conversation,
        send_only_message_handler: ignoring,
    };
    let keys = Arc::new(KeysManager::new(&key_seed, now.as_secs(), now.subsec_nanos(), true));
    let seconds = u32::try_from(now.as_secs()).unwrap_or(u32::MAX);
    PeerManager::new(handlers, seconds, &ephemeral_seed, Arc::new(Silent), keys)
}
