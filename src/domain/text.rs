//! Texts that people type: what may be a name, and when two texts are the same for somebody who searches. Also how
//! bytes are written as text.

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

/// Whether a text of several lines, which may be empty, has at most `longest` characters, none of them a control character
/// but line feeds and tabs.
pub fn is_prose(text: &str, longest: usize) -> bool {
    let is_plain = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\t');
    text.chars().count() <= longest && text.chars().all(is_plain)
}

/// Returns a text in the form in which texts are compared: without the differences of case, of width (`Ａ` is `a`) and
/// of Unicode form (a letter and its accent as one character or as two). It is normalised to NFKC, case-folded (The
/// Unicode Standard, section 3.13) and normalised once more, because folding may undo the first step.
pub fn folded(text: &str) -> String {
    let normal = ComposingNormalizerBorrowed::new_nfkc();
    let folded = CaseMapper::new().fold_string(&normal.normalize(text)).into_owned();
    normal.normalize(&folded).into_owned()
}

/// Returns a text as [`folded`] does, and without its spaces.
pub fn compact(text: &str) -> String {
    folded(text).split_whitespace().collect()
}

/// The words of a search, [`folded`] once for all the texts that are searched.
#[derive(Debug, Clone)]
pub struct Words(Vec<String>);

impl Words {
    pub fn of(search: &str) -> Self {
        Self(folded(search).split_whitespace().map(str::to_owned).collect())
    }

    /// Whether every word is somewhere in `text`, in any order. Spaces in `text` are ignored. If there are no words,
    /// this is true of every text.
    pub fn are_in(&self, text: &str) -> bool {
        let text = compact(text);
        self.0.iter().all(|word| text.contains(word))
    }
}

/// Writes bytes as lower-case hexadecimal digits, two for each byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads what [`hex`] has written. `None` for any other text, also for one with upper-case digits.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks();
    pairs
        .iter()
        .map(|[high, low]| Some(digit(high)? << 4 | digit(low)?))
        .collect::<Option<_>>()
        .filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_has_lines_and_no_other_control_characters() {
        assert!(is_prose("", 0) && is_prose("one\n\ttwo", 8));
        for other in ["one\n\ttwo!", "\0", "a\u{1b}[2J", "a\rb", "\u{85}"] {
            assert!(!is_prose(other, 8), "{other:?}");
        }
    }

    #[test]
    fn only_lower_case_pairs_of_hexadecimal_digits_are_read() {
        assert_eq!(from_hex(&hex(&[0, 9, 10, 255])), Some(vec![0, 9, 10, 255]));
        assert_eq!(from_hex(""), Some(vec![]));
        for other in ["0", "0g", "+1", "AB", "0x", "é", "00 "] {
            assert_eq!(from_hex(other), None, "{other}");
        }
    }

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
            assert!(Words::of(search).are_in(text), "{text:?} {search:?}");
        }
        assert!(!Words::of("mina park").are_in("Mina Kim"));
        assert_eq!(compact(" Ａ 12 "), "a12");
    }
}
