//! A visit: one request for a page, with its caller, its path and query, its form, and the flash of the last form.

use super::App;
use super::caller::{Caller, CallerKind};
use super::flash::{Flash, Notice};
use super::form::PostedForm;
use super::page::PageResult;
use crate::words::{self, Detail, Locale, td_string};
use axum::extract::RawPathParams;
use axum::http::HeaderValue;
use axum::http::header::IF_NONE_MATCH;
use axum::http::request::Parts;
use encore::box_office::Verified;
use encore::domain::{DeviceId, Field, Refusal, ReservationId, Timestamp, User, UserId};
use encore::waiting_room::AskedBy;
use encore::{House, Outcome, reference};
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

/// One request for a page or a file.
#[derive(Clone)]
pub struct Visit {
    pub app: App,
    pub locale: Locale,
    pub user: Option<User>,
    /// The flash that the page shows.
    pub flash: Option<Flash>,
    pub path: String,
    /// The tag (`ETag`) of what the visitor has already.
    pub known_tag: Option<HeaderValue>,
    /// The form that was posted to the page's own path; empty in a GET.
    pub posted: PostedForm,
    caller: Arc<Caller>,
    path_params: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

impl Visit {
    /// Makes a visit without a flash and without a form. `path_params` are the parameters in the route's path.
    ///
    /// # Errors
    /// A fault if the session or the account cannot be read.
    pub async fn of(app: App, caller: Caller, path_params: &RawPathParams, parts: &Parts) -> Outcome<Self> {
        let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let path_params = path_params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let user = caller.user(&app).await?;
        let (locale, path, posted) = (caller.locale, caller.path.clone(), PostedForm::default());
        let known_tag = parts.headers.get(IF_NONE_MATCH).cloned();
        let caller = Arc::new(caller);
        Ok(Self { app, locale, user, flash: None, path, known_tag, posted, caller, path_params, query })
    }

    /// The same visit with the flash of the last form, if it is for this page: see [`Caller::take_flash`].
    #[must_use]
    pub fn with_flash(self) -> Self {
        Self { flash: self.caller.take_flash(), ..self }
    }

    /// The same visit with the form that was posted to the page.
    pub fn with_form(self, posted: PostedForm) -> Self {
        Self { posted, ..self }
    }

    /// Leaves a flash for the page with the path `page`: see [`Caller::leave_flash`].
    pub fn leave_flash(&self, page: &str, flash: Flash) {
        self.caller.leave_flash(page, flash);
    }

    /// Whether the visitor is a browser that wants a page rather than data.
    pub fn wants_page(&self) -> bool {
        self.caller.kind == CallerKind::Browser
    }

    /// The running installation.
    pub fn house(&self) -> &House {
        &self.app.house
    }

    /// A parameter of the route's path, such as `id`.
    pub fn path_param(&self, name: &str) -> Option<&str> {
        find(&self.path_params, name)
    }

    /// The `id` of the route's path.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if it is not a number.
    pub fn id(&self) -> Outcome<i64> {
        Ok(self.path_param("id").and_then(|id| id.parse().ok()).ok_or(Refusal::NotFound)?)
    }

    /// The ticket that the route's path names, by its number or its id. No link has the id, which is a counter, but
    /// links of earlier versions had it, and programs know tickets by their ids.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if it is neither a number of a ticket nor an id. There may be no such ticket.
    pub fn ticket(&self) -> Outcome<ReservationId> {
        let named = self.path_param("number").ok_or(Refusal::NotFound)?;
        let id = named.parse().ok().map(ReservationId);
        Ok(id.or_else(|| reference::read_ticket(self.house().number_key(), named)).ok_or(Refusal::NotFound)?)
    }

    /// Redirects to `path`, where the page shows `notice`.
    pub fn redirect(&self, path: impl Into<String>, notice: Notice) -> PageResult {
        let path = path.into();
        self.leave_flash(&path, Flash::Done(notice));
        PageResult::Redirect(path)
    }

    /// A parameter of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// A parameter of the query or, if the query has none with this name, a field of the posted form.
    pub fn query_or_field(&self, name: &str) -> Option<&str> {
        self.query(name).or_else(|| self.posted.field(name))
    }

    /// The device at which the visitor is signed in: see [`Caller::device`].
    ///
    /// # Errors
    /// [`Refusal::NotSignedIn`], or a fault if the session cannot be read.
    pub async fn device(&self) -> Outcome<Option<DeviceId>> {
        self.caller.device().await
    }

    /// Signs the visitor in again: see [`Caller::sign_in`].
    ///
    /// # Errors
    /// What [`encore::box_office::sign_in_on`] refuses, or a fault if the session cannot be written.
    pub async fn sign_in(&self, user: UserId, password_hash: String, has_passed_second_step: bool) -> Outcome<()> {
        self.caller.sign_in(user, Verified::Password(password_hash), has_passed_second_step).await
    }

    /// Whether the visitor asks for a place in a queue by opening a page, or only their browser does, in advance.
    pub fn asked_by(&self) -> AskedBy {
        if self.caller.is_seen { AskedBy::Fan } else { AskedBy::HiddenPage }
    }

    /// Writes to the log of the program that the visitor has changed how their account is signed in to.
    pub fn log_change(&self, what: &'static str) {
        let account = self.user.as_ref().map(|user| user.id.0);
        tracing::info!(account, address = %self.address(), what, "sign-in settings changed");
    }

    /// Who sent the request.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Verifies the visitor's own password once more, before something that a session alone must not be enough for, and
    /// returns its hash. It counts as an attempt to sign in, and gives the session a new id as a sign-in does.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for [`Field::PresentPassword`] if it is wrong, and as [`App::authenticate`].
    pub async fn verified_hash(&self, password: String) -> Outcome<String> {
        let user = self.user.as_ref().ok_or(Refusal::NotSignedIn)?;
        let hash = self.app.authenticate_again(user, password, self.address()).await?;
        self.caller.renew_session().await?;
        Ok(hash)
    }

    /// The text for an instant that belongs to no concert, in the time zone of this installation.
    pub fn when(&self, at: Timestamp, detail: Detail) -> String {
        words::when(self.locale, at, self.app.time_zone.name(), detail)
    }

    /// The sentence that names the time zone of [`Self::when`].
    pub fn zone_note(&self) -> String {
        td_string!(self.locale, app.zone, zone = self.app.time_zone.name())
    }

    /// The IP address of the visitor.
    pub fn address(&self) -> IpAddr {
        self.caller.ip
    }

    /// What was typed into a field of the refused form.
    pub fn typed(&self, field: &str) -> Option<&str> {
        match &self.flash {
            Some(Flash::Refused { typed, .. }) => find(typed, field),
            _ => None,
        }
    }

    /// Whether the box `name` with this value was ticked in the refused form.
    pub fn was_ticked(&self, name: &str, value: &str) -> bool {
        let Some(Flash::Refused { typed, .. }) = &self.flash else { return false };
        typed.iter().any(|(key, text)| key == name && text == value)
    }

    /// The sentence of the refusal, if the last form was refused because of this field.
    pub fn field_error(&self, field: Field) -> Option<String> {
        let Some(Flash::Refused { refusal, .. }) = &self.flash else { return None };
        let is_wrong = refusal.fields().any(|wrong| wrong == field);
        is_wrong.then(|| words::field_refusal(self.locale, refusal, field))
    }

    /// Whether the last form was refused because a second person has to agree.
    pub fn needs_second_person(&self) -> bool {
        matches!(
            &self.flash,
            Some(Flash::Refused {
                refusal: Refusal::NeedsSecondPerson { .. } | Refusal::PayoutNeedsSecondPerson { .. },
                ..
            })
        )
    }

    /// The task that has to be solved, if the last form was refused because of that.
    pub fn task(&self) -> Option<&str> {
        match &self.flash {
            Some(Flash::Refused { refusal: Refusal::ProofNeeded { task, .. }, .. }) => Some(task),
            _ => None,
        }
    }

    /// As [`Self::field_error`], but only if the form that was sent has the input `name`. For pages with several forms
    /// of which more than one may be refused because of the same field.
    pub fn input_error(&self, name: &str, field: Field) -> Option<String> {
        self.typed(name).and_then(|_| self.field_error(field))
    }
}

fn find<'v>(values: &'v [(String, String)], name: &str) -> Option<&'v str> {
    values.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Parses a number as it was typed, perhaps with commas between its thousands. `None` if the field is empty.
///
/// # Errors
/// [`Refusal::Invalid`] for the field `wrong`, if `typed` is not a number of the type `T`.
pub fn number<T: FromStr>(typed: &str, wrong: Field) -> Outcome<Option<T>> {
    match typed.trim().replace(',', "").as_str() {
        "" => Ok(None),
        text => Ok(Some(text.parse().map_err(|_| Refusal::invalid(wrong))?)),
    }
}
