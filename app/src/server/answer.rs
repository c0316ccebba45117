//! How a verb answers: JSON to a client, a redirect with a word on the next page to a browser's form.

use super::session::{Caller, Flash, Notice};
use super::{App, Form, Problem};
use crate::paths::sign_in_first;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{MethodRouter, get, post};
use encore::domain::Refusal;
use encore::{Denied, Outcome};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// What a verb did: the answer for clients, and for browsers the page to go to and what it says.
pub struct Done<T> {
    pub answer: T,
    pub next: String,
    pub notice: Option<Notice>,
}

/// The route of a verb that changes something. `back` is the page that a browser returns to when the verb refuses.
pub fn command<I, T, V, F>(verb: V, back: fn(&I, &Refusal) -> String) -> MethodRouter<App>
where
    I: DeserializeOwned + Clone + Send + Sync + 'static,
    T: Serialize + Send + 'static,
    V: Fn(App, Arc<Caller>, I) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Outcome<Done<T>>> + Send,
{
    post(move |State(app): State<App>, caller: Caller, form: Form<I>| {
        let verb = verb.clone();
        async move {
            let (caller, Form { fields, typed }) = (Arc::new(caller), form);
            let outcome = verb(app, caller.clone(), fields.clone()).await;
            if !caller.wants_page {
                return Ok(Json(outcome?.answer).into_response());
            }
            let (next, flash) = match outcome {
                Ok(done) => (done.next, done.notice.map(Flash::Done)),
                Err(Denied::Refused(refusal)) => {
                    let back = back(&fields, &refusal);
                    let next = if refusal == Refusal::NotSignedIn { sign_in_first(&back) } else { back };
                    (next, Some(Flash::Refused { refusal, typed }))
                }
                Err(fault) => return Err(Problem::from(fault)),
            };
            if let Some(flash) = flash {
                caller.leave_word(&flash).await?;
            }
            Ok(Redirect::to(&next).into_response())
        }
    })
}

/// The route of a verb that only looks.
pub fn look<I, T, V, F>(verb: V) -> MethodRouter<App>
where
    I: DeserializeOwned + Send + 'static,
    T: Serialize + Send + 'static,
    V: Fn(App, Caller, I) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Outcome<T>> + Send,
{
    get(move |State(app): State<App>, caller: Caller, form: Form<I>| {
        let answer = verb(app, caller, form.fields);
        async move { Ok::<_, Problem>(Json(answer.await?)) }
    })
}
