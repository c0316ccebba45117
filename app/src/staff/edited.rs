//! Forms that change what is stored already, and that two members of staff may have open at once. Such a form carries
//! the values with which it was opened. If other values are stored by then, it is refused as [`Refusal::Stale`] and
//! shown again, with a note beside each field that somebody else has changed.

use crate::components::forms::Hidden;
use crate::server::visit::Visit;
use crate::words::td_string;
use encore::domain::Refusal;
use leptos::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};

/// The field with the values with which the form was opened, as JSON.
const SEEN: &str = "seen";

/// The values of a form, by the names of its fields.
type Values = Map<String, Value>;

/// A form about something that is stored, or about something new, in one request.
pub struct Edited<'v> {
    visit: &'v Visit,
    /// What is stored. In a form about something new, what the form suggests.
    stored: Values,
    /// What was stored when the form was opened. `None` if the request has no form, or if nothing was stored.
    seen: Option<Values>,
    is_new: bool,
}

impl<'v> Edited<'v> {
    /// `stored` is what the form shows if nothing was typed: a struct of texts, with `None` for a box that is not
    /// ticked.
    pub fn new(visit: &'v Visit, stored: &impl Serialize) -> Self {
        let seen = visit.posted.field(SEEN).and_then(|seen| serde_json::from_str(seen).ok());
        Self { seen, is_new: false, ..Self::of_new(visit, stored) }
    }

    /// A form about something new, which nobody else can change meanwhile. `suggested` is what the form shows if
    /// nothing was typed.
    pub fn of_new(visit: &'v Visit, suggested: &impl Serialize) -> Self {
        let stored = serde_json::to_value(suggested).and_then(serde_json::from_value).unwrap_or_default();
        Self { visit, stored, seen: None, is_new: true }
    }

    /// Checks that the stored values are those with which the form was opened.
    ///
    /// # Errors
    /// [`Refusal::Stale`] if they are not, or if the form does not say with which values it was opened.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.seen.as_ref() == Some(&self.stored) { Ok(()) } else { Err(Refusal::Stale) }
    }

    /// Whether the form does not say with which values it was opened, so that it must not overwrite any.
    pub const fn is_blind(&self) -> bool {
        self.seen.is_none()
    }

    /// The field that carries the stored values, if something is stored.
    pub fn seen(&self) -> impl IntoView + use<> {
        let stored = serde_json::to_string(&self.stored).unwrap_or_default();
        (!self.is_new).then(|| view! { <Hidden name=SEEN value=stored/> })
    }

    fn stored(&self, name: &str) -> &str {
        self.stored.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// What was stored in the field when the form was opened. `None` if the request has no such form.
    fn was(&self, name: &str) -> Option<&str> {
        self.seen.as_ref()?.get(name).map(|was| was.as_str().unwrap_or_default())
    }

    /// What the field shows: what was typed, or the stored value if the field was not touched.
    pub fn value(&self, name: &str) -> String {
        // Browsers send a line break as two characters.
        let typed = self.visit.typed(name).map(|typed| typed.replace("\r\n", "\n"));
        typed.filter(|typed| self.was(name) != Some(typed)).unwrap_or_else(|| self.stored(name).to_owned())
    }

    /// Whether the box is ticked: as the visitor left it if they have changed it, or if the form is about something
    /// new; otherwise as it is stored. Browsers do not send a box that is not ticked.
    pub fn is_ticked(&self, name: &str) -> bool {
        let is_sent = self.visit.posted.field(name).is_some();
        let is_changed = match self.was(name) {
            Some(was) => is_sent == was.is_empty(),
            None => self.is_new && !self.visit.posted.fields.is_empty(),
        };
        if is_changed { is_sent } else { !self.stored(name).is_empty() }
    }

    /// The note beside a field: `wrong` if the field was refused, otherwise the new value if somebody else has changed
    /// it.
    pub fn note(&self, name: &str, wrong: Option<String>) -> Option<String> {
        let is_changed = self.was(name).is_some_and(|was| was != self.stored(name));
        let changed = || {
            let l = self.visit.locale;
            match self.stored(name) {
                "" => td_string!(l, staff.emptied_meanwhile).to_owned(),
                value => td_string!(l, staff.changed_meanwhile, value = value.replacen('T', " ", 1)),
            }
        };
        wrong.or_else(|| is_changed.then(changed))
    }
}
