//! Signing up, in and out.

use crate::problem::Problem;
use encore::domain::{LegalTextId, ScheduleId, UserId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::queue::join_from,
    crate::paths::{local_path, queue_path, seats_path, staff_home, with_join, with_next},
    crate::server::App,
    crate::server::access::Anybody,
    crate::server::caller::Caller,
    crate::server::flash::Notice,
    crate::server::hashing::HashedFor,
    crate::server::proof::Wish,
    crate::server::verb::{RefusalPage, Verb, verb_context},
    encore::box_office::Verified,
    encore::domain::account::{Duty, check_new},
    encore::domain::legal::check_agreed,
    encore::domain::queue::TokenStatus,
    encore::domain::{Refusal, User},
    encore::{Denied, box_office},
};

/// A password as it was sent. Its `Debug` output does not contain it, so that it never appears in a log.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The account that is signed in now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignedIn {
    pub id: UserId,
    pub name: String,
    /// The duty of a member of staff, by which [`SignIn`] chooses the next page.
    #[cfg(feature = "ssr")]
    #[serde(skip)]
    duty: Option<Duty>,
    /// Whether the fan, who wanted to join a queue, was admitted at once.
    #[cfg(feature = "ssr")]
    #[serde(skip)]
    is_admitted: bool,
}

/// Creates an account, and signs in with it. `next` is the path of the page to which a browser goes then. With `join`
/// the fan also joins the queue of that schedule, and the browser goes to the queue or, if admitted at once, to the map.
/// `agreed` are the legal texts to which the person agrees, if the house has published any.
/// `proof` is the solution of the task in an earlier refusal: see [`server::proof`](crate::server::proof).
#[server(name = SignUp, prefix = "/api", endpoint = "sign-up")]
pub async fn sign_up(
    email: String,
    name: String,
    password: Password,
    next: Option<String>,
    join: Option<ScheduleId>,
    proof: Option<String>,
    #[server(default)] agreed: Vec<LegalTextId>,
) -> Result<SignedIn, Problem> {
    drop(next);
    let (app, caller, _) = verb_context::<SignUp>();
    // What is cheap to check is checked before the password is hashed, all fields at once.
    let checks = [check_new(&name, &email, &password.0), check_agreed(&app.house.legal_texts(), &agreed)];
    let wrong = checks.iter().filter_map(|check| check.as_ref().err()).flat_map(Refusal::fields);
    Refusal::all_invalid(wrong).map_or(Ok(()), Err)?;
    app.limits.sign_up(caller.ip)?;
    app.check_password(password.0.clone(), [name.clone(), email.clone()]).await?;
    // A proof is used up here, so it is the last thing that is asked for.
    app.proofs.check(Wish::SignUp, caller.ip, proof.as_deref())?;
    let hash = app.hash_password(password.0, (HashedFor::SignUp, caller.ip)).await?;
    let user = box_office::sign_up(&app.house, (&email, &name), hash.clone(), agreed).await?;
    caller.sign_in(user.id, Verified::Password(hash), false).await?;
    tracing::info!(account = user.id.0, address = %caller.ip, "signed up");
    Ok(SignedIn::after(&app, &caller, user, join).await)
}

/// Signs in with a password. If the account has a second step, the response is [`Refusal::SecondStepNeeded`] with a cookie,
/// and `/second-step` signs in. `next` is the path of the page to which a browser goes then. Without it, staff go to the
/// first page of their duty. `join` is as in [`sign_up`].
#[server(name = SignIn, prefix = "/api", endpoint = "sign-in")]
pub async fn sign_in(
    email: String,
    password: Password,
    next: Option<String>,
    join: Option<ScheduleId>,
) -> Result<SignedIn, Problem> {
    drop(next);
    let (app, caller, _) = verb_context::<SignIn>();
    let (user, hash) = app.authenticate(&email, password.0, caller.ip).await?;
    caller.sign_in_with_password(&app, user.id, hash).await?;
    tracing::info!(account = user.id.0, address = %caller.ip, "signed in");
    Ok(SignedIn::after(&app, &caller, user, join).await)
}

#[cfg(feature = "ssr")]
impl SignedIn {
    /// Joins the queue of the schedule `join` for a fan who has just signed in. If that fails, they are signed in all the
    /// same: the page of the queue says why it is closed to them, or has the button to join.
    pub async fn after(
        app: &App,
        caller: &Caller,
        User { id, name, duty, .. }: User,
        join: Option<ScheduleId>,
    ) -> Self {
        let place = match join {
            Some(schedule) => join_from(app, caller.ip, id, schedule, (None, None))
                .await
                .inspect_err(|denied| match denied {
                    Denied::Refused(_) => {}
                    denied => tracing::warn!(?denied, "a fan who signed in has not joined the queue"),
                })
                .ok(),
            None => None,
        };
        let is_admitted = place.is_some_and(|place| place.token.status == TokenStatus::Active);
        Self { id, name, duty, is_admitted }
    }

    /// The page and the notice after signing in. `next` and `join` are those of the form. Staff who came for no other page
    /// go to the first page of their duty.
    pub fn first_page(&self, next: Option<&str>, join: Option<ScheduleId>) -> (String, Option<Notice>) {
        let next = match (local_path(next), self.duty) {
            (home, Some(duty)) if home == "/" => staff_home(duty).to_owned(),
            (next, _) => next,
        };
        self.next(next, join, Notice::SignedIn { name: self.name.clone() })
    }

    fn next(&self, next: String, join: Option<ScheduleId>, notice: Notice) -> (String, Option<Notice>) {
        match join {
            Some(schedule) if self.is_admitted => (seats_path(schedule), None),
            Some(schedule) => (queue_path(schedule), None),
            None => (next, Some(notice)),
        }
    }
}

/// The response of [`sign_out`]: `{}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignedOut {}

/// Signs out, and deletes the session on the server too. The function itself never refuses.
#[server(name = SignOut, prefix = "/api", endpoint = "sign-out")]
pub async fn sign_out() -> Result<SignedOut, Problem> {
    let (_, caller, _) = verb_context::<SignOut>();
    caller.sign_out().await?;
    Ok(SignedOut {})
}

#[cfg(feature = "ssr")]
impl Verb for SignUp {
    type Proof = Anybody;
    const SHOWN_AGAIN: &'static [&'static str] = &["email", "name", "agreed"];
    const NEEDS_COOKIE: bool = true;

    fn next(&self, user: &SignedIn) -> (String, Option<Notice>) {
        let notice = Notice::SignedUp { name: user.name.clone() };
        user.next(local_path(self.next.as_deref()), self.join, notice)
    }

    fn on_refusal(&self, _: &Refusal) -> RefusalPage {
        RefusalPage::ToForm(form_page("/sign-up", self.next.as_deref(), self.join))
    }
}

#[cfg(feature = "ssr")]
impl Verb for SignIn {
    type Proof = Anybody;
    const SHOWN_AGAIN: &'static [&'static str] = &["email"];
    const NEEDS_COOKIE: bool = true;

    fn next(&self, user: &SignedIn) -> (String, Option<Notice>) {
        user.first_page(self.next.as_deref(), self.join)
    }

    fn on_refusal(&self, refusal: &Refusal) -> RefusalPage {
        let (next, join) = (self.next.as_deref(), self.join);
        match refusal {
            Refusal::SecondStepNeeded => RefusalPage::Elsewhere(form_page("/second-step", next, join)),
            _ => RefusalPage::ToForm(form_page("/sign-in", next, join)),
        }
    }
}

#[cfg(feature = "ssr")]
impl Verb for SignOut {
    type Proof = Anybody;
    const SIGNS_OUT: bool = true;

    fn next(&self, _: &SignedOut) -> (String, Option<Notice>) {
        ("/".into(), Some(Notice::SignedOut))
    }

    fn on_refusal(&self, _: &Refusal) -> RefusalPage {
        RefusalPage::ToForm("/".into())
    }
}

/// The path of the page `page`, whose form leads to the page `next` and to the queue of the schedule `join`.
#[cfg(feature = "ssr")]
pub(crate) fn form_page(page: &str, next: Option<&str>, join: Option<ScheduleId>) -> String {
    match (local_path(next).as_str(), join) {
        ("/", None) => page.to_owned(),
        (next, None) => with_next(page, next),
        (next, Some(join)) => with_join(&with_next(page, next), join),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_a_password() {
        let form =
            SignIn { email: "mina@example.org".into(), password: Password("hunter2".into()), next: None, join: None };
        assert!(!format!("{form:?}").contains("hunter2"), "{form:?}");
    }
}
