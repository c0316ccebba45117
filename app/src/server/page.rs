//! The result of a visit before it is rendered: a page, a redirect or a file.

pub use crate::components::layout::Metadata;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName, HeaderValue};
use axum::response::Response;
use encore::Outcome;
use encore::domain::Field;
use leptos::prelude::*;

/// The result of a visit.
pub enum PageResult {
    Page(Page),
    /// A redirect to this path.
    Redirect(String),
    /// A finished response that is not a whole page: a picture, a download or a fragment of HTML.
    File(Box<Response>),
}

impl PageResult {
    /// A response with the content type `kind`. If `name` is given, the browser saves the response as a file with that
    /// name.
    pub fn file(kind: &'static str, body: impl Into<Body>, name: Option<&str>) -> Self {
        // Names consist only of constants and numbers, so they need no escaping.
        let name = name.and_then(|name| format!("attachment; filename=\"{name}\"").parse().ok());
        Self::with_type(kind, body, name.map(|name| (CONTENT_DISPOSITION, name)))
    }

    /// A response that browsers may cache forever: if its content changes, its path changes too.
    pub fn immutable_file(kind: &'static str, body: impl Into<Body>) -> Self {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        Self::with_type(kind, body, Some((CACHE_CONTROL, forever)))
    }

    fn with_type(kind: &'static str, body: impl Into<Body>, header: Option<(HeaderName, HeaderValue)>) -> Self {
        let mut response = Response::new(body.into());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        response.headers_mut().extend(header);
        Self::File(Box::new(response))
    }

    /// A fragment of HTML, which a script inserts into the page.
    pub fn fragment(html: String) -> Self {
        Self::file("text/html; charset=utf-8", html, None)
    }
}

/// A page before it is rendered.
pub struct Page {
    pub title: String,
    pub(super) refresh_seconds: Option<u32>,
    pub(super) large_part: Option<String>,
    pub(super) metadata: Option<Metadata>,
    pub(super) layout: Option<&'static str>,
    pub(super) marked: &'static [Field],
    pub(super) view: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Page {
    /// A page with this title; `view` is called when the page is rendered.
    pub fn of<V: IntoView + 'static>(title: impl Into<String>, view: impl FnOnce() -> V + Send + 'static) -> Self {
        Self {
            title: title.into(),
            refresh_seconds: None,
            large_part: None,
            metadata: None,
            layout: None,
            marked: &[],
            view: Box::new(move || view().into_any()),
        }
    }

    /// The page with a large fragment of rendered HTML, which replaces the placeholder
    /// [`LARGE_PART`](crate::components::layout::LARGE_PART).
    pub fn with_large_part(self, large_part: String) -> Self {
        Self { large_part: Some(large_part), ..self }
    }

    /// The page, which browsers without scripts reload after so many seconds.
    pub fn with_refresh(self, seconds: u32) -> Self {
        Self { refresh_seconds: Some(seconds), ..self }
    }

    /// The page with metadata for search engines and social networks.
    pub fn with_metadata(self, metadata: Metadata) -> Self {
        Self { metadata: Some(metadata), ..self }
    }

    /// The page with a name by which the style sheet lays out what is around it (the header, the margins): the attribute
    /// `data-layout` of the body. A selector such as `body:has(.door)` would do the same, but the browser would search
    /// the whole page for it whenever anything changes.
    pub fn with_layout(self, layout: &'static str) -> Self {
        Self { layout: Some(layout), ..self }
    }

    /// The page, which says beside each of these fields what is wrong with it, so that no notice says the same.
    pub fn with_marked(self, fields: &'static [Field]) -> Self {
        Self { marked: fields, ..self }
    }

    /// Wraps the page as the result of a page function. Always returns `Ok`.
    pub fn into_result(self) -> Outcome<PageResult> {
        Ok(PageResult::Page(self))
    }
}
