//! Charging points, paying for seats, and cancelling a ticket. Each form has an idempotency key: a form that is sent
//! twice is carried out once.

use crate::problem::Problem;
use encore::domain::points::Charged;
use encore::domain::purchase::Purchased;
use encore::domain::refund::Cancelled;
use encore::domain::{Points, ReservationId, ScheduleId};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    crate::paths::{cancel_path_by_id, checkout_path, local_path, queue_path},
    crate::server::access::Fan,
    crate::server::flash::Notice,
    crate::server::verb::{RefusalPage, Verb, verb_context},
    encore::Denied,
    encore::box_office,
    encore::domain::Refusal,
    encore::domain::points::parse_amount,
};

/// Adds points to the fan's balance. `amount` is the text that was typed, which may have commas, such as `10,000`.
/// `next` is the path of the page to which a browser goes then.
#[server(name = Charge, prefix = "/api", endpoint = "charge")]
pub async fn charge(amount: String, idempotency_key: String, next: Option<String>) -> Result<Charged, Problem> {
    drop(next);
    let (app, _, fan) = verb_context::<Charge>();
    let amount = parse_amount(&amount)?;
    Ok(box_office::charge(&app.house, app.provider, fan.id(), amount, idempotency_key).await?)
}

/// Buys all the seats that the fan holds in the schedule. `total` is the total price that the page showed, in points.
/// If it is given and the price has changed, the purchase is refused. `charge` is the number of points that the page
/// showed as missing. If exactly these are missing and nothing else prevents the purchase, they are added first.
#[server(name = Purchase, prefix = "/api", endpoint = "purchase")]
pub async fn purchase(
    schedule_id: ScheduleId,
    idempotency_key: String,
    total: Option<Points>,
    charge: Option<Points>,
) -> Result<Purchased, Problem> {
    let (app, _, fan) = verb_context::<Purchase>();
    let buy = || box_office::purchase(&app.house, fan.id(), schedule_id, total, idempotency_key.clone());
    match buy().await {
        Err(Denied::Refused(Refusal::NotEnoughPoints { missing })) if charge == Some(missing) => {
            let key = format!("{idempotency_key}+");
            box_office::charge(&app.house, app.provider, fan.id(), missing, key).await?;
            Ok(buy().await?)
        }
        bought => Ok(bought?),
    }
}

/// Cancels one ticket. `refund` is the refund that the page showed, in points. If it is given and the refund has
/// changed, the cancellation is refused.
#[server(name = Cancel, prefix = "/api", endpoint = "cancel")]
pub async fn cancel(
    reservation_id: ReservationId,
    idempotency_key: String,
    refund: Option<Points>,
) -> Result<Cancelled, Problem> {
    let (app, _, fan) = verb_context::<Cancel>();
    Ok(box_office::cancel(&app.house, fan.id(), reservation_id, refund, idempotency_key).await?)
}

#[cfg(feature = "ssr")]
impl Charge {
    fn page(&self) -> String {
        self.next.as_deref().map_or_else(|| "/points".to_owned(), |next| local_path(Some(next)))
    }
}

#[cfg(feature = "ssr")]
impl Verb for Charge {
    type Proof = Fan;
    const SHOWN_AGAIN: &'static [&'static str] = &["amount"];

    fn next(&self, _: &Charged) -> (String, Option<Notice>) {
        (self.page(), parse_amount(&self.amount).ok().map(|amount| Notice::Charged { amount }))
    }

    fn on_refusal(&self, refusal: &Refusal) -> RefusalPage {
        match refusal {
            // The page, loaded again, has a new key.
            Refusal::KeyReused => RefusalPage::Elsewhere(self.page()),
            _ => RefusalPage::ToForm(self.page()),
        }
    }
}

#[cfg(feature = "ssr")]
impl Verb for Purchase {
    type Proof = Fan;

    fn next(&self, bought: &Purchased) -> (String, Option<Notice>) {
        ("/tickets".into(), Some(Notice::Purchased { tickets: bought.reservations.len() }))
    }

    fn on_refusal(&self, refusal: &Refusal) -> RefusalPage {
        let checkout = checkout_path(self.schedule_id);
        match refusal {
            // The checkout, loaded again, shows the current seats and points, and has a new key.
            Refusal::AlreadyBought | Refusal::HoldExpired | Refusal::NothingHeld | Refusal::TotalChanged { .. } => {
                RefusalPage::Elsewhere(checkout)
            }
            Refusal::NotAdmitted => RefusalPage::Elsewhere(queue_path(self.schedule_id)),
            _ => RefusalPage::ToForm(checkout),
        }
    }
}

#[cfg(feature = "ssr")]
impl Verb for Cancel {
    type Proof = Fan;

    fn next(&self, cancelled: &Cancelled) -> (String, Option<Notice>) {
        ("/tickets".into(), Some(Notice::Cancelled { refund: cancelled.refund }))
    }

    fn on_refusal(&self, refusal: &Refusal) -> RefusalPage {
        let page = cancel_path_by_id(self.reservation_id);
        match refusal {
            // The page, loaded again, shows the current refund or why there is none, and has a new key.
            Refusal::KeyReused
            | Refusal::RefundChanged { .. }
            | Refusal::NotRefundable
            | Refusal::AlreadyCancelled
            | Refusal::TicketUsed => RefusalPage::Elsewhere(page),
            _ => RefusalPage::ToForm(page),
        }
    }
}
