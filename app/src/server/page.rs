//! From a visit to a page: who asks and what they named go in, a page or a redirect comes out.

use super::form::Sent;
use super::session::{Caller, Flash, Notice};
use super::{App, Problem, problems};
pub use crate::components::layout::Told;
use crate::components::layout::{Document, LARGE_PART, shell};
use crate::components::views::ErrorView;
use crate::paths::sign_in_first;
use crate::words::{self, Detail, Locale, td_string};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, RawPathParams, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
};
use axum::http::{StatusCode, request::Parts};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use encore::domain::entities::User;
use encore::domain::{DeviceId, Field, Refusal, Timestamp, UserId};
use encore::{Denied, Fault, House, Outcome};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::{ResponseOptions, render_app_async_with_context};
use std::convert::Infallible;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

/// One visit of one page.
#[derive(Clone)]
pub struct Visit {
    pub app: App,
    pub locale: Locale,
    pub user: Option<User>,
    /// What the last form left to say.
    pub flash: Option<Flash>,
    pub path: String,
    caller: Arc<Caller>,
    names: Vec<(String, String)>,
    query: Vec<(String, String)>,
    /// What a form brought that was posted to the page itself.
    sent: Sent,
}

impl Visit {
    /// The house.
    pub fn house(&self) -> &House {
        &self.app.house
    }

    /// A part of the address.
    pub fn name(&self, name: &str) -> Option<&str> {
        find(&self.names, name)
    }

    /// The number that the address names.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] where it is no number.
    pub fn id(&self) -> Outcome<i64> {
        Ok(self.name("id").and_then(|id| id.parse().ok()).ok_or(Refusal::NotFound)?)
    }

    /// A field of the form that was posted to the page; empty where it has none of the name.
    pub fn field(&self, name: &str) -> &str {
        find(&self.sent.fields, name).unwrap_or_default()
    }

    /// A number of the form, which may have its thousands apart; none where the field is empty.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for `wrong` where it is none.
    pub fn number<T: FromStr>(&self, name: &str, wrong: Field) -> Outcome<Option<T>> {
        match self.field(name).trim().replace(',', "").as_str() {
            "" => Ok(None),
            text => Ok(Some(text.parse().map_err(|_| Refusal::invalid(wrong))?)),
        }
    }

    /// All that the form says under a name, as check boxes do.
    pub fn fields<'v>(&'v self, name: &'v str) -> impl Iterator<Item = &'v str> {
        self.sent.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the form has a field of the name.
    pub fn has_field(&self, name: &str) -> bool {
        find(&self.sent.fields, name).is_some()
    }

    /// A file of the form; none where nothing was chosen.
    pub fn file(&self, name: &str) -> Option<Bytes> {
        let file = self.sent.files.iter().find(|(key, _)| key == name).map(|(_, file)| file.clone());
        file.filter(|file| !file.is_empty())
    }

    /// Leaves a word for the page that follows, and goes there.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn go(&self, path: impl Into<String>, notice: Notice) -> Outcome<Shown> {
        self.caller.leave_word(&Flash::Done(notice)).await?;
        Ok(Shown::Go(path.into()))
    }

    /// A part of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// The fan who is signed in.
    ///
    /// # Errors
    /// [`Refusal::NotSignedIn`], which leads to the sign-in page and back.
    pub fn fan(&self) -> Outcome<UserId> {
        Ok(self.user.as_ref().map(|user| user.id).ok_or(Refusal::NotSignedIn)?)
    }

    /// The device that the visitor is signed in on.
    ///
    /// # Errors
    /// [`Refusal::NotSignedIn`]; storage faults.
    pub async fn device(&self) -> Outcome<Option<DeviceId>> {
        self.caller.device().await
    }

    /// Signs the visitor in anew with the password that has this hash.
    ///
    /// # Errors
    /// What [`encore::box_office::sign_in_on`] refuses; storage faults.
    pub async fn sign_in(&self, user: UserId, password_hash: String) -> Outcome<()> {
        self.caller.sign_in(user, password_hash).await
    }

    /// An instant of the house that belongs to no concert, on the house's clock.
    pub fn when(&self, at: Timestamp, detail: Detail) -> String {
        words::when(self.locale, at, self.app.time_zone.name(), detail)
    }

    /// What says on which clock [`Self::when`] tells the time.
    pub fn zone_note(&self) -> String {
        td_string!(self.locale, app.zone, zone = self.app.time_zone.name())
    }

    /// Where the visit comes from.
    pub fn address(&self) -> IpAddr {
        self.caller.address
    }

    /// What was typed into a field of the form that was refused.
    pub fn typed(&self, field: &str) -> Option<&str> {
        match &self.flash {
            Some(Flash::Refused { typed, .. }) => find(typed, field),
            _ => None,
        }
    }

    /// What the last form said of this field, where it was refused because of it.
    pub fn wrong(&self, field: Field) -> Option<String> {
        let Some(Flash::Refused { refusal, .. }) = &self.flash else { return None };
        let is_wrong = match refusal {
            Refusal::Invalid { field: wrong } => *wrong == field,
            Refusal::EmailTaken | Refusal::BadCredentials => field == Field::Email,
            _ => false,
        };
        is_wrong.then(|| words::refusal(self.locale, refusal))
    }
}

fn find<'v>(values: &'v [(String, String)], name: &str) -> Option<&'v str> {
    values.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

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
    large_part: Option<String>,
    told: Option<Told>,
    view: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Page {
    /// A page with a title, from what its view is built of.
    pub fn of<V: IntoView + 'static>(title: impl Into<String>, view: impl FnOnce() -> V + Send + 'static) -> Self {
        Self {
            title: title.into(),
            refresh_seconds: None,
            large_part: None,
            told: None,
            view: Box::new(move || view().into_any()),
        }
    }

    /// The page with its large part, which goes where the view says [`LARGE_PART`].
    pub fn with(self, large_part: String) -> Self {
        Self { large_part: Some(large_part), ..self }
    }

    /// The page with what it tells those who do not look at it.
    pub fn told(self, told: Told) -> Self {
        Self { told: Some(told), ..self }
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
    looked_at(handler, true)
}

/// The route of what is no page and is fetched beside one: the word that a form left is for the page that follows.
pub fn file<H, F>(handler: H) -> MethodRouter<App>
where
    H: Fn(Arc<Visit>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Outcome<Shown>> + Send,
{
    looked_at(handler, false)
}

/// What is looked at; it may say the word that the last form left.
fn looked_at<H, F>(handler: H, says_word: bool) -> MethodRouter<App>
where
    H: Fn(Arc<Visit>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Outcome<Shown>> + Send,
{
    get(move |State(app): State<App>, caller: Caller, names: RawPathParams, request: Request| {
        let handler = handler.clone();
        async move {
            let (parts, _) = request.into_parts();
            let flash = if says_word { caller.take_word().await? } else { None };
            let visit = visit(app, caller, &names, &parts, flash).await?;
            let shown = handler(visit.clone()).await;
            // What was to be said is said where the way ends.
            if let (Ok(Shown::Go(_)), Some(flash)) = (&shown, &visit.flash) {
                visit.caller.leave_word(flash).await?;
            }
            answer(&visit, parts, StatusCode::OK, shown).await
        }
    })
}

/// The route of a page whose form is posted to the page itself: where `verb` refuses what was sent, the page is shown again
/// with all that was typed and what is wrong with it. Nothing has to be kept in the session, so a form may be large.
pub fn form<H, F, V, G>(handler: H, verb: V) -> MethodRouter<App>
where
    H: Fn(Arc<Visit>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Outcome<Shown>> + Send,
    V: Fn(Arc<Visit>) -> G + Clone + Send + Sync + 'static,
    G: Future<Output = Outcome<Shown>> + Send,
{
    let again = handler.clone();
    page(handler).merge(post(move |State(app): State<App>, caller: Caller, names: RawPathParams, request: Request| {
        let (handler, verb) = (again.clone(), verb.clone());
        async move {
            let (parts, body) = request.into_parts();
            let wants_page = caller.wants_page;
            let sent = Sent::from_request(Request::from_parts(parts.clone(), body), &app).await?;
            let mut visit = visit(app, caller, &names, &parts, None).await?;
            Arc::make_mut(&mut visit).sent = sent;
            match verb(visit.clone()).await {
                Err(Denied::Refused(refusal)) if wants_page && can_be_mended(&refusal) => {
                    let status = problems::status(&refusal);
                    let typed = visit.sent.fields.clone();
                    Arc::make_mut(&mut visit).flash = Some(Flash::Refused { refusal, typed });
                    let shown = handler(visit.clone()).await;
                    let mut page = answer(&visit, parts, status, shown).await?;
                    page.extensions_mut().insert(problems::SaidOnThePage);
                    Ok(page)
                }
                shown => answer(&visit, parts, StatusCode::OK, shown).await,
            }
        }
    }))
}

/// Whether the form can be sent again once something of it is another.
const fn can_be_mended(refusal: &Refusal) -> bool {
    !matches!(refusal, Refusal::NotSignedIn | Refusal::NotStaff | Refusal::NotYourDuty | Refusal::NotFound)
}

async fn visit(
    app: App,
    caller: Caller,
    names: &RawPathParams,
    parts: &Parts,
    flash: Option<Flash>,
) -> Result<Arc<Visit>, Denied> {
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let names = names.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let user = caller.user(&app).await?;
    let (locale, path, sent) = (caller.locale, caller.path.clone(), Sent::default());
    Ok(Arc::new(Visit { app, locale, user, flash, path, caller: Arc::new(caller), names, query, sent }))
}

async fn answer(visit: &Visit, parts: Parts, status: StatusCode, shown: Outcome<Shown>) -> Result<Response, Problem> {
    match shown {
        Ok(Shown::Page(page)) => Ok(render(visit, parts, status, page).await?),
        Ok(Shown::Go(path)) => Ok(Redirect::to(&path).into_response()),
        Ok(Shown::File(file)) => Ok(*file),
        Err(Denied::Refused(Refusal::NotSignedIn)) if visit.caller.wants_page => {
            Ok(Redirect::to(&sign_in_first(&visit.path)).into_response())
        }
        Err(denied) => Err(Problem::from(denied)),
    }
}

async fn render(visit: &Visit, parts: Parts, status: StatusCode, page: Page) -> Result<Response, Denied> {
    let document = Document {
        locale: visit.locale,
        title: page.title,
        user: visit.user.clone(),
        knows_user: true,
        path: visit.path.clone(),
        notice: visit.flash.as_ref().and_then(|flash| say(visit.locale, flash)),
        refresh_seconds: page.refresh_seconds,
        told: page.told,
        origin: visit.app.origin.clone(),
        view: page.view,
    };
    let response = html(&visit.app, parts, status, document).await;
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
                Notice::Cancelled { refund } => td_string!(l, cancel.done, refund = words::points(l, *refund)),
                Notice::Set => td_string!(l, control.is_set).to_owned(),
                Notice::Sold => td_string!(l, house.sold).to_owned(),
                Notice::Saved => td_string!(l, staff.saved).to_owned(),
                Notice::Published => td_string!(l, staff.published).to_owned(),
                Notice::Withdrawn => td_string!(l, staff.withdrawn).to_owned(),
                Notice::HallBuilt { seats } => td_string!(l, staff.hall_built, count = *seats),
                Notice::PasswordChanged => td_string!(l, account.password_changed).to_owned(),
                Notice::DevicesEnded => td_string!(l, account.devices_ended).to_owned(),
                Notice::Joined => td_string!(l, team.joined).to_owned(),
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
        told: None,
        origin: app.origin.clone(),
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
