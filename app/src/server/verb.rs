//! How a verb is asked over HTTP. A verb is a Leptos server function. The handlers of leptos answer every error with 500 and put it
//! into the address, so verbs have a handler of their own, [`run`], which answers exactly:
//!
//! | asked by | success | refusal |
//! | --- | --- | --- |
//! | a client | 200 and JSON | the status of the refusal and JSON |
//! | a form of a browser | 303 to the next page, with a message on it | 303 to the form's page or another one, with the sentence and what was typed |
//! | an island, which sends the same form with [`NEXT_PAGE`] | as to a client, and the next page in [`NEXT_PAGE`] | as to a client; the next page only if another page is the right one |

use super::access::Proof;
use super::caller::{Caller, CallerKind, NEXT_PAGE};
use super::flash::{Flash, Notice};
use super::form::Form;
use super::{App, Problem};
use crate::paths::sign_in_first;
use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Redirect, Response};
use encore::domain::Refusal;
use encore::{Denied, Fault};
use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;
use leptos::server_fn::ServerFn;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A server function with what a route and a browser need besides.
pub trait Verb: ServerFn<Error = Problem, Output: Serialize> + DeserializeOwned + Clone + Sync + 'static {
    /// The proof that its route makes.
    type Proof: Proof;

    /// The fields that the form shows again after a refusal. Passwords never are.
    const SHOWN_AGAIN: &'static [&'static str] = &[];

    /// Where a browser goes after a success, and what it says there.
    fn next(&self, answer: &Self::Output) -> (String, Option<Notice>);

    /// Where a browser goes after a refusal.
    fn back(&self, refusal: &Refusal) -> Back;
}

/// Where a refusal is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Back {
    /// On the page that has the form: an island stays there and shows the sentence.
    ToForm(String),
    /// On another page, since nothing can be done about it on the form's page.
    Elsewhere(String),
}

/// The installation, the caller and the proof that the route of `V` made, for the body of `V`.
pub fn given<V: Verb>() -> (App, Arc<Caller>, V::Proof) {
    expect_context()
}

/// The handler of a verb's route.
///
/// # Errors
/// The rule of access for a client, a form that cannot be read, or a session that cannot be written. Errors of the verb itself
/// are in the response.
pub async fn run<V: Verb>(State(app): State<App>, caller: Caller, request: Request) -> Result<Response, Problem> {
    let caller = Arc::new(caller);
    let proof = V::Proof::of(&app, &caller).await;
    // A browser that has to sign in returns to the page that the form names; everybody else is refused before the body is read.
    let proof = match proof {
        Err(denied) if caller.kind == CallerKind::Client => return Err(denied.into()),
        proof => proof,
    };
    let form = Form::<V>::from_request(request, &app).await?;
    let verb = &form.fields;
    let outcome = match proof {
        Ok(proof) => in_context((app, caller.clone(), proof), verb.clone()).await,
        Err(denied) => Err(denied.into()),
    };
    let (next, flash) = match &outcome {
        Ok(answer) => {
            let (next, notice) = verb.next(answer);
            (Some(next), notice.map(Flash::Done))
        }
        Err(Problem::Denied(Denied::Refused(refusal))) => {
            let next = match (refusal, verb.back(refusal)) {
                (Refusal::NotSignedIn, Back::ToForm(path) | Back::Elsewhere(path)) => Some(sign_in_first(&path)),
                (_, Back::ToForm(_)) if caller.kind == CallerKind::Island => None,
                (_, Back::ToForm(path) | Back::Elsewhere(path)) => Some(path),
            };
            let refused = Flash::Refused { refusal: refusal.clone(), typed: form.typed(V::SHOWN_AGAIN) };
            (next, Some(refused))
        }
        Err(_) => (None, None),
    };
    // Clients, and islands whose form stays on the screen, get the result in the response; otherwise it is kept for the next page.
    let Some(next) = next.filter(|_| caller.kind != CallerKind::Client) else {
        return Ok(outcome.map(Json).into_response());
    };
    if let Some(flash) = flash {
        caller.leave_flash(&flash).await?;
    }
    if caller.kind == CallerKind::Browser {
        return Ok(Redirect::to(&next).into_response());
    }
    let next = HeaderValue::from_str(&next).map_err(|_| Fault::Broken("a path is no header"))?;
    Ok(([(NEXT_PAGE, next)], outcome.map(Json)).into_response())
}

/// Runs the body of a verb with what [`given`] gives it.
async fn in_context<V: Verb>(given: (App, Arc<Caller>, V::Proof), verb: V) -> Result<V::Output, Problem> {
    let body = Owner::new().with(|| {
        provide_context(given);
        ScopedFuture::new(verb.run_body())
    });
    body.await
}
