//! Finding concerts by parts of words, in any script: words are kept as their pairs of neighbouring letters, and a search asks
//! for the pairs of what is typed, one after the other. So `미나` finds `김미나`, and `moon` finds `Moonlight`.

/// The longest search that is looked at, in characters.
pub const MAX_SEARCH: usize = 100;

fn words(text: &str) -> impl Iterator<Item = Vec<char>> {
    let lower = text.to_lowercase();
    let words: Vec<Vec<char>> = lower
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().collect())
        .collect();
    words.into_iter()
}

/// What is kept of a text: the pairs of each word, and its last letter alone, so that a single letter finds it too.
pub fn kept(text: &str) -> String {
    let pairs = |word: Vec<char>| -> Vec<String> {
        let pairs = word.windows(2).map(|pair| pair.iter().collect());
        pairs.chain(word.last().map(char::to_string)).collect()
    };
    words(text).flat_map(pairs).collect::<Vec<_>>().join(" ")
}

/// What is asked for, in the words of SQLite's full-text search: each typed word as its pairs in a row, a single letter as the
/// beginning of any pair; none where nothing was typed that could be found.
pub fn asked(search: &str) -> Option<String> {
    let search: String = search.chars().take(MAX_SEARCH).collect();
    let phrase = |word: Vec<char>| match word.as_slice() {
        [letter] => format!("\"{letter}\"*"),
        letters => {
            let pairs: Vec<String> = letters.windows(2).map(|pair| pair.iter().collect()).collect();
            format!("\"{}\"", pairs.join(" "))
        }
    };
    let phrases: Vec<_> = words(&search).map(phrase).collect();
    (!phrases.is_empty()).then(|| phrases.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_kept_as_its_pairs_and_asked_for_by_them() {
        assert_eq!(kept("김미나, Moon!"), "김미 미나 나 mo oo on n");
        assert_eq!(asked("미나 MOO").as_deref(), Some("\"미나\" AND \"mo oo\""));
        assert_eq!(asked("m").as_deref(), Some("\"m\"*"));
        for nothing in ["", "  ", "\"*'", "--"] {
            assert_eq!(asked(nothing), None, "{nothing:?}");
        }
        assert!(asked(&"x".repeat(10_000)).is_some_and(|asked| asked.len() < 400));
    }
}
