//! Links to the legal texts of the house.

use crate::words::{Locale, td_string};
use encore::domain::legal::LegalKind;
use leptos::prelude::*;

/// The page of a legal text.
pub const fn legal_path(kind: LegalKind) -> &'static str {
    match kind {
        LegalKind::TermsOfUse => "/terms",
        LegalKind::Privacy => "/privacy",
    }
}

pub fn kind_name(l: Locale, kind: LegalKind) -> &'static str {
    match kind {
        LegalKind::TermsOfUse => td_string!(l, legal.terms_of_use),
        LegalKind::Privacy => td_string!(l, legal.privacy),
    }
}

/// The links at the foot of each page. Nothing if the house has no texts.
pub fn legal_links(l: Locale, kinds: &[LegalKind]) -> impl IntoView + use<> {
    let link = |&kind: &LegalKind| {
        // Korean law asks that the privacy policy stands out among the links (Personal Information Protection Act,
        // enforcement decree, article 31).
        let class = (kind == LegalKind::Privacy).then_some("strong");
        view! { <li><a href=legal_path(kind) class=class>{kind_name(l, kind)}</a></li> }
    };
    let links = kinds.iter().map(link).collect_view();
    (!kinds.is_empty()).then(|| view! { <ul class="legal">{links}</ul> })
}
