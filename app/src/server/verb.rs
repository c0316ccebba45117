//! How verbs are called over HTTP. A verb is a Leptos server function. The handlers of Leptos respond to every error
//! with status 500 and put the error into the URL, so verbs have their own handler [`run`], which responds as follows:
//!
//! | sender | response after success | response after a refusal |
//! | --- | --- | --- |
//! | a client | 200 and JSON | the status of the refusal and JSON |
//! | a browser | 303 to the next page, which shows a notice | 303 to the form's page or another page, which shows the refusal and what was typed |
//! | an island, which sends the same form with the header [`NEXT_PAGE`] | as for a client, with the next page in [`NEXT_PAGE`] | as for a client, with [`NEXT_PAGE`] only if the refusal is shown on another page |

use super::access::Proof;
use super::caller::{Caller, CallerKind, NEXT_PAGE};
use super::flash::{Flash, Notice};
use super::form::{Form, VERB_BYTES};
use super::{App, Problem};
use crate::paths::{sign_in_path, with_next};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use encore::domain::Refusal;
use encore::{Denied, Fault};
use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;
use leptos::server_fn::ServerFn;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The header that tells a browser to forget what it keeps of this site, and the value for its pages. What a page has stored
/// itself is not meant: it may be the unsent scans of a door.
pub const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
pub const FORGET_PAGES: HeaderValue = HeaderValue::from_static("\"cache\"");

/// The largest body, in bytes, of the form of a browser that fails the access rule.
const STRANGER_BODY: usize = 4 << 10;

/// A server function, with what its route and a browser need in addition.
pub trait Verb: ServerFn<Error = Problem, Output: Serialize> + DeserializeOwned + Clone + Sync + 'static {
    /// The proof of access that its route makes.
    type Proof: Proof;

    /// The names of the fields whose values the form shows again after a refusal. They must not include passwords.
    const SHOWN_AGAIN: &'static [&'static str] = &[];

    /// Whether the next page needs the cookie of the session. A browser that sent no cookie is then led over `/cookies`,
    /// which finds out whether it keeps any. If scripts run, the form's page has set one before (components/once.js).
    const NEEDS_COOKIE: bool = false;

    /// Whether it signs out, so that the browser has to forget the pages that it keeps, also those to which its back button
    /// leads.
    const SIGNS_OUT: bool = false;

    /// Returns the path of the page after a success, and the notice that the page shows.
    fn next(&self, answer: &Self::Output) -> (String, Option<Notice>);

    /// Returns the sign-in page for a browser that must sign in first. `back` is the page with the form.
    fn sign_in(&self, back: &str) -> String {
        sign_in_path(back)
    }

    /// Returns the page on which a refusal is shown.
    fn on_refusal(&self, refusal: &Refusal) -> RefusalPage;
}

/// The page on which a refusal is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalPage {
    /// The page that has the form. An island stays on it and shows the sentence.
    ToForm(String),
    /// Another page, or the form's page loaded again, since the form as it is cannot succeed.
    Elsewhere(String),
}

/// Returns the state of the program, the caller, and the proof of access that the route of `V` made. To be called only
/// in the body of `V`, which [`run`] runs with these values in its context.
pub fn verb_context<V: Verb>() -> (App, Arc<Caller>, V::Proof) {
    expect_context()
}

/// The handler of a verb's route. A refusal or a fault of the verb itself is in the returned response.
///
/// # Errors
/// The refusal of the access rule if the sender is a client, a refusal if the form cannot be read, or a fault if the
/// session cannot be written.
pub async fn run<V: Verb>(State(app): State<App>, caller: Caller, request: Request) -> Result<Response, Problem> {
    let mut response = respond::<V>(app, caller, request).await?;
    if V::SIGNS_OUT {
        response.headers_mut().insert(CLEAR_SITE_DATA, FORGET_PAGES);
    }
    Ok(response)
}

/// Carries out a verb and makes the response, as [`run`].
async fn respond<V: Verb>(app: App, caller: Caller, request: Request) -> Result<Response, Problem> {
    let caller = Arc::new(caller);
    let counted = if V::SIGNS_OUT { Ok(()) } else { caller.count_form(&app).await };
    let proof = match counted {
        Ok(()) => V::Proof::check(&app, &caller).await,
        Err(denied) => Err(denied),
    };
    // A client that fails the access rule is refused before the body is read. Of the form of a browser or an island, the
    // fields are read that determine the page to which the visitor returns after signing in: no more than
    // `STRANGER_BODY`.
    let (proof, limit) = match proof {
        Err(denied) if caller.kind == CallerKind::Client => return Err(denied.into()),
        Err(denied) => (Err(denied), STRANGER_BODY),
        Ok(proof) => (Ok(proof), VERB_BYTES),
    };
    let form = Form::<V>::of(request, limit).await?;
    let verb = &form.fields;
    let outcome = match proof {
        Ok(proof) => in_context((app.clone(), caller.clone(), proof), verb.clone()).await,
        Err(denied) => Err(denied.into()),
    };
    let (next, flash) = match &outcome {
        Ok(answer) => {
            let (next, notice) = verb.next(answer);
            (Some(next), notice.map(Flash::Done))
        }
        Err(Problem::Denied(Denied::Refused(refusal))) => {
            let next = match (refusal, verb.on_refusal(refusal)) {
                (Refusal::NotSignedIn, RefusalPage::ToForm(path) | RefusalPage::Elsewhere(path)) => {
                    Some(verb.sign_in(&path))
                }
                (_, RefusalPage::ToForm(_)) if caller.kind == CallerKind::Island => None,
                (_, RefusalPage::ToForm(path) | RefusalPage::Elsewhere(path)) => Some(path),
            };
            let refused = Flash::Refused { refusal: refusal.clone(), typed: form.typed(V::SHOWN_AGAIN) };
            (next, Some(refused))
        }
        Err(_) => (None, None),
    };
    // A client, or an island that stays on the page, gets the result only in the response. Otherwise a flash also keeps
    // it for the next page.
    let Some(next) = next.filter(|_| caller.kind != CallerKind::Client) else {
        return Ok(outcome.map(Json).into_response());
    };
    if let Some(flash) = flash {
        caller.leave_flash(&next, flash);
    }
    if caller.kind == CallerKind::Browser {
        // An error response is counted where it is rendered; this one is a redirect.
        if let Err(Problem::Denied(Denied::Refused(refusal))) = &outcome {
            app.refusals.note(refusal, caller.ip);
        }
        let next = if V::NEEDS_COOKIE && !caller.has_cookies { with_next("/cookies", &next) } else { next };
        return Ok(Redirect::to(&next).into_response());
    }
    let next = HeaderValue::from_str(&next).map_err(|_| Fault::Broken("a path cannot be a header"))?;
    Ok(([(NEXT_PAGE, next)], outcome.map(Json)).into_response())
}

/// Runs the body of a verb, with the values that [`verb_context`] returns in its context.
async fn in_context<V: Verb>(context: (App, Arc<Caller>, V::Proof), verb: V) -> Result<V::Output, Problem> {
    let body = Owner::new().with(|| {
        provide_context(context);
        ScopedFuture::new(verb.run_body())
    });
    body.await
}
