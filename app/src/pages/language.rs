//! The choice of a language. It is kept in a cookie, and with the account for its mails.

use crate::paths::local_path;
use crate::server::caller::{Caller, language_cookie};
use crate::server::form::VERB_BYTES;
use crate::server::{App, Form, Problem};
use crate::words::{self, Locale};
use axum::extract::{Request, State};
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Redirect};
use encore::domain::{Field, Refusal};
use encore::post_office;
use serde::Deserialize;

/// How long the choice is kept, in seconds: one year.
const KEPT_SECONDS: u32 = 365 * 24 * 60 * 60;

#[derive(Debug, Deserialize)]
pub struct Choice {
    language: String,
    back: Option<String>,
}

/// Sets the language of the pages and, of somebody who is signed in, that of the mails.
pub async fn choose(State(app): State<App>, caller: Caller, request: Request) -> Result<impl IntoResponse, Problem> {
    let form = Form::<Choice>::of(request, VERB_BYTES).await?;
    let language: Locale = form.fields.language.parse().map_err(|()| Refusal::invalid(Field::Request))?;
    if let Ok(fan) = caller.fan().await {
        // The pages change their language even if the mails cannot now.
        if let Err(error) = post_office::set_language(&app.house, fan, words::language(language)).await {
            tracing::warn!(%error, "the mails keep their language");
        }
    }
    let language = crate::i18n::I18nLocaleTrait::as_str(language);
    let secure = if app.is_secure() { "; Secure" } else { "" };
    let name = language_cookie(app.is_secure());
    let cookie = format!("{name}={language}; Path=/; Max-Age={KEPT_SECONDS}; HttpOnly; SameSite=Lax{secure}");
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to(&local_path(form.fields.back.as_deref()))))
}
