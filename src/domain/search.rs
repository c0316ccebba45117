//! Finding concerts by parts of words, in any script, with SQLite's full-text search (FTS5).
//!
//! A text is indexed without its spaces, as its pairs of neighbouring letters (bigrams). A search looks for the bigrams
//! of each typed word as a phrase. So `미나` finds `김미나`, `겨울노래` finds `겨울 노래`, and `moon` finds `Moonlight`.
//! SQLite's own trigram tokenizer finds nothing shorter than three letters, but many Korean words and names have only
//! two syllables.

use super::text::folded;

/// Only the first `MAX_SEARCH` characters of a search are used.
pub const MAX_SEARCH: usize = 100;

/// Splits a text into its words, [`folded`]: anything that is neither a letter nor a digit separates words.
fn words(text: &str) -> impl Iterator<Item = Vec<char>> {
    let words: Vec<Vec<char>> = folded(text)
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().collect())
        .collect();
    words.into_iter()
}

/// Returns what is indexed for a text: the bigrams of all its letters, followed by its last letter alone. With the last
/// letter, every letter begins some indexed term, so that a search for a single letter finds it.
pub fn index_terms(text: &str) -> String {
    let letters: Vec<char> = words(text).flatten().collect();
    let pairs = letters.windows(2).map(|pair| pair.iter().collect());
    pairs.chain(letters.last().map(char::to_string)).collect::<Vec<String>>().join(" ")
}

/// Translates a search into a query for SQLite's full-text search: each word becomes a phrase of its bigrams, a single
/// letter becomes a prefix query, and all of them must match. A search with no usable words is `None` and matches
/// nothing.
pub fn fts_query(search: &str) -> Option<String> {
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
    fn a_word_is_indexed_and_searched_by_its_pairs_of_letters() {
        assert_eq!(index_terms("김미나, Ｍoon!"), "김미 미나 나m mo oo on n");
        assert_eq!(fts_query("미나 MOO").as_deref(), Some("\"미나\" AND \"mo oo\""));
        assert_eq!(fts_query("m").as_deref(), Some("\"m\"*"));
        for nothing in ["", "  ", "\"*'", "--"] {
            assert_eq!(fts_query(nothing), None, "{nothing:?}");
        }
        assert!(fts_query(&"x".repeat(10_000)).is_some_and(|asked| asked.len() < 400));
    }
}
