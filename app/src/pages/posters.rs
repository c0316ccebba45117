//! The posters of concerts as pictures: uploaded ones as `server::picture` encoded them, and drawn ones for social
//! networks. Each picture has an address of its own, so browsers may cache it for good.

use crate::components::poster_art::{self, Art, DRAWN};
use crate::server::access::Anybody;
use crate::server::page::PageResult;
use crate::server::visit::Visit;
use encore::domain::{ConcertId, Refusal};
use encore::{Outcome, box_office};
use std::sync::Arc;

pub async fn poster(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let (id, tag) = (ConcertId(visit.id()?), visit.path_param("tag").unwrap_or_default().to_owned());
    if !tag.starts_with(DRAWN) {
        let image = box_office::poster(visit.house(), id, tag).await?;
        return Ok(PageResult::immutable_file("image/jpeg", image));
    }
    let concert = box_office::concert(visit.house(), id).await?.concert;
    if tag != poster_art::tag(&concert.title, &concert.performer) {
        return Err(Refusal::NotFound.into());
    }
    let image = visit.app.drawn_posters.of(tag, Art::of(&concert.title, &concert.performer)).await?;
    Ok(PageResult::immutable_file("image/jpeg", image))
}
