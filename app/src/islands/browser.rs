//! The functions of the browser that islands use: requests, forms, timers, navigation and the page itself.

use super::SendWords;
use crate::problem::{NEXT_PAGE, Problem, Refused};
use encore::domain::text::hex;
use js_sys::Promise;
use leptos::prelude::*;
use leptos::tachys::html::element::ElementType;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::{
    self, AbortController, AddEventListenerOptions, Element, FormData, Headers, HtmlElement, HtmlFormElement,
    HtmlInputElement, RequestInit, Response, UrlSearchParams,
};
use std::time::Duration;
use wasm_bindgen_futures::JsFuture;

/// Why something could not be fetched.
#[derive(Debug, Default)]
pub struct Failure {
    /// The status of an unsuccessful response; `None` if there was no usable response.
    pub status: Option<u16>,
    /// How long to wait before the next attempt, in milliseconds, if the response says so (`Retry-After`).
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
/// A [`Failure`] if there is no response, if it is not successful, or if its JSON cannot be read.
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
/// A [`Failure`] if there is no response, or if it is not successful.
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

async fn text(response: &Response) -> Result<String, JsValue> {
    Ok(JsFuture::from(response.text()?).await?.as_string().unwrap_or_default())
}

/// The result of sending a form.
enum Sent {
    /// Success, or a refusal about which the fan can do nothing on this page. The path is that of the next page.
    Next(String),
    /// A refusal that is shown on this page.
    Refused(Box<Refused>),
    /// A response with a status below 500 that Encore did not write, for example one of a proxy.
    Unreadable,
    /// A response with a status of 5xx that Encore did not write. As if no response came, it is unknown whether the
    /// verb was carried out.
    NoAnswer,
}

/// How long to wait for a response, in milliseconds: a little longer than the server's own limit (15 seconds).
const ANSWER_MS: u64 = 20_000;

/// Sends the fields of a form once.
///
/// # Errors
/// The browser's error if no response comes.
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
        // Something between the browser and Encore refused the form.
        _ if answer.status() < 500 => Sent::Unreadable,
        _ => Sent::NoAnswer,
    })
}

/// The attribute of a form that is on its way (being sent). [`send_form`] sets it; `components/once.js` sets it on a
/// form that has no island, or whose island has not started yet.
const SENT: &str = "data-sent";

/// Whether a form of the page is on its way, or was sent and the next page is loading.
fn is_sending() -> bool {
    document().is_some_and(|document| document.query_selector("[data-sent]").ok().flatten().is_some())
}

/// Sends a form of a verb, and then goes to the next page or calls `refused`. While the form is on its way, further
/// calls do nothing. If no answer comes, the form is sent again with the same fields (including its idempotency key)
/// until one does. The form's element with the class `form-status` shows the progress.
pub fn send_form(form: HtmlFormElement, words: SendWords, refused: impl FnOnce(&HtmlFormElement, Refused) + 'static) {
    let fields = FormData::new_with_form(&form);
    let Ok(fields) = fields.and_then(|fields| UrlSearchParams::new_with_str_sequence_sequence(&fields)) else { return };
    if form.has_attribute(SENT) {
        return;
    }
    let status = form.query_selector(".form-status").ok().flatten();
    let say = move |text: &str| status.iter().for_each(|status| status.set_text_content(Some(text)));
    set_sent(&form, Some(""));
    say(&words.sending);
    spawn_local(async move {
        let mut wait_ms = 2_000.0;
        let problem = loop {
            match send(&form, &fields).await {
                Ok(Sent::Next(next)) => {
                    open_page(&next);
                    // The form stays marked as on its way until the next page replaces this one. If that page never
                    // comes, the form can be used again.
                    sleep(Duration::from_millis(ANSWER_MS)).await;
                    break None;
                }
                Ok(Sent::Refused(problem)) => break Some(problem),
                Ok(Sent::Unreadable) => {
                    // Submitted as an ordinary form, the refusal is shown as a page, which says why.
                    drop(form.submit());
                    sleep(Duration::from_millis(ANSWER_MS)).await;
                    break None;
                }
                _ => {
                    if wait_ms == 2_000.0 {
                        set_sent(&form, Some("again"));
                        say(&words.no_answer);
                    }
                    // A random wait: the forms of many fans may wait for the same server, and should not all be sent
                    // again at the same moment.
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

/// Marks a form as on its way if `how` is `Some`, and removes the mark otherwise. A form that is sent again has the
/// values that its fields had at first, so the fields are read-only meanwhile.
fn set_sent(form: &HtmlFormElement, how: Option<&str>) {
    drop(match how {
        Some(how) => form.set_attribute(SENT, how),
        None => form.remove_attribute(SENT),
    });
    for field in all::<HtmlInputElement>(form, ".field input") {
        field.set_read_only(how.is_some());
    }
}

/// Goes to another page, as a link does.
fn open_page(path: &str) {
    if let Ok(window) = window() {
        drop(window.location().assign(path));
    }
}

/// Calls `live` with the root element of an island as soon as the island is in the page. The closure is boxed, so that
/// the effect is compiled once instead of once for each island.
pub fn when_mounted<E>(root: NodeRef<E>, live: impl Fn(Element) + 'static)
where
    E: ElementType + 'static,
    E::Output: Clone + JsCast + 'static,
{
    let mounted = move || root.get().into_iter().for_each(|root| live(root.unchecked_into()));
    let mounted: Box<dyn Fn()> = Box::new(mounted);
    Effect::new(move |_| mounted());
}

/// Sets the text of the element within `root` that matches `selector`, and hides the element if the text is empty. An
/// element with a `role` is never hidden: it is a live region, and screen readers may miss a text in a region that was
/// hidden. An unchanged text is not set, so that it is not read aloud again.
pub fn show_text(root: &Element, selector: &str, text: &str) {
    let Ok(Some(element)) = root.query_selector(selector) else { return };
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
        if !element.has_attribute("role") {
            drop(element.toggle_attribute_with_force("hidden", text.is_empty()));
        }
    }
}

/// Tells the script of the page (`components/once.js`), which shows the notice that the connection was lost, whether a
/// stream is lost that keeps the page up to date.
pub fn note_stream(is_lost: bool) {
    if let Some(notice) = find("#connection")
        && let (Ok(window), Ok(event)) = (window(), web_sys::Event::new("stream"))
    {
        drop(notice.toggle_attribute_with_force("data-lost", is_lost));
        drop(window.dispatch_event(&event));
    }
}

/// Calls `tick` twice a second for as long as the page is open.
pub fn twice_a_second(tick: impl Fn() + 'static) {
    let tick: Box<dyn Fn()> = Box::new(tick);
    drop(set_interval_with_handle(tick, Duration::from_millis(500)));
}

/// The elements within `within` that match a selector and have the type `E`.
pub fn all<E: JsCast>(within: &Element, selector: &str) -> Vec<E> {
    let Ok(found) = within.query_selector_all(selector) else { return vec![] };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

/// Whether the page is visible, not in a hidden tab.
pub fn is_visible() -> bool {
    document().is_none_or(|document| !document.hidden())
}

/// Waits until the page is visible, but not longer than `limit`.
pub async fn until_visible(limit: Duration) {
    if is_visible() {
        return;
    }
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
        set_timeout(move || drop(changed.call0(&JsValue::NULL)), limit);
    });
    drop(JsFuture::from(changed).await);
}

/// The title of the page.
pub fn title() -> String {
    document().map(|document| document.title()).unwrap_or_default()
}

pub fn set_title(title: &str) {
    if let Some(document) = document()
        && document.title() != title
    {
        document.set_title(title);
    }
}

/// 128 random bits from the browser's cryptographic generator, as 32 hexadecimal digits. `None` if there is no
/// generator.
pub fn random_hex() -> Option<String> {
    let mut bytes = [0_u8; 16];
    window().ok()?.crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(hex(&bytes))
}

/// Waits without blocking the page.
pub async fn sleep(time: Duration) {
    let promise = Promise::new(&mut |wake, _| {
        set_timeout(move || drop(wake.call0(&JsValue::NULL)), time);
    });
    drop(JsFuture::from(promise).await);
}

/// Goes to another page, which replaces the current entry in the browser's history, and returns true. While a form is
/// on its way, does nothing and returns false, so that the form is not interrupted.
pub fn replace_page(path: &str) -> bool {
    !is_sending() && window().is_ok_and(|window| window.location().replace(path).is_ok())
}

/// Milliseconds on a monotonic clock with an arbitrary origin.
pub fn elapsed_ms() -> f64 {
    window().ok().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Reloads the page, unless a form is on its way.
pub fn reload() {
    if let (Ok(window), false) = (window(), is_sending()) {
        drop(window.location().reload());
    }
}

/// A number as text with four decimals, formatted by the browser. Rust's own formatting of floats would be a tenth of
/// all that the browser loads.
pub fn decimal(number: f64) -> String {
    js_sys::Number::from(number).to_fixed(4).map(String::from).unwrap_or_default()
}

/// Escapes a text for HTML, also for an attribute in double quotes.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The element on which an event happened.
pub fn target(event: &web_sys::Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// Whether a form was submitted with a button that sends it to an address of its own.
pub fn has_own_address(event: &web_sys::Event) -> bool {
    let button = js_sys::Reflect::get(event, &"submitter".into()).ok().and_then(|button| button.dyn_into().ok());
    button.is_some_and(|button: Element| button.has_attribute("formaction"))
}

/// The first element of the page that matches a selector.
pub fn find(selector: &str) -> Option<Element> {
    document()?.query_selector(selector).ok().flatten()
}

/// Moves the focus to the first element within `root` that matches a selector.
pub fn focus(root: &Element, selector: &str) {
    if let Ok(Some(element)) = root.query_selector(selector)
        && let Some(element) = element.dyn_ref::<HtmlElement>()
    {
        drop(element.focus());
    }
}

/// The query of the page's address. `None` if the browser does not say it.
pub fn query() -> Option<UrlSearchParams> {
    let search = window().ok()?.location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()
}

/// Replaces the query of the page's address without loading the page. The form in the header that changes the language
/// then leads back to the new address.
pub fn replace_query(query: &UrlSearchParams) {
    let Ok(window) = window() else { return };
    let (Ok(path), Ok(history)) = (window.location().pathname(), window.history()) else { return };
    let query = String::from(query.to_string());
    let address = if query.is_empty() { path } else { path + "?" + &query };
    drop(history.replace_state_with_url(&JsValue::NULL, "", Some(&address)));
    if let Some(back) = find("[name=back]").and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        back.set_value(&address);
    }
}

/// Calls `listener` whenever the window changes its size.
pub fn on_resize(listener: &js_sys::Function) {
    if let Ok(window) = window() {
        drop(window.add_event_listener_with_callback("resize", listener));
    }
}

/// What this tab has stored under a key until it is closed. `None` if there is nothing, or no storage.
pub fn stored(key: &str) -> Option<String> {
    window().ok()?.session_storage().ok()??.get_item(key).ok()?
}

/// Stores a text under a key until this tab is closed. Does nothing if the browser has no storage.
pub fn store(key: &str, text: &str) {
    if let Ok(Some(storage)) = window().and_then(|window| window.session_storage()) {
        drop(storage.set_item(key, text));
    }
}

fn window() -> Result<web_sys::Window, JsValue> {
    web_sys::window().ok_or(JsValue::NULL)
}

fn document() -> Option<web_sys::Document> {
    window().ok()?.document()
}
