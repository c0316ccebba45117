//! Who sends a request: the signed-in account, the language, the IP address, and the kind of response that the sender
//! wants.

use super::flash::{Flash, FlashCookie};
use super::session::{SIGNED_IN, StoredSignIn};
use super::{App, Problem};
use crate::words::{self, Locale, negotiate};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderName, Method};
use encore::box_office::Verified;
use encore::domain::account::SIGNED_IN_SECONDS;
use encore::domain::{DeviceId, Refusal, User, UserId};
use encore::{Denied, Fault, House, box_office};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tower_cookies::Cookies;
use tower_sessions::Session;

/// The name of the cookie that stores the chosen language. With https it has the prefix `__Host-`, as the
/// [cookie of the session](super::session::cookie_name) has.
pub const fn language_cookie(is_secure: bool) -> &'static str {
    if is_secure { "__Host-language" } else { "language" }
}

/// In a request, this header says that an island sent it, which opens the next page by itself. In the response to an
/// island, it contains the path of that page.
pub const NEXT_PAGE: HeaderName = HeaderName::from_static(crate::problem::NEXT_PAGE);

/// After how many seconds without a request for a page of staff somebody with a duty is signed out. No shift is that long.
/// Fans have no such limit.
const IDLE_SECONDS: i64 = 12 * 3600;

/// What kind of program sends a request. It determines the kind of the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// A browser, which wants a page.
    Browser,
    /// An island, which wants JSON and the path of the next page, and opens that page by itself.
    Island,
    /// Any other client, which wants JSON.
    Client,
}

/// The sender of a request.
pub struct Caller {
    pub session: Session,
    pub locale: Locale,
    pub ip: IpAddr,
    pub kind: CallerKind,
    /// The requested path and query.
    pub path: String,
    /// Whether the request has cookies. A browser that has none yet may also be one that keeps none.
    pub has_cookies: bool,
    /// Whether somebody will see the response: not that to a HEAD request, or to one that a browser sends in advance.
    pub is_seen: bool,
    /// The names of the browser and its operating system, such as `Firefox · Windows`.
    pub device_name: String,
    flashes: FlashCookie,
    pub(super) cookies: Cookies,
    house: Arc<House>,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = Session::from_request_parts(parts, app)
            .await
            .map_err(|_| Denied::Fault(Fault::Broken("the session layer is missing")))?;
        let cookies = Cookies::from_request_parts(parts, app)
            .await
            .map_err(|_| Denied::Fault(Fault::Broken("the cookie layer is missing")))?;
        let flashes = FlashCookie { cookies: cookies.clone(), key: app.flash_key.clone(), is_secure: app.is_secure() };
        let ip = address(parts, app.behind_proxy);
        let path = parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let (device_name, house) = (device_name(agent), app.house.clone());
        let kind = if wants_page(parts) {
            CallerKind::Browser
        } else if parts.headers.contains_key(NEXT_PAGE) {
            CallerKind::Island
        } else {
            CallerKind::Client
        };
        let (has_cookies, is_seen) = (parts.headers.contains_key(COOKIE), is_seen(parts));
        let locale = locale(parts);
        Ok(Self { session, locale, ip, kind, path, has_cookies, is_seen, device_name, flashes, cookies, house })
    }
}

/// The language in which to answer a request.
pub fn locale(parts: &Parts) -> Locale {
    let text = |name| parts.headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let cookies = text(COOKIE).unwrap_or_default();
    let named = |name| cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix(name)?.strip_prefix('='));
    // A browser may still have the cookie without the prefix from an earlier version.
    let chosen = named(language_cookie(true)).or_else(|| named(language_cookie(false)));
    negotiate(chosen, text(ACCEPT_LANGUAGE))
}

/// The address of the client: the other end of the connection or, behind a trusted proxy, the last address in
/// `X-Forwarded-For`, which the proxy wrote, with or without a port. The addresses before the last may be forged by the
/// client.
pub(super) fn address(parts: &Parts, behind_proxy: bool) -> IpAddr {
    let forwarded = parts.headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    let forwarded = forwarded.and_then(|value| {
        let last = value.rsplit(',').next()?.trim();
        last.parse().ok().or_else(|| Some(last.parse::<SocketAddr>().ok()?.ip()))
    });
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    forwarded.filter(|_| behind_proxy).or(peer).unwrap_or(IpAddr::from([0, 0, 0, 0])).to_canonical()
}

/// The browser and the operating system that a `User-Agent` header names, such as `Firefox · Windows`. A name that is
/// not in the lists below is left out, so the text may be empty.
fn device_name(agent: &str) -> String {
    let first =
        |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    // Most browsers also name Chrome or Safari in the header, so the less common ones are looked for first.
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Whale", "Whale"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    browser.into_iter().chain(system).collect::<Vec<_>>().join(" · ")
}

/// Whether a request comes from a browser that wants a page: its `Accept` header names `text/html`.
pub fn wants_page(parts: &Parts) -> bool {
    parts.headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// Whether somebody will see the response. Only then is the flash taken, and only then has a called fan come. Nobody sees the
/// response to a HEAD request, for which axum runs the handler of GET too, and perhaps nobody sees a page that a browser loads
/// in advance. Browsers say so in the header `Sec-Purpose`, older ones in `Purpose` or `X-Moz`.
fn is_seen(parts: &Parts) -> bool {
    let says_prefetch = |name: &str| {
        parts.headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("prefetch"))
    };
    parts.method != Method::HEAD && !["sec-purpose", "purpose", "x-moz"].into_iter().any(says_prefetch)
}

fn broken(_: tower_sessions::session::Error) -> Denied {
    Denied::Fault(Fault::Broken("the sessions cannot be read or written"))
}

impl Caller {
    /// Returns the signed-in fan.
    ///
    /// # Errors
    /// Returns [`Refusal::NotSignedIn`] if nobody is signed in.
    pub async fn fan(&self) -> Result<UserId, Denied> {
        Ok(self.signed_in().await?.user)
    }

    /// Returns the device at which the fan is signed in, or `None` if
    /// [`sign_in_beforehand`](super::session::sign_in_beforehand) made the session.
    ///
    /// # Errors
    /// Returns [`Refusal::NotSignedIn`] if nobody is signed in.
    pub async fn device(&self) -> Result<Option<DeviceId>, Denied> {
        Ok(self.signed_in().await?.device.map(|(device, _)| device))
    }

    /// Whether the user who is signed in has passed a second step, or has signed in with a passkey.
    ///
    /// # Errors
    /// Returns [`Refusal::NotSignedIn`] if nobody is signed in.
    pub async fn has_passed_second_step(&self) -> Result<bool, Denied> {
        Ok(self.signed_in().await?.has_passed_second_step)
    }

    async fn signed_in(&self) -> Result<StoredSignIn, Denied> {
        let signed_in: Option<StoredSignIn> = match self.session.get(SIGNED_IN).await {
            Ok(signed_in) => signed_in,
            // A sign-in that an earlier version of the program stored.
            Err(tower_sessions::session::Error::SerdeJson(_)) => None,
            Err(error) => return Err(broken(error)),
        };
        let lasts = |known: &StoredSignIn| {
            known.device.is_none_or(|(device, until)| self.house.clock().now() < until && !self.house.is_ended(device))
        };
        let signed_in = signed_in.filter(lasts).ok_or(Refusal::NotSignedIn)?;
        if self.house.account_tag(signed_in.user).await? == Some(signed_in.tag) {
            return Ok(signed_in);
        }
        Err(Refusal::NotSignedIn.into())
    }

    /// Returns the signed-in account, or `None` if nobody is signed in or the account does not exist.
    ///
    /// # Errors
    /// Returns a fault if the session or the account cannot be read.
    pub async fn user(&self, app: &App) -> Result<Option<User>, Denied> {
        match self.fan().await {
            Ok(id) => match box_office::user(&app.house, id).await {
                Ok(user) => Ok(Some(user)),
                Err(Denied::Refused(_)) => Ok(None),
                Err(fault) => Err(fault),
            },
            Err(Denied::Refused(_)) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Checks that a member of staff who is signed in has not been away for twelve hours: since the last
    /// request for a page of staff from this device, the sign-in, or the start of the program. If so, they are signed out.
    ///
    /// # Errors
    /// [`Refusal::NotSignedIn`], or a fault if the session cannot be read.
    pub async fn check_not_idle(&self, app: &App) -> Result<(), Denied> {
        let StoredSignIn { user, device: Some((device, until)), .. } = self.signed_in().await? else { return Ok(()) };
        let (now, signed_in_at) = (self.house.clock().now(), until.plus_seconds(-SIGNED_IN_SECONDS));
        let seen_at = app.staff_seen.get(&device).unwrap_or(app.started_at).max(signed_in_at);
        if now >= seen_at.plus_seconds(IDLE_SECONDS) {
            box_office::sign_out(&self.house, user, device).await?;
            return Err(Refusal::NotSignedIn.into());
        }
        app.staff_seen.insert(device, now);
        Ok(())
    }

    /// Counts a form that is sent with this sign-in, if anybody is signed in.
    ///
    /// # Errors
    /// [`Refusal::SlowDown`] after too many, or a fault if the session cannot be read.
    pub async fn count_form(&self, app: &App) -> Result<(), Denied> {
        match self.signed_in().await {
            Ok(StoredSignIn { user, device, .. }) => Ok(app.limits.form(user, device.map(|(device, _)| device))?),
            Err(Denied::Refused(_)) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Signs a user in. The session gets a new id, so that a session id that an attacker planted in this browser before
    /// is useless (session fixation). `has_passed_second_step` is whether they have also passed a second step.
    ///
    /// # Errors
    /// What [`box_office::sign_in_on`] refuses, or a fault if the session cannot be written.
    pub async fn sign_in(&self, user: UserId, verified: Verified, has_passed_second_step: bool) -> Result<(), Denied> {
        let has_passed_second_step = has_passed_second_step || matches!(verified, Verified::Passkey { .. });
        self.forget_second_step(self.flashes.is_secure);
        // Ends the sign-in that this browser had before.
        self.end_device().await?;
        let until = self.house.clock().now().plus_seconds(SIGNED_IN_SECONDS);
        let device = box_office::sign_in_on(
            &self.house,
            user,
            verified,
            (self.device_name.clone(), words::language(self.locale)),
        )
        .await?;
        self.session.cycle_id().await.map_err(broken)?;
        let tag = self.house.account_tag(user).await?.ok_or(Refusal::BadCredentials)?;
        let signed_in = StoredSignIn { user, tag, device: Some((device, until)), has_passed_second_step };
        self.session.insert(SIGNED_IN, signed_in).await.map_err(broken)?;
        self.session.save().await.map_err(broken)
    }

    /// Gives the session a new id after its user has entered the password once more, as a sign-in does. The old id lasts for
    /// [`REPLACED_SECONDS`](super::session::REPLACED_SECONDS), because the answer with the new one may be lost.
    ///
    /// # Errors
    /// A fault if the session cannot be written.
    pub async fn renew_session(&self) -> Result<(), Denied> {
        self.session.cycle_id().await.map_err(broken)?;
        self.session.save().await.map_err(broken)
    }

    /// Signs the user out, and deletes the session on the server too.
    pub async fn sign_out(&self) -> Result<(), Denied> {
        self.forget_second_step(self.flashes.is_secure);
        self.end_device().await?;
        // Under its id the session lasts a while: see `session::Lingering`. A stranger has none, and gets none.
        if self.session.remove_value(SIGNED_IN).await.map_err(broken)?.is_some() {
            self.session.save().await.map_err(broken)?;
        }
        self.session.flush().await.map_err(broken)
    }

    async fn end_device(&self) -> Result<(), Denied> {
        match self.signed_in().await {
            Ok(StoredSignIn { user, device: Some((device, _)), .. }) => {
                tracing::info!(account = user.0, address = %self.ip, "signed out");
                box_office::sign_out(&self.house, user, device).await
            }
            _ => Ok(()),
        }
    }

    /// Leaves a flash for the page with the path `page`. A query in `page` does not matter.
    pub fn leave_flash(&self, page: &str, flash: Flash) {
        self.flashes.leave(without_query(page).to_owned(), flash);
    }

    /// Takes the flash that the last form left for the requested page: see [`FlashCookie::take`].
    pub fn take_flash(&self) -> Option<Flash> {
        self.flashes.take(without_query(&self.path))
    }
}

fn without_query(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or_default()
}
