//! A fan's part of the draw: random bytes of the fan's own browser, which the fan may change to anything.

use super::browser;
use leptos::html;
use leptos::prelude::*;

/// The field of the form. `value` is the server's suggestion, for a page without a script; it stays where the fan has typed.
#[island]
pub fn Contribution(value: String, label: String, hint: String) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let suggested = value.clone();
    Effect::new(move |_| {
        if let (Some(field), Some(random)) = (field.get(), browser::random_hex())
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
