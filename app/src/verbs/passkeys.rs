//! Signing in with a passkey, and beginning to add one. `public/static/passkey.js` calls these verbs.

use super::{Password, SignedIn};
use crate::problem::Problem;
use encore::domain::ScheduleId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::accounts::form_page,
    crate::server::access::{Anybody, Fan},
    crate::server::flash::Notice,
    crate::server::verb::{RefusalPage, Verb, verb_context},
    encore::box_office,
    encore::domain::Refusal,
};

/// What a browser needs to make or to use a passkey.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PasskeyChallenge {
    /// The name of the challenge, which comes back with the answer.
    pub challenge: String,
    /// The `publicKey` of `navigator.credentials.create` or `get`, with its bytes in Base64url (WebAuthn, section 5.1.8).
    pub options: serde_json::Value,
}

/// Begins a sign-in with a passkey.
#[server(name = BeginPasskeySignIn, prefix = "/api", endpoint = "passkey-challenge")]
pub async fn begin_passkey_sign_in() -> Result<PasskeyChallenge, Problem> {
    let (app, caller, _) = verb_context::<BeginPasskeySignIn>();
    app.limits.passkey(caller.ip)?;
    let (challenge, options) = app.begun.begin_passkey(&app.house)?;
    Ok(PasskeyChallenge { challenge, options })
}

/// Signs in with a passkey. `credential` is what the browser answered to the challenge, as JSON (WebAuthn, section 5.1.9).
/// `next` and `join` are as in [`sign_in`](super::sign_in); `page` is the page of the form, if it is that of the second step.
#[server(name = PasskeySignIn, prefix = "/api", endpoint = "passkey-sign-in")]
pub async fn passkey_sign_in(
    challenge: String,
    credential: String,
    next: Option<String>,
    join: Option<ScheduleId>,
    page: Option<String>,
) -> Result<SignedIn, Problem> {
    drop((next, page));
    let (app, caller, _) = verb_context::<PasskeySignIn>();
    let (user, verified) = app.begun.finish_passkey(&app.house, &challenge, &credential).await?;
    caller.sign_in(user.id, verified, true).await?;
    tracing::info!(account = user.id.0, address = %caller.ip, "signed in with a passkey");
    Ok(SignedIn::after(&app, &caller, user, join).await)
}

/// Begins to add a passkey to one's own account. `present` is its password. Who has a second step has to have passed it.
#[server(name = BeginPasskey, prefix = "/api", endpoint = "new-passkey-challenge")]
pub async fn begin_passkey(present: Password) -> Result<PasskeyChallenge, Problem> {
    let (app, caller, fan) = verb_context::<BeginPasskey>();
    let user = box_office::user(&app.house, fan.id()).await?;
    caller.check_second_step(&app, user.id).await?;
    let hash = app.authenticate_again(&user, present.0, caller.ip).await?;
    caller.renew_session().await?;
    let (challenge, options) = app.begun.begin_new_passkey(&app.house, &user, hash).await?;
    Ok(PasskeyChallenge { challenge, options })
}

#[cfg(feature = "ssr")]
impl Verb for BeginPasskeySignIn {
    type Proof = Anybody;

    fn next(&self, _: &PasskeyChallenge) -> (String, Option<Notice>) {
        ("/sign-in".into(), None)
    }

    fn on_refusal(&self, _: &Refusal) -> RefusalPage {
        RefusalPage::ToForm("/sign-in".into())
    }
}

#[cfg(feature = "ssr")]
impl Verb for PasskeySignIn {
    type Proof = Anybody;
    const NEEDS_COOKIE: bool = true;

    fn next(&self, user: &SignedIn) -> (String, Option<Notice>) {
        user.first_page(self.next.as_deref(), self.join)
    }

    fn on_refusal(&self, _: &Refusal) -> RefusalPage {
        let page = if self.page.as_deref() == Some("/second-step") { "/second-step" } else { "/sign-in" };
        RefusalPage::ToForm(form_page(page, self.next.as_deref(), self.join))
    }
}

#[cfg(feature = "ssr")]
impl Verb for BeginPasskey {
    type Proof = Fan;

    fn next(&self, _: &PasskeyChallenge) -> (String, Option<Notice>) {
        ("/account/security".into(), None)
    }

    fn on_refusal(&self, _: &Refusal) -> RefusalPage {
        RefusalPage::ToForm("/account/security".into())
    }
}
