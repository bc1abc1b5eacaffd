//! BOLT8 message 37913, whose payload is JSON text (bLIP-50, "Message Payload Format").

use std::fmt;

use ldk_node::lightning::io;
use ldk_node::lightning::ln::msgs::DecodeError;
use ldk_node::lightning::ln::wire::Type;
use ldk_node::lightning::util::ser::{LengthLimitedRead, Writeable, Writer};

pub const MESSAGE_TYPE: u16 = 37913;

/// The payload as it came: nothing says that a peer sends text.
pub struct Message(pub Vec<u8>);

impl Message {
    pub fn read<R: LengthLimitedRead>(buffer: &mut R) -> Result<Self, DecodeError> {
        let mut payload = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            match io::Read::read(buffer, &mut chunk) {
                Ok(0) => return Ok(Self(payload)),
                Ok(size) => payload.extend_from_slice(&chunk[..size]),
                Err(error) => return Err(DecodeError::Io(error.kind())),
            }
        }
    }
}

impl Type for Message {
    fn type_id(&self) -> u16 {
        MESSAGE_TYPE
    }
}

impl Writeable for Message {
    fn write<W: Writer>(&self, writer: &mut W) -> Result<(), io::Error> {
        writer.write_all(&self.0)
    }
}

/// LDK logs what it sends and receives; a request may hold a token.
impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "an LSPS message of {} bytes", self.0.len())
    }
}
