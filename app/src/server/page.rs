//! What a visit comes to: a page, a redirect or a file.

pub use crate::components::layout::Metadata;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, HeaderValue};
use axum::response::Response;
use encore::Outcome;
use leptos::prelude::*;

/// What a visit comes to.
pub enum Shown {
    Page(Page),
    /// Another page is the right one.
    Go(String),
    /// What is no page: a picture, a drawing, a part of a page.
    File(Box<Response>),
}

impl Shown {
    /// What is no page, of a kind; under a name where it is to be kept as a file.
    pub fn file(kind: &'static str, body: impl Into<Body>, name: Option<&str>) -> Self {
        // Names are ours, and plain.
        let name = name.and_then(|name| format!("attachment; filename=\"{name}\"").parse().ok());
        Self::sent(kind, body, name.map(|name| (CONTENT_DISPOSITION, name)))
    }

    /// What is no page and never changes: its address does.
    pub fn lasting(kind: &'static str, body: impl Into<Body>) -> Self {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        Self::sent(kind, body, Some((CACHE_CONTROL, forever)))
    }

    fn sent(kind: &'static str, body: impl Into<Body>, header: Option<(HeaderName, HeaderValue)>) -> Self {
        let mut response = Response::new(body.into());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        response.headers_mut().extend(header);
        Self::File(Box::new(response))
    }

    /// A part of a page, as a script puts it in.
    pub fn part(html: String) -> Self {
        Self::file("text/html; charset=utf-8", html, None)
    }
}

/// A page before it is rendered.
pub struct Page {
    pub title: String,
    /// For pages that look again by themselves where no script runs.
    pub refresh_seconds: Option<u32>,
    pub(super) large_part: Option<String>,
    pub(super) metadata: Option<Metadata>,
    pub(super) view: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Page {
    /// A page with a title, from what its view is built of.
    pub fn of<V: IntoView + 'static>(title: impl Into<String>, view: impl FnOnce() -> V + Send + 'static) -> Self {
        Self {
            title: title.into(),
            refresh_seconds: None,
            large_part: None,
            metadata: None,
            view: Box::new(move || view().into_any()),
        }
    }

    /// The page with its large part, which goes where the view says [`LARGE_PART`](crate::components::layout::LARGE_PART).
    pub fn with(self, large_part: String) -> Self {
        Self { large_part: Some(large_part), ..self }
    }

    /// The page with what search engines and social networks read of it.
    pub fn with_metadata(self, metadata: Metadata) -> Self {
        Self { metadata: Some(metadata), ..self }
    }

    /// Shows this page.
    ///
    /// # Errors
    /// None; the type is that of a page's last line.
    pub fn show(self) -> Outcome<Shown> {
        Ok(Shown::Page(self))
    }
}
