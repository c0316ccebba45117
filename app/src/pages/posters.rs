//! The posters of concerts, as `server::picture` encoded them. Each new picture has a new address, so browsers may
//! cache it for good.

use crate::server::access::Anybody;
use crate::server::page::PageResult;
use crate::server::visit::Visit;
use encore::domain::ConcertId;
use encore::{Outcome, box_office};
use std::sync::Arc;

pub async fn poster(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    let tag = visit.path_param("tag").unwrap_or_default().to_owned();
    let image = box_office::poster(visit.house(), ConcertId(visit.id()?), tag).await?;
    Ok(PageResult::immutable_file("image/jpeg", image))
}
