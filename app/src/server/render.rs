//! Makes the HTTP response to a visit: a page as HTML with its content security policy, a redirect or a file.

use super::page::{Page, PageResult};
use super::visit::Visit;
use super::{App, Problem};
use crate::components::layout::{Document, LARGE_PART, shell};
use crate::components::views::ErrorView;
use crate::paths::{sign_in_path, with_next};
use crate::words::Locale;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use axum::http::{StatusCode, request::Parts};
use axum::response::{IntoResponse, Redirect, Response};
use encore::domain::Refusal;
use encore::domain::legal::LegalKind;
use encore::{Denied, Fault, Outcome};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::{ResponseOptions, render_app_async_with_context};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

/// Makes the HTTP response to a visit. A browser that must sign in first, or pass a second step, is redirected to
/// the page for that.
///
/// # Errors
/// Any other refusal or fault in `shown`, or a fault if the page cannot be rendered.
pub async fn answer(
    visit: &Visit,
    parts: Parts,
    status: StatusCode,
    shown: Outcome<PageResult>,
) -> Result<Response, Problem> {
    match shown {
        Ok(PageResult::Page(page)) => Ok(render(visit, parts, status, page).await?),
        Ok(PageResult::Redirect(path)) => Ok(Redirect::to(&path).into_response()),
        Ok(PageResult::File(file)) => Ok(*file),
        Err(Denied::Refused(Refusal::NotSignedIn)) if visit.wants_page() => {
            Ok(Redirect::to(&sign_in_path(&visit.path)).into_response())
        }
        Err(Denied::Refused(Refusal::SecondStepNeeded)) if visit.wants_page() => {
            Ok(Redirect::to(&with_next("/second-step", &visit.path)).into_response())
        }
        Err(denied) => Err(Problem::from(denied)),
    }
}

async fn render(visit: &Visit, parts: Parts, status: StatusCode, page: Page) -> Result<Response, Denied> {
    let notice = visit.flash.as_ref().filter(|flash| !flash.is_only_about(page.marked));
    let document = Document {
        locale: visit.locale,
        title: page.title,
        user: visit.user.clone(),
        knows_user: true,
        path: visit.path.clone(),
        notice: notice.and_then(|flash| flash.sentence(visit.locale)),
        refresh_seconds: page.refresh_seconds,
        metadata: page.metadata,
        layout: page.layout,
        origin: visit.app.origin.clone(),
        is_demo: visit.house().is_demo(),
        seller: visit.app.seller.clone(),
        legal: legal_kinds(&visit.app),
        view: page.view,
    };
    let response = html(&visit.app, parts, status, document).await;
    match page.large_part {
        Some(part) => insert_large_part(response, part).await,
        None => Ok(response),
    }
}

fn legal_kinds(app: &App) -> Vec<LegalKind> {
    app.house.legal_texts().iter().map(|text| text.kind).collect()
}

/// Replaces the mark [`LARGE_PART`] in a rendered page with `part`.
async fn insert_large_part(response: Response, part: String) -> Result<Response, Denied> {
    let (head, body) = response.into_parts();
    let page = to_bytes(body, usize::MAX).await.map_err(|_| Fault::Broken("a page could not be rendered"))?;
    let at = page.windows(LARGE_PART.len()).position(|window| window == LARGE_PART.as_bytes());
    let at = at.ok_or(Fault::Broken("a page has no mark for its large part"))?;
    let frames = [page.slice(..at), part.into(), page.slice(at + LARGE_PART.len()..)].map(Ok::<_, Infallible>);
    Ok(Response::from_parts(head, Body::from_stream(futures_util::stream::iter(frames))))
}

/// Renders the page that a browser gets for a refusal or a fault.
pub async fn error_page(
    app: &App,
    l: Locale,
    parts: Parts,
    status: StatusCode,
    title: &'static str,
    text: String,
) -> Response {
    let document = Document {
        locale: l,
        title: title.to_owned(),
        user: None,
        knows_user: false,
        path: parts.uri.path().to_owned(),
        notice: None,
        refresh_seconds: None,
        metadata: None,
        layout: None,
        origin: app.origin.clone(),
        is_demo: app.house.is_demo(),
        seller: app.seller.clone(),
        legal: legal_kinds(app),
        view: Box::new(move || view! { <ErrorView l status=status.as_u16() title text/> }.into_any()),
    };
    html(app, parts, status, document).await
}

async fn html(app: &App, parts: Parts, status: StatusCode, document: Document) -> Response {
    // Leptos requires a view that can be called more than once, but the document can be rendered only once.
    let document = Arc::new(Mutex::new(Some(document)));
    let site = app.site.clone();
    let view = move || {
        let document = document.lock().unwrap_or_else(PoisonError::into_inner).take();
        document.map(|document| shell(&site, document))
    };
    let context = move || policy(status);
    render_app_async_with_context(context, view)(Request::from_parts(parts, Body::empty())).await
}

/// Sets the status of a page, and the content security policy that lets only its own scripts run.
fn policy(status: StatusCode) {
    let options = expect_context::<ResponseOptions>();
    options.set_status(status);
    let nonce = use_nonce().map(|nonce| format!("'nonce-{nonce}' ")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; object-src 'none'; script-src 'self' {nonce}'wasm-unsafe-eval'; style-src 'self' {nonce}; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        options.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}
