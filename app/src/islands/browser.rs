//! What the islands ask of the browser.

use super::SendWords;
use crate::problem::{NEXT_PAGE, Problem, Refused};
use js_sys::Promise;
use leptos::prelude::*;
use leptos::tachys::html::element::ElementType;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{
    self, AbortController, AddEventListenerOptions, Element, FormData, Headers, HtmlFormElement, HtmlInputElement,
    RequestInit, Response, UrlSearchParams,
};
use std::time::Duration;
use wasm_bindgen_futures::JsFuture;

/// Why something could not be fetched.
#[derive(Debug, Default)]
pub struct Failure {
    /// The status of an unsuccessful response; `None` if there was no usable response.
    pub status: Option<u16>,
    /// When the server says to try again.
    pub retry_after_ms: Option<u32>,
}

impl From<JsValue> for Failure {
    fn from(_: JsValue) -> Self {
        Self::default()
    }
}

/// Fetches JSON from this server.
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
    serde_json::from_str(&text(&response).await?).map_err(|_| Failure::default())
}

/// Posts the fields of a form, and returns the text of the response.
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
    Ok(text(&response).await?)
}

/// The body of a response as text.
async fn text(response: &Response) -> Result<String, JsValue> {
    Ok(JsFuture::from(response.text()?).await?.as_string().unwrap_or_default())
}

/// What came of sending a form.
enum Sent {
    /// The path of the page that comes next: after a success, or after a refusal about which nothing can be done on this page.
    Next(String),
    Refused(Box<Refused>),
    /// The answer of something else than Encore.
    Unreadable,
    /// No answer came. Whether the verb was done is unknown.
    NoAnswer,
}

/// How long an answer may take, in milliseconds: somewhat longer than the server's own limit.
const ANSWER_MS: u64 = 20_000;

async fn send(form: &HtmlFormElement, fields: &UrlSearchParams) -> Result<Sent, JsValue> {
    let (request, headers, limit) = (RequestInit::new(), Headers::new()?, AbortController::new()?);
    headers.set(NEXT_PAGE, "1")?;
    request.set_method("POST");
    request.set_body(fields);
    request.set_headers(&headers);
    request.set_signal(Some(&limit.signal()));
    set_timeout(move || limit.abort(), Duration::from_millis(ANSWER_MS));
    let url = form.get_attribute("action").unwrap_or_default();
    let answer: Response = JsFuture::from(window()?.fetch_with_str_and_init(&url, &request)).await?.dyn_into()?;
    if let Some(next) = answer.headers().get(NEXT_PAGE)? {
        return Ok(Sent::Next(next));
    }
    Ok(match Problem::read(&text(&answer).await?) {
        Problem::Refused(refused) => Sent::Refused(refused),
        // Something between here and Encore refuses the form: sent as a page, it says why.
        _ if answer.status() < 500 => Sent::Unreadable,
        _ => Sent::NoAnswer,
    })
}

/// The attribute of a form that is on its way. Before the island lives, the page's own script sets it.
const SENT: &str = "data-sent";

/// Whether a form of the page is on its way, or was and the next page is coming.
fn is_sending() -> bool {
    document().is_some_and(|document| document.query_selector("[data-sent]").ok().flatten().is_some())
}

/// Sends a form of a verb, and goes to the next page or calls `refused`. Further presses are ignored while the form is on its way.
/// If no answer comes, it is sent again with the same fields, its idempotency key among them, until one does; but a password is
/// not. The form's element with the class `form-status` says what happens.
pub fn send_form(form: HtmlFormElement, words: SendWords, refused: impl FnOnce(&HtmlFormElement, Refused) + 'static) {
    let fields = FormData::new_with_form(&form);
    let Ok(fields) = fields.and_then(|fields| UrlSearchParams::new_with_str_sequence_sequence(&fields)) else { return };
    if form.has_attribute(SENT) {
        return;
    }
    let status = form.query_selector(".form-status").ok().flatten();
    let say = move |text: &str| status.iter().for_each(|status| status.set_text_content(Some(text)));
    let may_repeat = !fields.has("password");
    set_sent(&form, Some(""));
    say(&words.sending);
    spawn_local(async move {
        let mut wait_ms = 2_000.0;
        let problem = loop {
            match send(&form, &fields).await {
                Ok(Sent::Next(next)) => {
                    go_on(&next);
                    // What is shown stays as it is until the next page is there, unless it never comes.
                    sleep(Duration::from_millis(ANSWER_MS)).await;
                    break None;
                }
                Ok(Sent::Refused(problem)) => break Some(problem),
                Ok(Sent::Unreadable) => {
                    drop(form.submit());
                    sleep(Duration::from_millis(ANSWER_MS)).await;
                    break None;
                }
                _ if !may_repeat => {
                    break Some(Box::new(Refused { message: words.try_again.clone(), ..Refused::default() }));
                }
                _ => {
                    if wait_ms == 2_000.0 {
                        set_sent(&form, Some("again"));
                        say(&words.no_answer);
                    }
                    // Many forms may wait for the same server: they do not all come back at once.
                    sleep(Duration::from_millis((wait_ms * (0.75 + js_sys::Math::random() / 2.0)) as u64)).await;
                    wait_ms = if wait_ms < 16_000.0 { wait_ms * 2.0 } else { wait_ms };
                }
            }
        };
        set_sent(&form, None);
        say("");
        if let Some(problem) = problem {
            refused(&form, *problem);
        }
    });
}

/// Marks a form as on its way. What it sends again is what was in its fields, so they cannot be changed meanwhile.
fn set_sent(form: &HtmlFormElement, how: Option<&str>) {
    drop(match how {
        Some(how) => form.set_attribute(SENT, how),
        None => form.remove_attribute(SENT),
    });
    for field in all::<HtmlInputElement>(form, ".field input") {
        field.set_read_only(how.is_some());
    }
}

/// Goes on to another page.
fn go_on(path: &str) {
    if let Ok(window) = window() {
        drop(window.location().assign(path));
    }
}

/// Calls `live` with the root element of an island once the island is in the page. Shared and boxed, so that the effect is compiled
/// once instead of once for each island.
pub fn when_mounted<E>(root: NodeRef<E>, live: impl Fn(Element) + 'static)
where
    E: ElementType + 'static,
    E::Output: Clone + JsCast + 'static,
{
    let mounted = move || root.get().into_iter().for_each(|root| live(root.unchecked_into()));
    let mounted: Box<dyn Fn()> = Box::new(mounted);
    Effect::new(move |_| mounted());
}

/// Shows a text in the element within `root` that a selector names, and hides the element while the text is empty, unless it is a
/// live region, which would then not be read aloud. Does nothing if the text is the same, so that it is not read again.
pub fn show_text(root: &Element, selector: &str, text: &str) {
    let Ok(Some(element)) = root.query_selector(selector) else { return };
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
        if !element.has_attribute("role") {
            drop(element.toggle_attribute_with_force("hidden", text.is_empty()));
        }
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

/// Whether the page is seen.
pub fn is_visible() -> bool {
    document().is_none_or(|document| !document.hidden())
}

/// Waits until the page is visible.
pub async fn until_visible() {
    while !is_visible() {
        let changed = Promise::new(&mut |changed, _| {
            let once = AddEventListenerOptions::new();
            once.set_once(true);
            if let Some(document) = document() {
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

/// Goes to another page, which replaces the current entry of the history, and returns whether it did: a form that is on its way is not
/// interrupted.
pub fn go(path: &str) -> bool {
    !is_sending() && window().is_ok_and(|window| window.location().replace(path).is_ok())
}

/// Milliseconds on a monotonic clock with an arbitrary origin.
pub fn elapsed_ms() -> f64 {
    window().ok().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Asks the server for this page again, unless a form is on its way.
pub fn reload() {
    if let (Ok(window), false) = (window(), is_sending()) {
        drop(window.location().reload());
    }
}

/// Whether an element has the keyboard focus.
pub fn has_focus(element: &Element) -> bool {
    document().and_then(|document| document.active_element()).is_some_and(|active| active == *element)
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

fn document() -> Option<web_sys::Document> {
    window().ok()?.document()
}
