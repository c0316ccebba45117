//! The posters of concerts, as `server::picture` encoded them. Each new picture has a new address, so browsers may
//! cache it for good.

use crate::server::access::Anybody;
use crate::server::page::Shown;
use crate::server::visit::Visit;
use encore::domain::ConcertId;
use encore::{Outcome, box_office};
use std::sync::Arc;

pub async fn poster(visit: Arc<Visit>, _: Anybody) -> Outcome<Shown> {
    let tag = visit.name("tag").unwrap_or_default().to_owned();
    let image = box_office::poster(visit.house(), ConcertId(visit.id()?), tag).await?;
    Ok(Shown::lasting("image/jpeg", image))
}
