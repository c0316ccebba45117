//! Texts that people type: what may be a name, and when two texts are the same for somebody who searches.

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

/// Whether a text can be a name: it has at most `longest` characters, none of them a control character, and at least
/// one that can be seen. Spaces, characters of no width and the blank pattern of Braille cannot.
pub fn is_name(text: &str, longest: usize) -> bool {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let is_seen = |letter: char| !letter.is_whitespace() && letter != '\u{2800}' && !ignorable.contains(letter);
    text.chars().count() <= longest && !text.chars().any(char::is_control) && text.chars().any(is_seen)
}

/// Returns a text in the form in which texts are compared: without the differences of case, of width (`Ａ` is `a`) and
/// of Unicode form (a letter and its accent as one character or as two). This is Unicode's compatibility caseless
/// matching (The Unicode Standard, section 3.13, D146) without its first, rarely needed decomposition.
pub fn folded(text: &str) -> String {
    let normal = ComposingNormalizerBorrowed::new_nfkc();
    let folded = CaseMapper::new().fold_string(&normal.normalize(text)).into_owned();
    normal.normalize(&folded).into_owned()
}

/// Returns a text as [`folded`] does, and without its spaces.
pub fn compact(text: &str) -> String {
    folded(text).split_whitespace().collect()
}

/// Whether every word of `search` is somewhere in `text`, in any order. Spaces in `text` are ignored. An empty `search`
/// is in every text.
pub fn has_words(text: &str, search: &str) -> bool {
    let text = compact(text);
    folded(search).split_whitespace().all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shows_something() {
        for name in ["김미나", "e\u{301}", "\u{200d}x", "?"] {
            assert!(is_name(name, 2 + name.chars().count()), "{name:?}");
        }
        for nothing in
            ["", "  ", "\u{200b}", "\u{3164}", "\u{115f}\u{1160}", "\u{2800} \u{feff}", "\u{ad}", "a\nb", "abc"]
        {
            assert!(!is_name(nothing, 2), "{nothing:?}");
        }
    }

    #[test]
    fn a_search_ignores_case_width_form_spaces_and_the_order_of_words() {
        for (text, search) in [
            ("Élodie Ürgüp", "élodie ürgüp"),
            ("Élodie Ürgüp", "ÜRGÜP élo"),
            ("\u{1112}\u{1161}\u{11ab}가람", "한가람"),
            ("한 가람", "한가람"),
            ("이서연", "이 서 연"),
            ("Straße", "STRASSE"),
            ("Ｍｉｎａ", "mina"),
            ("ΟΔΟΣ", "οδος"),
            ("anything", " "),
        ] {
            assert!(has_words(text, search), "{text:?} {search:?}");
        }
        assert!(!has_words("Mina Kim", "mina park"));
        assert_eq!(compact(" Ａ 12 "), "a12");
    }
}
