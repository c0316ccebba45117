//! The poster of a concert: the uploaded picture or, if there is none, a drawn one.

use super::poster_art::{self, Art};
use crate::paths::poster_path;
use encore::domain::Concert;
use leptos::prelude::*;

/// The poster of a concert. Screen readers skip it, because it adds nothing to the text beside it.
pub fn poster(concert: &Concert) -> AnyView {
    match &concert.poster {
        Some(tag) => view! {
            <img class="poster" src=poster_path(concert.id, tag) alt="" width="960" height="720"/>
        }
        .into_any(),
        None => {
            let drawing = Art::of(&concert.title, &concert.performer).svg(&format!("poster-{}", concert.id));
            view! {
                <svg class="poster" viewBox="0 0 320 240" preserveAspectRatio="xMidYMid slice" aria-hidden="true"
                    focusable="false" inner_html=drawing></svg>
            }
            .into_any()
        }
    }
}

/// The path of the poster as a picture that is no SVG, which social networks do not show.
pub fn share_path(concert: &Concert) -> String {
    let drawn = || poster_art::tag(&concert.title, &concert.performer);
    poster_path(concert.id, &concert.poster.clone().unwrap_or_else(drawn))
}
