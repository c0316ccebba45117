//! Parts of forms.

use leptos::prelude::*;

/// A value that travels with a form unseen.
#[component]
pub fn Hidden(name: &'static str, #[prop(into)] value: String) -> impl IntoView {
    view! { <input type="hidden" name=name value=value/> }
}

/// One field with its label and its hint. A wrong one keeps what was typed.
#[component]
pub fn TextField(
    name: &'static str,
    label: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(default = "text")] kind: &'static str,
    autocomplete: &'static str,
    #[prop(into)] value: String,
    #[prop(default = false)] wrong: bool,
    #[prop(optional)] inputmode: Option<&'static str>,
) -> impl IntoView {
    let hint_id = hint.map(|_| format!("{name}-hint"));
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input id=name name=name type=kind value=value required autocomplete=autocomplete inputmode=inputmode
                aria-describedby=hint_id.clone() aria-invalid=wrong.then_some("true")/>
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
        </div>
    }
}

/// A form that is one button, about one schedule.
#[component]
pub fn ScheduleButton(
    action: &'static str,
    schedule: encore::domain::ScheduleId,
    #[prop(into)] text: String,
    #[prop(default = "button")] class: &'static str,
    #[prop(optional, into)] name: Option<String>,
) -> impl IntoView {
    view! {
        <form method="post" action=action>
            <Hidden name="schedule_id" value=schedule.to_string()/>
            <button class=class aria-label=name>{text}</button>
        </form>
    }
}
