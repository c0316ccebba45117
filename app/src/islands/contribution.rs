//! A fan's contribution to the lottery: random bytes from the fan's own browser, which the fan may replace by any text.

use super::{browser, has_island};
use leptos::html;
use leptos::prelude::*;

/// The field of the form. `value` is what the fan typed before, if `is_typed`, or else the server's suggestion, for a page
/// without a script. The browser's random bytes replace the suggestion, unless the fan has already typed something else.
#[island]
pub fn Contribution(value: String, is_typed: bool, label: String, hint: String) -> impl IntoView {
    has_island();
    let field = NodeRef::<html::Input>::new();
    let suggested = value.clone();
    Effect::new(move |_| {
        if let (Some(field), Some(random)) = (field.get(), browser::random_hex())
            && !is_typed
            && field.value() == suggested
        {
            field.set_value(&random);
        }
    });
    view! {
        <div class="field">
            <label for="contribution">{label}</label>
            <input id="contribution" name="contribution" value=value maxlength="64" autocomplete="off" node_ref=field
                aria-describedby="contribution-hint"/>
            <p class="hint" id="contribution-hint">{hint}</p>
        </div>
    }
}
