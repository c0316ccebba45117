//! What people agree to: the legal texts of the house.

use crate::domain::legal::{LegalKind, LegalText, check_agreed};
use crate::domain::{LegalTextId, Refusal, Timestamp, UserId};
use crate::house::House;
use crate::store::{Consent, Outcome, Write};

/// Returns one version of a legal text, or the one in force if `version` is `None`.
///
/// # Errors
/// [`Refusal::NotFound`] if there is none.
pub async fn legal_text(house: &House, kind: LegalKind, version: Option<u32>) -> Outcome<LegalText> {
    let in_force = house.legal_texts().iter().find(|text| text.kind == kind).cloned().ok_or(Refusal::NotFound)?;
    match version {
        Some(version) if version != in_force.version => {
            house.read(move |read, _| Ok(read.legal_text(kind, version)?.ok_or(Refusal::NotFound)?)).await
        }
        _ => Ok(in_force),
    }
}

/// Returns what a person has agreed to, the earliest first.
pub async fn consents(house: &House, fan: UserId) -> Outcome<Vec<Consent>> {
    house.read(move |read, _| Ok(read.consents(fan)?)).await
}

/// Records that a person agrees to the texts that are in force.
///
/// # Errors
/// What [`check_agreed`] refuses.
pub async fn agree(house: &House, fan: UserId, agreed: Vec<LegalTextId>) -> Outcome<()> {
    house.write(move |write, context| record(write, fan, &agreed, context.now)).await
}

/// Records in a transaction that a person agrees to the texts that are in force.
///
/// # Errors
/// What [`check_agreed`] refuses.
pub(super) fn record(write: &Write<'_>, fan: UserId, agreed: &[LegalTextId], now: Timestamp) -> Outcome<()> {
    let in_force = write.legal_texts()?;
    check_agreed(&in_force, agreed)?;
    for text in in_force {
        write.insert_consent(fan, text.id, now)?;
    }
    Ok(())
}
