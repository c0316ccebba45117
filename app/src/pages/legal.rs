//! The terms of use and the privacy policy, and the boxes with which people agree to them.

use crate::components::forms::Hidden;
use crate::components::legal::{kind_name, legal_path};
use crate::server::access::{Anybody, Fan};
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{self, Detail, td_string};
use encore::Outcome;
use encore::box_office::{self, Consent};
use encore::domain::LegalTextId;
use encore::domain::legal::{LegalKind, LegalText};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

/// The name of the boxes.
const AGREED: &str = "agreed[]";

pub async fn terms_of_use(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    page(visit, LegalKind::TermsOfUse).await
}

pub async fn privacy(visit: Arc<Visit>, _: Anybody) -> Outcome<PageResult> {
    page(visit, LegalKind::Privacy).await
}

/// The page of a text: the version in force or, with `?version=`, an earlier one.
async fn page(visit: Arc<Visit>, kind: LegalKind) -> Outcome<PageResult> {
    let l = visit.locale;
    let asked = visit.query("version").and_then(|version| version.parse().ok());
    let text = box_office::legal_text(visit.house(), kind, asked).await?;
    Page::of(kind_name(l, kind), move || {
        let from = visit.when(text.published_at, Detail::Date);
        let in_force = visit.house().legal_texts().iter().any(|known| known.id == text.id);
        let version = td_string!(l, legal.version, number = text.version, when = from);
        let old = (!in_force).then(|| view! {
            <p class="notice notice-warm">{td_string!(l, legal.old)}" "<a href=legal_path(kind)>{td_string!(l, legal.newest)}</a></p>
        });
        view! {
            <header class="page-head"><h1>{kind_name(l, kind)}</h1><p class="muted">{version}</p></header>
            {old}
            <div class="said">{text.in_language(words::language(l)).to_owned()}</div>
        }
    })
    .into_result()
}

/// The boxes with which a person agrees to `texts`, in a form. The ticked ones stay so in a form that is shown again.
/// `is_sent` is whether the form that was sent is this one.
pub(super) fn consent_boxes(visit: &Visit, texts: &[LegalText], is_sent: bool) -> impl IntoView + use<> {
    let l = visit.locale;
    let boxes = texts.iter().map(|text| {
        let id = text.kind.as_str();
        let value = text.id.to_string();
        let checked = is_sent && visit.was_ticked(AGREED, &value);
        let wrong = visit.field_error(text.kind.field()).filter(|_| is_sent);
        let wrong_id = wrong.as_ref().map(|_| format!("{id}-wrong"));
        let label = match text.kind {
            LegalKind::TermsOfUse => td_string!(l, legal.agree_terms_of_use),
            LegalKind::Privacy => td_string!(l, legal.agree_privacy),
        };
        view! {
            <div class="check">
                <input type="checkbox" id=id name=AGREED value=value checked=checked required=true
                    aria-invalid=wrong.as_ref().map(|_| "true") aria-describedby=wrong_id.clone()/>
                <label for=id>{label}</label>
                " "<a class="small" href=legal_path(text.kind) target="_blank">{kind_name(l, text.kind)}</a>
                {wrong.map(|wrong| view! { <p class="wrong" id=wrong_id>{wrong}</p> })}
            </div>
        }
    });
    boxes.collect_view()
}

/// The section of the account page: what the fan has agreed to, and the boxes for what they have not. `None` if the house
/// has no texts.
pub(super) fn account_section(visit: &Visit, agreed: &[Consent]) -> Option<impl IntoView + use<>> {
    let l = visit.locale;
    let in_force = visit.house().legal_texts();
    let missing: Vec<_> =
        in_force.iter().filter(|text| agreed.iter().all(|known| known.text != text.id)).cloned().collect();
    let line = |consent: &Consent| {
        let path = format!("{}?version={}", legal_path(consent.kind), consent.version);
        let version =
            td_string!(l, legal.agreed, number = consent.version, when = visit.when(consent.agreed_at, Detail::Date));
        view! { <li><a href=path>{kind_name(l, consent.kind)}</a>" · "<span class="muted small">{version}</span></li> }
    };
    let lines = agreed.iter().map(line).collect_view();
    let form = (!missing.is_empty()).then(|| {
        // Those that were agreed to before are sent too.
        let known = in_force.iter().filter(|text| !missing.iter().any(|new| new.id == text.id));
        let known = known.map(|text| view! { <Hidden name=AGREED value=text.id.to_string()/> });
        let is_sent = visit.path.starts_with("/account/agree");
        view! {
            <form method="post" action="/account/agree" class="form">
                <p class="notice notice-warm">{td_string!(l, legal.new_version)}</p>
                {known.collect_view()}
                {consent_boxes(visit, &missing, is_sent)}
                <button class="button">{td_string!(l, legal.agree)}</button>
            </form>
        }
    });
    (!in_force.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="legal">
                <h2 id="legal">{td_string!(l, legal.title)}</h2>
                <ul>{lines}</ul>
                {form}
            </section>
        }
    })
}

/// The boxes that were ticked: the ids of texts.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ConsentForm {
    agreed: Vec<String>,
}

/// Records that the fan agrees to the texts in force.
pub async fn agree(visit: Arc<Visit>, fan: Fan) -> Outcome<PageResult> {
    let ConsentForm { agreed } = visit.posted.read()?;
    let agreed = agreed.iter().filter_map(|id| id.parse().ok()).map(LegalTextId).collect();
    box_office::agree(visit.house(), fan.id(), agreed).await?;
    Ok(visit.redirect("/account", Notice::Saved))
}
