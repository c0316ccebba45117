//! The terms of use and the privacy policy of the house: owners publish new versions.

use super::nav;
use crate::components::forms::{Hidden, TextArea};
use crate::components::legal::{kind_name, legal_path};
use crate::server::flash::Notice;
use crate::server::page::{Page, PageResult};
use crate::server::visit::Visit;
use crate::words::{Detail, td_string};
use encore::Outcome;
use encore::back_office::{self, Owner};
use encore::domain::legal::{LegalKind, LegalText};
use encore::domain::{Field, Refusal};
use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;

/// The largest body of the form, in bytes: two texts of the allowed length in Korean, percent-encoded.
pub const LEGAL_BYTES: usize = 1 << 20;

pub async fn page(visit: Arc<Visit>, _: Owner) -> Outcome<PageResult> {
    let l = visit.locale;
    Page::of(td_string!(l, legal.title), move || {
        let texts = visit.house().legal_texts();
        let section = |kind: LegalKind| {
            let in_force = texts.iter().find(|text| text.kind == kind);
            form(&visit, kind, in_force)
        };
        view! {
            {nav(&visit)}
            <header class="page-head"><h1>{td_string!(l, legal.title)}</h1><p class="muted">{td_string!(l, legal.staff_lead)}</p></header>
            {LegalKind::ALL.map(section).collect_view()}
        }
    })
    .with_marked(&[Field::Korean, Field::English])
    .into_result()
}

/// The form that publishes the next version of a text, filled with the one in force.
fn form(visit: &Visit, kind: LegalKind, in_force: Option<&LegalText>) -> impl IntoView + use<> {
    let l = visit.locale;
    // Both forms have the same fields; only the one that was sent shows again what was typed.
    let is_sent = visit.typed("kind") == Some(kind.as_str());
    let typed = |name: &str, known: Option<&String>| {
        let typed = visit.typed(name).filter(|_| is_sent);
        typed.map_or_else(|| known.cloned().unwrap_or_default(), str::to_owned)
    };
    let wrong = |field| visit.field_error(field).filter(|_| is_sent);
    let version = in_force.map_or(0, |text| text.version);
    let about = in_force.map(|text| {
        let version =
            td_string!(l, legal.version, number = version, when = visit.when(text.published_at, Detail::Date));
        view! { <p class="muted">{version}" · "<a href=legal_path(kind)>{td_string!(l, legal.read)}</a></p> }
    });
    let id = kind.as_str();
    // Somebody has published another version since the form was opened. What was typed stays, and theirs is shown below.
    let is_stale = is_sent && visit.typed("before") != Some(&*version.to_string());
    let theirs = in_force.filter(|_| is_stale).map(|text| {
        view! {
            <details class="folded" open="">
                <summary>{td_string!(l, legal.meanwhile)}</summary>
                <div class="said">{text.korean.clone()}</div>
                <hr/>
                <div class="said">{text.english.clone()}</div>
            </details>
        }
    });
    view! {
        <section class="panel" aria-labelledby=id>
            <h2 id=id>{kind_name(l, kind)}</h2>
            {about}
            <form method="post" action="/staff/legal" class="form">
                <Hidden name="kind" value=id/>
                <Hidden name="before" value=version.to_string()/>
                <TextArea name="korean" id=format!("{id}-korean") label=td_string!(l, legal.korean) rows=10
                    value=typed("korean", in_force.map(|text| &text.korean)) wrong=wrong(Field::Korean)/>
                <TextArea name="english" id=format!("{id}-english") label=td_string!(l, legal.english) rows=10
                    value=typed("english", in_force.map(|text| &text.english)) wrong=wrong(Field::English)/>
                {theirs}
                <p class="hint">{td_string!(l, legal.publish_more)}</p>
                <button class="button">{td_string!(l, legal.publish)}</button>
            </form>
        </section>
    }
}

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct LegalForm {
    kind: String,
    /// The version from which the text was written, 0 if there was none.
    before: String,
    korean: String,
    english: String,
}

/// Publishes a new version.
pub async fn publish(visit: Arc<Visit>, proof: Owner) -> Outcome<PageResult> {
    let form: LegalForm = visit.posted.read()?;
    let kind = LegalKind::from_word(&form.kind).ok_or(Refusal::invalid(Field::Request))?;
    let before = form.before.parse().map_err(|_| Refusal::invalid(Field::Request))?;
    let words = (&*form.korean, &*form.english);
    back_office::publish_legal_text(visit.house(), proof, (kind, before), words).await?;
    Ok(visit.redirect("/staff/legal", Notice::Published))
}
