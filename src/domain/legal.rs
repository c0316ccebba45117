//! The terms of use and the privacy policy of a house, to which fans agree when they sign up. The words of a version never
//! change: new words are a new version.

use super::mail::Language;
use super::text::is_prose;
use super::{Field, LegalTextId, Refusal, Timestamp, string_enum};

string_enum! {
    /// What a legal text is about.
    LegalKind {
        TermsOfUse = "terms_of_use",
        Privacy = "privacy",
    }
}

impl LegalKind {
    pub const ALL: [Self; 2] = [Self::TermsOfUse, Self::Privacy];

    /// The field of a form in which a person agrees to it.
    pub const fn field(self) -> Field {
        match self {
            Self::TermsOfUse => Field::TermsOfUse,
            Self::Privacy => Field::Privacy,
        }
    }
}

/// The longest text in one language, in characters.
pub const MAX_LEGAL_TEXT: usize = 50_000;

/// One version of a legal text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalText {
    pub id: LegalTextId,
    pub kind: LegalKind,
    /// Counted from 1 for each kind.
    pub version: u32,
    pub korean: String,
    pub english: String,
    pub published_at: Timestamp,
}

impl LegalText {
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Korean => &self.korean,
            Language::English => &self.english,
        }
    }
}

/// Checks that somebody agrees to all the texts that are in force.
///
/// # Errors
/// [`Refusal::Invalid`] with the field of each text that is missing: also if a new version was published since they were
/// shown the form.
pub fn check_agreed(in_force: &[LegalText], agreed: &[LegalTextId]) -> Result<(), Refusal> {
    let missing = in_force.iter().filter(|text| !agreed.contains(&text.id));
    Refusal::all_invalid(missing.map(|text| text.kind.field())).map_or(Ok(()), Err)
}

/// Checks the words of a new version in one language, and returns them as they are stored: trimmed, with simple line ends.
///
/// # Errors
/// [`Refusal::Invalid`] for `field` if they are blank, too long or have control characters.
pub fn clean_legal_text(text: &str, field: Field) -> Result<String, Refusal> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    if !text.is_empty() && is_prose(&text, MAX_LEGAL_TEXT) { Ok(text) } else { Err(Refusal::invalid(field)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_agree_to_each_text_in_the_version_that_is_in_force() {
        let text = |id, kind| LegalText {
            id: LegalTextId(id),
            kind,
            version: 1,
            korean: "가".into(),
            english: "a".into(),
            published_at: Timestamp(0),
        };
        let in_force = [text(3, LegalKind::TermsOfUse), text(2, LegalKind::Privacy)];
        for (agreed, missing) in [
            (&[2, 3][..], &[][..]),
            (&[3, 9], &[Field::Privacy]),
            (&[1, 2], &[Field::TermsOfUse]),
            (&[], &[Field::TermsOfUse, Field::Privacy]),
        ] {
            let agreed: Vec<_> = agreed.iter().copied().map(LegalTextId).collect();
            let refusal = check_agreed(&in_force, &agreed).err();
            assert_eq!(refusal.iter().flat_map(Refusal::fields).collect::<Vec<_>>(), missing, "{agreed:?}");
        }
        assert_eq!(check_agreed(&[], &[]), Ok(()), "a house without texts");
    }

    #[test]
    fn the_words_of_a_text_are_kept_as_they_were_typed() {
        assert_eq!(clean_legal_text(" One\r\n\r\n\tTwo\n", Field::Korean).as_deref(), Ok("One\n\n\tTwo"));
        for bad in ["", " \n ", "a\u{0}", &"가".repeat(MAX_LEGAL_TEXT + 1)] {
            assert_eq!(clean_legal_text(bad, Field::Korean), Err(Refusal::invalid(Field::Korean)));
        }
    }
}
