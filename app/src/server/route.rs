//! The kinds of route. All except [`Route::plain`] check an access rule before their handler runs, and pass the proof
//! to the handler.

use super::access::{Access, Proof};
use super::caller::Caller;
use super::flash::Flash;
use super::form::{BodyLimit, PostedForm, query_fields};
use super::page::PageResult;
use super::render::answer;
use super::verb::{self, Verb};
use super::visit::Visit;
use super::{App, Problem, problem};
use axum::extract::{RawPathParams, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Json};
use encore::domain::Refusal;
use encore::{Denied, Outcome};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::sync::Arc;

/// A route: its path, its access rule, and the handlers of its methods.
pub struct Route {
    pub path: &'static str,
    pub access: Access,
    pub method: MethodRouter<App>,
}

impl Route {
    /// A route with an ordinary axum handler. `access` only documents the route; it is not checked.
    pub const fn plain(access: Access, path: &'static str, method: MethodRouter<App>) -> Self {
        Self { path, access, method }
    }

    /// The same route with a limit of its own on the body of a request, in bytes.
    pub fn with_body_limit(self, bytes: usize) -> Self {
        Self { method: self.method.layer(Extension(BodyLimit(bytes))), ..self }
    }
}

/// A handler of visits that takes the proof `P`.
pub trait VisitFn<P>: Fn(Arc<Visit>, P) -> <Self as VisitFn<P>>::Answer + Clone + Send + Sync + 'static {
    type Answer: Future<Output = Outcome<PageResult>> + Send;
}

impl<P, H, F> VisitFn<P> for H
where
    H: Fn(Arc<Visit>, P) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Outcome<PageResult>> + Send,
{
    type Answer = F;
}

/// Makes routes whose handlers take the proof `P`.
pub struct Rule<P>(PhantomData<P>);

impl<P: Proof> Rule<P> {
    pub const NEW: Self = Self(PhantomData);

    const fn route(&self, path: &'static str, method: MethodRouter<App>) -> Route {
        Route { path, access: P::ACCESS, method }
    }

    /// A page. It shows the flash that the last form left.
    pub fn page(&self, path: &'static str, handler: impl VisitFn<P>) -> Route {
        self.route(path, get_handler(handler, true))
    }

    /// A GET whose response is not a whole page: a picture, a CSV file, a part of a page. The flash of the last form
    /// stays for the next page.
    pub fn file(&self, path: &'static str, handler: impl VisitFn<P>) -> Route {
        self.route(path, get_handler(handler, false))
    }

    /// A form that is posted to `path`, and the page that has the form. If `submit` refuses the form, the response is
    /// that page with the refusal and with the text that was typed. Nothing is kept for this, so the form may be
    /// large.
    pub fn form(&self, path: &'static str, page: impl VisitFn<P>, submit: impl VisitFn<P>) -> Route {
        self.route(path, get_handler(page.clone(), true).merge(post_handler(page, submit)))
    }

    /// A GET whose response is JSON.
    pub fn json<I, T, V, F>(&self, path: &'static str, read: V) -> Route
    where
        I: DeserializeOwned + Send + 'static,
        T: Serialize + Send + 'static,
        V: Fn(App, P, I) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Outcome<T>> + Send,
    {
        let answer_json = move |State(app): State<App>, caller: Caller, request: Request| {
            let read = read.clone();
            async move {
                let proof = P::check(&app, &caller).await?;
                let fields = query_fields(request.uri())?;
                Ok::<_, Problem>(Json(read(app, proof, fields).await?))
            }
        };
        self.route(path, get(answer_json))
    }

    /// A verb: a server function, at its own path.
    pub fn verb<V: Verb<Proof = P>>(&self) -> Route {
        self.route(V::PATH, post(verb::run::<V>))
    }
}

/// The GET of [`Rule::page`], [`Rule::file`] and [`Rule::form`]. If `takes_flash` is true, the response shows the flash
/// that the last form left.
fn get_handler<P: Proof>(handler: impl VisitFn<P>, takes_flash: bool) -> MethodRouter<App> {
    get(move |State(app): State<App>, caller: Caller, params: RawPathParams, request: Request| {
        let handler = handler.clone();
        let (parts, _) = request.into_parts();
        let takes_flash = takes_flash && caller.is_seen;
        with_proof(app, caller, params, parts, async move |visit, proof, parts| {
            let visit = Arc::new(if takes_flash { visit.with_flash() } else { visit });
            let outcome = handler(visit.clone(), proof).await;
            // Somebody who is signed in may be trying the addresses of what is not theirs.
            if P::ACCESS != Access::Public && matches!(outcome, Err(Denied::Refused(Refusal::NotFound))) {
                visit.app.refusals.count(Refusal::NotFound.code(), visit.address());
            }
            // A redirect keeps the flash for the page to which it leads.
            if let (Ok(PageResult::Redirect(to)), Some(flash)) = (&outcome, &visit.flash) {
                visit.leave_flash(to, flash.clone());
            }
            answer(&visit, parts, StatusCode::OK, outcome).await
        })
    })
}

/// The POST of [`Rule::form`].
fn post_handler<P: Proof>(page: impl VisitFn<P>, submit: impl VisitFn<P>) -> MethodRouter<App> {
    post(move |State(app): State<App>, caller: Caller, params: RawPathParams, request: Request| {
        let (page, submit) = (page.clone(), submit.clone());
        let (parts, body) = request.into_parts();
        with_proof(app, caller, params, parts, async move |visit, proof: P, parts: Parts| {
            let request = Request::from_parts(parts.clone(), body);
            let (posted, too_large) = match PostedForm::receive(request).await {
                Err(refusal @ Refusal::TooLarge { limit_mb: Some(_) }) => (PostedForm::default(), Some(refusal)),
                received => (received?, None),
            };
            let mut visit = Arc::new(visit.with_form(posted));
            let outcome = match (too_large, visit.caller().count_form(&visit.app).await) {
                (Some(refusal), _) => Err(refusal.into()),
                (None, Err(denied)) => Err(denied),
                (None, Ok(())) => submit(visit.clone(), proof.clone()).await,
            };
            match outcome {
                Err(Denied::Refused(refusal)) if visit.wants_page() && can_be_corrected(&refusal) => {
                    let status = problem::status(&refusal);
                    // An error response is counted where it is rendered; this one is the page itself.
                    visit.app.refusals.note(&refusal, visit.address());
                    let typed = visit.posted.fields.clone();
                    Arc::make_mut(&mut visit).flash = Some(Flash::Refused { refusal, typed });
                    let outcome = page(visit.clone(), proof).await;
                    let mut response = answer(&visit, parts, status, outcome).await?;
                    response.extensions_mut().insert(problem::ErrorShownOnPage);
                    Ok(response)
                }
                outcome => answer(&visit, parts, StatusCode::OK, outcome).await,
            }
        })
    })
}

/// Checks the access rule, and calls `then` with the proof if the request satisfies the rule. Does not read the body.
async fn with_proof<P: Proof>(
    app: App,
    caller: Caller,
    params: RawPathParams,
    parts: Parts,
    then: impl AsyncFnOnce(Visit, P, Parts) -> Result<Response, Problem>,
) -> Result<Response, Problem> {
    let proof = P::check(&app, &caller).await;
    let visit = Visit::of(app, caller, &params, &parts).await?;
    match proof {
        Ok(proof) => then(visit, proof, parts).await,
        Err(denied) => {
            // A visitor who has to sign in first is redirected. That says something only of pages of staff.
            if let (Access::Staff(_), Denied::Refused(refusal @ (Refusal::NotSignedIn | Refusal::SecondStepNeeded))) =
                (P::ACCESS, &denied)
            {
                visit.app.refusals.count(refusal.code(), visit.address());
            }
            answer(&visit, parts, StatusCode::OK, Err(denied)).await
        }
    }
}

/// Whether a form with this refusal may succeed if it is sent again with other values.
const fn can_be_corrected(refusal: &Refusal) -> bool {
    use Refusal::{NotFound, NotSignedIn, NotStaff, NotYourDuty, SecondStepNeeded};
    !matches!(refusal, NotSignedIn | SecondStepNeeded | NotStaff | NotYourDuty | NotFound)
}
