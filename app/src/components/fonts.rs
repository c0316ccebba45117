//! The slices of the font that a page preloads. Written by `bin/fonts`; do not edit.

/// The slice with Latin letters, digits and punctuation.
pub const LATIN: &str = "/static/fonts/latin.d60dc6ea.woff2";

/// The slice with the syllables of the Korean pages that a visitor opens first.
pub const KOREAN: &str = "/static/fonts/ko-first.5efd6404.woff2";
