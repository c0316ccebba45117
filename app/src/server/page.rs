//! From a visit to a page: who asks and what they named go in, a page or a redirect comes out.

use super::session::{Caller, Flash, Notice};
use super::{App, Problem};
use crate::components::layout::{Document, shell};
use crate::components::views::ErrorView;
use crate::paths::sign_in_first;
use crate::words::{self, Locale, td_string};
use axum::body::{Body, to_bytes};
use axum::extract::{RawPathParams, Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use axum::http::{StatusCode, request::Parts};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
use encore::domain::entities::User;
use encore::domain::{Field, Refusal, UserId};
use encore::{Denied, Fault, House, Outcome};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::{ResponseOptions, render_app_async_with_context};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

/// One visit of one page.
pub struct Visit {
    pub app: App,
    pub locale: Locale,
    pub user: Option<User>,
    /// What the last form left to say.
    pub flash: Option<Flash>,
    pub path: String,
    names: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

impl Visit {
    /// The house.
    pub fn house(&self) -> &House {
        &self.app.house
    }

    /// The number that the address names.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] where it is no number.
    pub fn id(&self) -> Outcome<i64> {
        let id = self.names.iter().find(|(name, _)| name == "id").and_then(|(_, id)| id.parse().ok());
        Ok(id.ok_or(Refusal::NotFound)?)
    }

    /// A part of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The fan who is signed in.
    ///
    /// # Errors
    /// [`Refusal::NotSignedIn`], which leads to the sign-in page and back.
    pub fn fan(&self) -> Outcome<UserId> {
        Ok(self.user.as_ref().map(|user| user.id).ok_or(Refusal::NotSignedIn)?)
    }

    /// What was typed into a field of the form that was refused.
    pub fn typed(&self, field: &str) -> Option<&str> {
        match &self.flash {
            Some(Flash::Refused { typed, .. }) => {
                typed.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str())
            }
            _ => None,
        }
    }

    /// Whether the last form was refused because of this field.
    pub fn is_wrong(&self, field: Field) -> bool {
        match &self.flash {
            Some(Flash::Refused { refusal: Refusal::Invalid { field: wrong }, .. }) => *wrong == field,
            Some(Flash::Refused { refusal: Refusal::EmailTaken | Refusal::BadCredentials, .. }) => {
                field == Field::Email
            }
            _ => false,
        }
    }
}

/// What a visit comes to.
pub enum Shown {
    Page(Page),
    /// Another page is the right one.
    Go(String),
}

/// A page before it is rendered.
pub struct Page {
    pub title: String,
    /// For pages that look again by themselves where no script runs.
    pub refresh_seconds: Option<u32>,
    large_part: Option<String>,
    view: Box<dyn FnOnce() -> AnyView + Send>,
}

/// Where a page's large part goes, which leptos would copy about several times. As inner HTML it is a comment, which no text
/// of a view can become.
pub const LARGE_PART: &str = "<!--large part-->";

impl Page {
    /// A page with a title, from what its view is built of.
    pub fn of<V: IntoView + 'static>(title: impl Into<String>, view: impl FnOnce() -> V + Send + 'static) -> Self {
        Self { title: title.into(), refresh_seconds: None, large_part: None, view: Box::new(move || view().into_any()) }
    }

    /// The page with its large part, which goes where the view says [`LARGE_PART`].
    pub fn with(self, large_part: String) -> Self {
        Self { large_part: Some(large_part), ..self }
    }

    /// Shows this page.
    ///
    /// # Errors
    /// None; the type is that of a page's last line.
    pub fn show(self) -> Outcome<Shown> {
        Ok(Shown::Page(self))
    }
}

/// The route of a page.
pub fn page<H, F>(handler: H) -> MethodRouter<App>
where
    H: Fn(Arc<Visit>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Outcome<Shown>> + Send,
{
    get(move |State(app): State<App>, caller: Caller, names: RawPathParams, request: Request| {
        let handler = handler.clone();
        async move {
            let (parts, _) = request.into_parts();
            let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
            let query = query.into_owned().collect();
            let names = names.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let (user, flash) = (caller.user(&app).await?, caller.take_word().await?);
            let path = caller.path.clone();
            let visit = Visit { app, locale: caller.locale, user, flash, path, names, query };
            let visit = Arc::new(visit);
            match handler(visit.clone()).await {
                Ok(Shown::Page(page)) => Ok(render(&visit, parts, page).await?),
                Ok(Shown::Go(path)) => {
                    // What was to be said is said where the way ends.
                    if let Some(flash) = &visit.flash {
                        caller.leave_word(flash).await?;
                    }
                    Ok(Redirect::to(&path).into_response())
                }
                Err(Denied::Refused(Refusal::NotSignedIn)) => {
                    Ok(Redirect::to(&sign_in_first(&visit.path)).into_response())
                }
                Err(denied) => Err(Problem::from(denied)),
            }
        }
    })
}

async fn render(visit: &Visit, parts: Parts, page: Page) -> Result<Response, Denied> {
    let document = Document {
        locale: visit.locale,
        title: page.title,
        user: visit.user.clone(),
        knows_user: true,
        path: visit.path.clone(),
        notice: visit.flash.as_ref().and_then(|flash| say(visit.locale, flash)),
        refresh_seconds: page.refresh_seconds,
        view: page.view,
    };
    let response = html(&visit.app, parts, StatusCode::OK, document).await;
    match page.large_part {
        Some(part) => put_in(response, part).await,
        None => Ok(response),
    }
}

/// Puts the large part of a page where it goes.
async fn put_in(response: Response, part: String) -> Result<Response, Denied> {
    let (head, body) = response.into_parts();
    let page = to_bytes(body, usize::MAX).await.map_err(|_| Fault::Broken("a page is rendered whole"))?;
    let at = page.windows(LARGE_PART.len()).position(|window| window == LARGE_PART.as_bytes());
    let at = at.ok_or(Fault::Broken("a page with a large part says where it goes"))?;
    let frames = [page.slice(..at), part.into(), page.slice(at + LARGE_PART.len()..)].map(Ok::<_, Infallible>);
    Ok(Response::from_parts(head, Body::from_stream(futures_util::stream::iter(frames))))
}

/// What a flash says, and whether it is bad news. A purchase is celebrated by the tickets' page itself.
fn say(l: Locale, flash: &Flash) -> Option<(bool, String)> {
    Some(match flash {
        Flash::Refused { refusal, .. } => (true, words::refusal(l, refusal)),
        Flash::Done(notice) => (
            false,
            match notice {
                Notice::Purchased { .. } => return None,
                Notice::Charged { amount } => {
                    td_string!(l, points.charged, amount = encore::domain::points::grouped(*amount))
                }
                Notice::Released => td_string!(l, account.released).to_owned(),
                Notice::Left => td_string!(l, account.left).to_owned(),
                Notice::SignedIn { name } => td_string!(l, account.signed_in, name = name),
                Notice::SignedUp { name } => td_string!(l, account.signed_up, name = name),
                Notice::SignedOut => td_string!(l, account.signed_out).to_owned(),
            },
        ),
    })
}

/// The page of an error.
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
        view: Box::new(move || view! { <ErrorView l status=status.as_u16() title text/> }.into_any()),
    };
    html(app, parts, status, document).await
}

async fn html(app: &App, parts: Parts, status: StatusCode, document: Document) -> Response {
    // leptos may ask for the view more than once by its type; it is built once.
    let document = Arc::new(Mutex::new(Some(document)));
    let options = app.leptos.clone();
    let view = move || {
        let document = document.lock().unwrap_or_else(PoisonError::into_inner).take();
        document.map(|document| shell(options.clone(), document))
    };
    let context = move || policy(status);
    render_app_async_with_context(context, view)(Request::from_parts(parts, Body::empty())).await
}

/// The status of a page, and the policy that lets only its own scripts run.
fn policy(status: StatusCode) {
    let options = expect_context::<ResponseOptions>();
    options.set_status(status);
    let nonce = use_nonce().map(|nonce| format!("'nonce-{nonce}' ")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self' {nonce}'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        options.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}
