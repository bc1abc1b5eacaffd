//! Handles of kind "node".

mod activity;
mod aside;
mod backup;
mod build;
mod changes;
mod channels;
mod config;
mod data_dir;
mod downloads;
mod events;
mod fee_rates;
mod invoices;
mod life;
mod listening;
mod live;
mod log;
mod log_file;
mod lsps;
mod messages;
mod methods;
mod notify;
mod offers;
mod onchain;
mod ordered;
mod orders;
mod payments;
mod peers;
mod probe;
mod pump;
mod recovery;
mod refusals;
mod seed;
mod source;
mod status;
mod store;
mod unreturned;

use std::sync::atomic::AtomicU64;
use std::sync::Arc;

use serde_json::Value;

use crate::failure::Failure;
use crate::faults::Faults;
use crate::outgoing::Outgoing;
use crate::session::Service;
use life::NodeHandle;
use live::Setting;
use log::Log;
use log_file::LogFile;

/// Checks the configuration, takes the directory and has the seed ready; the node itself is built by `node.start`.
pub fn open(config: Value, outgoing: &Arc<Outgoing>, faults: &Arc<Faults>) -> Result<Arc<dyn Service>, Failure> {
    let mut config = config::read(config)?;
    data_dir::prepare(&config.data_dir)?;
    let lock = data_dir::lock(&config.data_dir)?;
    let seed = seed::load(&mut config.seed, &config.data_dir)?;
    let file = LogFile::open(&config.data_dir, config.log.max_bytes, config.log.files)
        .map_err(|error| data_dir::unwritable(&config.data_dir, &error))?;
    let log = Arc::new(Log::new(&config.log, file, config.secrets()));
    let setting = Setting {
        config,
        seed,
        log,
        outgoing: Arc::clone(outgoing),
        faults: Arc::clone(faults),
        next_seq: Arc::new(AtomicU64::new(1)),
    };
    Ok(Arc::new(NodeHandle::new(setting, lock)))
}
