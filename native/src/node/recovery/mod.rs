//! What a seed alone, or a backup of any age, brings back beyond the wallet's own outputs.

pub mod birthday;
pub mod monitors;
pub mod payouts;

mod keys;
mod scan;
mod sweeper;
