//! Records of payments that ldk-node had to forget so that they could be offered to LDK again, while LDK knows them.

use std::collections::HashMap;
use std::sync::Mutex;

use ldk_node::lightning::ln::channelmanager::PaymentId;
use ldk_node::payment::{PaymentDetails, PaymentStatus};
use ldk_node::Event;

use crate::sync::lock;

#[derive(Default)]
pub struct Aside(Mutex<HashMap<PaymentId, PaymentDetails>>);

impl Aside {
    pub fn keep(&self, payment: PaymentDetails) {
        lock(&self.0).insert(payment.id, payment);
    }

    pub fn get(&self, id: &PaymentId) -> Option<PaymentDetails> {
        lock(&self.0).get(id).cloned()
    }

    /// Those that are not in a list.
    pub fn without(&self, listed: &[PaymentDetails]) -> Vec<PaymentDetails> {
        let mut aside = lock(&self.0).clone();
        for payment in listed {
            aside.remove(&payment.id);
        }
        aside.into_values().collect()
    }

    /// How one of them ended; ldk-node itself can't note it any more.
    pub fn hear(&self, event: &Event) {
        let (id, status) = match event {
            Event::PaymentSuccessful { payment_id: Some(id), .. } => (id, PaymentStatus::Succeeded),
            Event::PaymentFailed { payment_id: Some(id), .. } => (id, PaymentStatus::Failed),
            _ => return,
        };
        if let Some(payment) = lock(&self.0).get_mut(id) {
            payment.status = status;
        }
    }
}
