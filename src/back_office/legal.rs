//! The legal texts of the house: owners publish new versions.

use super::{LogEntry, Owner, run_and_log};
use crate::domain::legal::{LegalKind, clean_legal_text};
use crate::domain::{Field, Refusal, StaffAction};
use crate::house::House;
use crate::store::Outcome;

/// Publishes the next version of a legal text, in both languages. From now on, who signs up agrees to it. `before` is the
/// version from which it was written, 0 if it is the first.
///
/// # Errors
/// What [`clean_legal_text`] refuses, [`Refusal::Stale`] if somebody has published another version since, and
/// [`Refusal::Invalid`] for [`Field::Korean`] if nothing is new.
pub async fn publish_legal_text(
    house: &House,
    Owner(owner): Owner,
    (kind, before): (LegalKind, u32),
    (korean, english): (&str, &str),
) -> Outcome<()> {
    let (korean, english) = (clean_legal_text(korean, Field::Korean), clean_legal_text(english, Field::English));
    let wrong = [korean.as_ref().err(), english.as_ref().err()];
    if let Some(refusal) = Refusal::all_invalid(wrong.iter().flatten().filter_map(|refusal| refusal.field())) {
        return Err(refusal.into());
    }
    let (korean, english) = (korean?, english?);
    run_and_log(house, owner, move |write, context| {
        let in_force = write.legal_texts()?.into_iter().find(|text| text.kind == kind);
        if in_force.as_ref().map_or(0, |text| text.version) != before {
            return Err(Refusal::Stale.into());
        }
        if in_force.is_some_and(|text| text.korean == korean && text.english == english) {
            return Err(Refusal::invalid(Field::Korean).into());
        }
        write.insert_legal_text(kind, (&korean, &english), owner, context.now)?;
        let action = match kind {
            LegalKind::TermsOfUse => StaffAction::TermsOfUsePublished,
            LegalKind::Privacy => StaffAction::PrivacyPublished,
        };
        Ok(((), LogEntry::of(action, "", (before + 1).to_string())))
    })
    .await
}
