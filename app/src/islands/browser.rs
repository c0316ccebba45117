//! What the islands ask of the browser.

use super::SendWords;
use crate::problem::{NEXT_PAGE, Problem, Refused};
use js_sys::Promise;
use leptos::prelude::*;
use leptos::tachys::html::element::ElementType;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{
    self, AbortSignal, AddEventListenerOptions, Element, FormData, Headers, HtmlFormElement, RequestInit, Response,
    UrlSearchParams,
};
use std::time::Duration;
use wasm_bindgen_futures::JsFuture;

/// Why something could not be fetched.
#[derive(Debug, Default)]
pub struct Failure {
    /// The status of an answer that is no success; none where the connection or the answer broke.
    pub status: Option<u16>,
    /// When the server says to try again.
    pub retry_after_ms: Option<u32>,
}

impl From<JsValue> for Failure {
    fn from(_: JsValue) -> Self {
        Self::default()
    }
}

/// Fetches JSON of the house.
///
/// # Errors
/// [`Failure`].
pub async fn fetch_json<T: serde::de::DeserializeOwned>(url: &str) -> Result<T, Failure> {
    let response: Response = JsFuture::from(window()?.fetch_with_str(url)).await?.dyn_into()?;
    if !response.ok() {
        let seconds = response.headers().get("retry-after").ok().flatten().and_then(|text| text.parse::<u32>().ok());
        let retry_after_ms = seconds.map(|seconds| seconds.saturating_mul(1000));
        return Err(Failure { status: Some(response.status()), retry_after_ms });
    }
    let text = JsFuture::from(response.text()?).await?;
    serde_json::from_str(&text.as_string().unwrap_or_default()).map_err(|_| Failure::default())
}

/// Posts what a form says, and answers with the text that comes back.
///
/// # Errors
/// [`Failure`].
pub async fn post_form(url: &str, form: &HtmlFormElement) -> Result<String, Failure> {
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&FormData::new_with_form(form)?.into());
    let response: Response = JsFuture::from(window()?.fetch_with_str_and_init(url, &request)).await?.dyn_into()?;
    if !response.ok() {
        return Err(Failure { status: Some(response.status()), retry_after_ms: None });
    }
    Ok(JsFuture::from(response.text()?).await?.as_string().unwrap_or_default())
}

/// Sends a form of a verb, and returns the path of the page that comes next: after a success, or after a refusal about which nothing
/// can be done on this page.
///
/// # Errors
/// The refusal, to be shown on this page, or [`Problem::NoAnswer`].
async fn send(form: &HtmlFormElement, fields: &UrlSearchParams) -> Result<String, Problem> {
    let lost = |_| Problem::NoAnswer;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(fields);
    request.set_signal(Some(&AbortSignal::timeout_with_u32(ANSWER_MS)));
    let headers = Headers::new().map_err(lost)?;
    headers.set(NEXT_PAGE, "1").map_err(lost)?;
    request.set_headers(&headers);
    let url = form.get_attribute("action").unwrap_or_default();
    let answer = window().map_err(lost)?.fetch_with_str_and_init(&url, &request);
    let answer: Response = JsFuture::from(answer).await.and_then(JsCast::dyn_into).map_err(lost)?;
    if let Ok(Some(next)) = answer.headers().get(NEXT_PAGE) {
        return Ok(next);
    }
    let body = JsFuture::from(answer.text().map_err(lost)?).await.map_err(lost)?;
    Err(Problem::read(&body.as_string().unwrap_or_default()))
}

/// How long an answer may take, in milliseconds: somewhat longer than the server's own limit.
const ANSWER_MS: u32 = 20_000;

/// How long to wait before a form whose answer was lost is sent again.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// The attribute of a form that is on its way. Before the island lives, the page's own script sets it.
const SENT: &str = "data-sent";

/// Whether a form is on its way, or was and the next page is coming.
fn is_sent(form: &HtmlFormElement) -> bool {
    form.has_attribute(SENT)
}

/// Sends a form of a verb, and goes to the next page or calls `refused`. However often its button is pressed, the form is sent once
/// at a time. If no answer comes, it is sent again with the same fields, its idempotency key among them, until one does. What
/// happens is said in the form's element with the class `form-status`.
pub fn send_form(form: HtmlFormElement, words: SendWords, refused: impl FnOnce(&HtmlFormElement, Refused) + 'static) {
    let fields = FormData::new_with_form(&form);
    let Ok(fields) = fields.and_then(|fields| UrlSearchParams::new_with_str_sequence_sequence(&fields)) else { return };
    if is_sent(&form) {
        return;
    }
    let status = form.query_selector(".form-status").ok().flatten();
    let say = move |text: &str| status.iter().for_each(|status| status.set_text_content(Some(text)));
    drop(form.set_attribute(SENT, ""));
    say(&words.sending);
    spawn_local(async move {
        let problem = loop {
            match send(&form, &fields).await {
                // What is shown stays as it is until the next page is there.
                Ok(next) => return visit(&next),
                Err(Problem::NoAnswer) => {
                    drop(form.set_attribute(SENT, "again"));
                    say(&words.no_answer);
                    sleep(AGAIN_AFTER).await;
                }
                Err(problem) => break problem,
            }
        };
        drop(form.remove_attribute(SENT));
        say("");
        if let Problem::Refused(problem) = problem {
            refused(&form, *problem);
        }
    });
}

/// Calls `live` with the root element of an island once the island is in the page. The code of the islands' own effects would be
/// compiled for each of them.
pub fn when_mounted<E>(root: NodeRef<E>, live: impl Fn(Element) + 'static)
where
    E: ElementType + 'static,
    E::Output: Clone + JsCast + 'static,
{
    let mounted = move || root.get().into_iter().for_each(|root| live(root.unchecked_into()));
    let mounted: Box<dyn Fn()> = Box::new(mounted);
    Effect::new(move |_| mounted());
}

/// Shows a text in the element within `root` that a selector names; an empty one is hidden. A text that did not change is left
/// alone, or a live region would be read aloud again.
pub fn show_text(root: &Element, selector: &str, text: &str) {
    let Ok(Some(element)) = root.query_selector(selector) else { return };
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
        drop(element.toggle_attribute_with_force("hidden", text.is_empty()));
    }
}

/// Calls `tick` twice a second for as long as the page lives.
pub fn twice_a_second(tick: impl Fn() + 'static) {
    let tick: Box<dyn Fn()> = Box::new(tick);
    drop(set_interval_with_handle(tick, Duration::from_millis(500)));
}

/// The elements within another that match a selector.
pub fn all<E: JsCast>(within: &Element, selector: &str) -> Vec<E> {
    let Ok(found) = within.query_selector_all(selector) else { return vec![] };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

/// Goes on to another page.
fn visit(path: &str) {
    if let Ok(window) = window() {
        drop(window.location().assign(path));
    }
}

/// Whether the page is seen.
pub fn is_visible() -> bool {
    window().ok().and_then(|window| window.document()).is_none_or(|document| !document.hidden())
}

/// Waits until the page is visible.
pub async fn until_visible() {
    while !is_visible() {
        let changed = Promise::new(&mut |changed, _| {
            let once = AddEventListenerOptions::new();
            once.set_once(true);
            if let Some(document) = window().ok().and_then(|window| window.document()) {
                drop(document.add_event_listener_with_callback_and_add_event_listener_options(
                    "visibilitychange",
                    &changed,
                    &once,
                ));
            }
        });
        drop(JsFuture::from(changed).await);
    }
}

/// 128 random bits of the browser as 32 hexadecimal digits.
pub fn random_hex() -> Option<String> {
    let mut bytes = [0_u8; 16];
    window().ok()?.crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Waits without holding up the page.
pub async fn sleep(time: Duration) {
    let promise = Promise::new(&mut |wake, _| {
        set_timeout(move || drop(wake.call0(&JsValue::NULL)), time);
    });
    drop(JsFuture::from(promise).await);
}

/// Goes to another page, which takes this one's place in the history.
pub fn go(path: &str) {
    if let Ok(window) = window() {
        drop(window.location().replace(path));
    }
}

/// Milliseconds on a clock that nobody sets, from any start.
pub fn elapsed_ms() -> f64 {
    window().ok().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Asks the server for this page again.
pub fn reload() {
    if let Ok(window) = window() {
        drop(window.location().reload());
    }
}

/// Whether the keyboard is at an element.
pub fn has_focus(element: &Element) -> bool {
    let document = window().ok().and_then(|window| window.document());
    document.and_then(|document| document.active_element()).is_some_and(|active| active == *element)
}

/// A number as text. Rust's own way from floats to text would be a tenth of all that the browser loads.
pub fn decimal(number: f64) -> String {
    js_sys::Number::from(number).to_fixed(4).map(String::from).unwrap_or_default()
}

/// How high the window is, in pixels.
pub fn window_height() -> f64 {
    window().and_then(|window| window.inner_height()).ok().and_then(|height| height.as_f64()).unwrap_or(0.0)
}

fn window() -> Result<web_sys::Window, JsValue> {
    web_sys::window().ok_or(JsValue::NULL)
}
