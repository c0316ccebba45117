//! The posters of concerts, as the house encoded them. The address of a picture changes with it.

use crate::server::page::{Shown, Visit};
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::Response;
use encore::domain::ConcertId;
use encore::{Outcome, box_office};
use std::sync::Arc;

pub async fn poster(visit: Arc<Visit>) -> Outcome<Shown> {
    let tag = visit.name("tag").unwrap_or_default().to_owned();
    let image = box_office::poster(visit.house(), ConcertId(visit.id()?), tag).await?;
    let mut response = Response::new(Body::from(image));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Ok(Shown::File(Box::new(response)))
}
