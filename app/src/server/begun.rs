//! What takes more than one request to sign in with: a second step after the password, and passkeys (WebAuthn), whose
//! challenge a browser signs.
//!
//! What begins with a password is kept in memory for some minutes; after a restart people begin again. A challenge for a
//! sign-in with a passkey is asked for by strangers, so nothing is kept of it: it travels as a signed text, and only its use
//! is remembered, until a restart.

use super::App;
use super::caller::Caller;
use super::line_pass::mac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use encore::box_office::{self, NewPasskey, Verified};
use encore::domain::{Field, Refusal, Timestamp, User, UserId};
use encore::{Denied, Fault, House, Outcome};
use hmac::Mac;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use tower_cookies::Cookie;
use tower_cookies::cookie::SameSite;
use url::Url;
use webauthn_rs::prelude::{
    CreationChallengeResponse, DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Uuid,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// How long somebody has for the next step.
const LASTS: Duration = Duration::from_secs(5 * 60);
/// How many are kept at most. Beyond that, the oldest are forgotten.
const KEPT: u64 = 20_000;

/// What somebody has begun who has given the password of an account. `hash` is what it was verified against.
#[derive(Clone)]
enum Begun {
    /// They sign in, and the account has a second step.
    SecondStep { user: UserId, hash: String },
    /// They add a passkey.
    NewPasskey { user: UserId, hash: String, state: Box<PasskeyRegistration> },
}

/// What a challenge for a sign-in with a passkey says.
#[derive(Serialize, Deserialize)]
struct PasskeyChallenge {
    state: DiscoverableAuthentication,
    until: Timestamp,
}

/// The sign-ins that were begun.
pub struct BegunSignIns {
    /// `None` if the site is reached by an IP address, for which browsers make no passkeys.
    webauthn: Option<Webauthn>,
    /// By random names that nobody can guess.
    begun: Cache<String, Begun>,
    /// The challenges with which somebody has signed in.
    used: Cache<String, ()>,
}

/// A challenge: its name, and what the browser needs to sign it.
pub type Challenge = (String, Value);

impl BegunSignIns {
    /// `origin` is the public origin of the site.
    pub fn new(origin: &str) -> Self {
        let webauthn = Url::parse(origin).ok().and_then(|url| {
            let name = url.domain()?.to_owned();
            WebauthnBuilder::new(&name, &url).ok()?.rp_name("Encore").timeout(LASTS).build().ok()
        });
        Self { webauthn, begun: kept(), used: kept() }
    }

    /// Whether people can sign in with passkeys.
    pub const fn has_passkeys(&self) -> bool {
        self.webauthn.is_some()
    }

    fn webauthn(&self) -> Result<&Webauthn, Refusal> {
        self.webauthn.as_ref().ok_or(Refusal::PasskeyRefused)
    }

    fn begin(&self, house: &House, begun: Begun) -> String {
        let name = house.clock().random_key();
        self.begun.insert(name.clone(), begun);
        name
    }

    /// Begins a sign-in with a passkey.
    ///
    /// # Errors
    /// [`Refusal::PasskeyRefused`] if there are no passkeys here.
    pub fn begin_passkey(&self, house: &House) -> Outcome<Challenge> {
        let (options, state) =
            self.webauthn()?.start_discoverable_authentication().map_err(|_| Fault::Broken("no passkey challenge"))?;
        let until = house.clock().now().plus_seconds(LASTS.as_secs().cast_signed());
        let challenge = serde_json::to_vec(&PasskeyChallenge { state, until }).map_err(Fault::from)?;
        let options = serde_json::to_value(options.public_key).map_err(Fault::from)?;
        Ok((signed(house, &BASE64_URL_SAFE_NO_PAD.encode(challenge)), options))
    }

    /// Checks the signature of a passkey, and returns whose it is. `credential` is what the browser answered, as JSON.
    ///
    /// # Errors
    /// [`Refusal::PasskeyRefused`] if the challenge is none of ours, is over or was used, if nobody has this passkey, or if
    /// the signature is wrong.
    pub async fn finish_passkey(&self, house: &House, challenge: &str, credential: &str) -> Outcome<(User, Verified)> {
        let known = read_signed(house, challenge).ok_or(Refusal::PasskeyRefused)?;
        let credential: PublicKeyCredential = serde_json::from_str(credential).map_err(|_| Refusal::PasskeyRefused)?;
        if known.until <= house.clock().now() {
            return Err(Refusal::PasskeyRefused.into());
        }
        let (passkey, user) = box_office::passkey_of(house, credential.get_credential_id().to_vec()).await?;
        let mut key: Passkey = serde_json::from_str(&passkey.data).map_err(Fault::from)?;
        let result = self.webauthn()?.finish_discoverable_authentication_v2(&credential, known.state, &key);
        let result = result.map_err(|error| {
            tracing::info!(account = user.id.0, %error, "a passkey was refused");
            Refusal::PasskeyRefused
        })?;
        // Of two requests with the same answer, one inserts it.
        if !self.used.entry(challenge.to_owned()).or_insert(()).is_fresh() {
            return Err(Refusal::PasskeyRefused.into());
        }
        key.update_credential(&result);
        let data = serde_json::to_string(&key).map_err(Fault::from)?;
        Ok((user, Verified::Passkey { id: passkey.id, data }))
    }

    /// Begins to add a passkey to the account of a fan. `hash` is what the password was verified against.
    ///
    /// # Errors
    /// [`Refusal::PasskeyRefused`] if there are no passkeys here.
    pub async fn begin_new_passkey(&self, house: &House, user: &User, hash: String) -> Outcome<Challenge> {
        let ways = box_office::sign_in_ways(house, user.id).await?;
        let keys = ways.passkeys.iter().filter_map(|known| serde_json::from_str::<Passkey>(&known.data).ok());
        let known = keys.map(|key| key.cred_id().clone()).collect();
        // The random number of the account, since an authenticator shows nobody's counter.
        let tag = house.account_tag(user.id).await?.ok_or(Refusal::NotSignedIn)?;
        let handle = Uuid::from_u64_pair(0, tag.cast_unsigned());
        let begun = self.webauthn()?.start_passkey_registration(handle, &user.email, &user.name, Some(known));
        let (options, state) = begun.map_err(|_| Fault::Broken("no challenge for a new passkey"))?;
        let options = creation_options(options)?;
        Ok((self.begin(house, Begun::NewPasskey { user: user.id, hash, state: Box::new(state) }), options))
    }

    /// Checks a new passkey of a fan, and returns it with the hash that [`Self::begin_new_passkey`] was given.
    ///
    /// # Errors
    /// [`Refusal::PasskeyRefused`] if the challenge is over or another's, or if the browser's answer is wrong.
    pub fn finish_new_passkey(
        &self,
        fan: UserId,
        challenge: &str,
        (credential, name): (&str, &str),
    ) -> Outcome<(String, NewPasskey)> {
        let Some(Begun::NewPasskey { user, hash, state }) = self.begun.remove(challenge) else {
            return Err(Refusal::PasskeyRefused.into());
        };
        let credential: RegisterPublicKeyCredential =
            serde_json::from_str(credential).map_err(|_| Refusal::PasskeyRefused)?;
        if user != fan {
            return Err(Refusal::PasskeyRefused.into());
        }
        let finished = self.webauthn()?.finish_passkey_registration(&credential, &state);
        let key = finished.map_err(|_| Refusal::PasskeyRefused)?;
        let data = serde_json::to_string(&key).map_err(Fault::from)?;
        Ok((hash, NewPasskey { credential_id: key.cred_id().as_slice().to_vec(), name: name.to_owned(), data }))
    }
}

fn kept<V: Clone + Send + Sync + 'static>() -> Cache<String, V> {
    Cache::builder().max_capacity(KEPT).eviction_policy(EvictionPolicy::lru()).time_to_live(LASTS).build()
}

/// A text with its signature.
fn signed(house: &House, text: &str) -> String {
    let signature = mac(house.keys().messages(), &format!("passkey {text}")).finalize().into_bytes();
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// Reads a challenge that [`signed`] has signed.
fn read_signed(house: &House, challenge: &str) -> Option<PasskeyChallenge> {
    let (text, signature) = challenge.split_once('.')?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
    mac(house.keys().messages(), &format!("passkey {text}")).verify_slice(&signature).ok()?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// The options with which a browser makes a passkey. It keeps the account with the key, so that one signs in without
/// typing an address.
fn creation_options(options: CreationChallengeResponse) -> Outcome<Value> {
    let mut options = serde_json::to_value(options.public_key).map_err(Fault::from)?;
    options["authenticatorSelection"]["residentKey"] = json!("required");
    options["authenticatorSelection"]["requireResidentKey"] = json!(true);
    Ok(options)
}

impl Caller {
    /// Signs a user in whose password was verified against `hash`, unless the account has a second step: then it is begun.
    ///
    /// # Errors
    /// [`Refusal::SecondStepNeeded`], and as [`Caller::sign_in`].
    pub async fn sign_in_with_password(&self, app: &App, user: UserId, hash: String) -> Outcome<()> {
        if !box_office::asks_second_step(&app.house, user).await? {
            return self.sign_in(user, Verified::Password(hash), false).await;
        }
        let name = app.begun.begin(&app.house, Begun::SecondStep { user, hash });
        self.cookies.add(second_step_cookie(app.is_secure(), name));
        Err(Refusal::SecondStepNeeded.into())
    }

    /// Returns who has to pass a second step here, with the hash against which their password was verified: who has given
    /// the password, or who is signed in without one.
    ///
    /// # Errors
    /// A fault if the session or the account cannot be read.
    pub async fn second_step(&self, app: &App) -> Outcome<Option<(User, String)>> {
        let name = self.cookies.get(cookie_name(app.is_secure()));
        if let Some(Begun::SecondStep { user, hash }) = name.and_then(|name| app.begun.begun.get(name.value())) {
            return Ok(Some((box_office::user(&app.house, user).await?, hash)));
        }
        match self.user(app).await? {
            Some(user) if self.lacks_second_step(app, user.id).await? => {
                box_office::credentials(&app.house, &user.email).await
            }
            _ => Ok(None),
        }
    }

    /// Whether the user who is signed in has a second step, and has not passed it.
    async fn lacks_second_step(&self, app: &App, user: UserId) -> Outcome<bool> {
        Ok(!self.has_passed_second_step().await? && box_office::asks_second_step(&app.house, user).await?)
    }

    /// Checks that the user who is signed in has passed the second step of the account, if it has one: a session that has not
    /// changes nothing of how the account is signed in to.
    ///
    /// # Errors
    /// [`Refusal::SecondStepNeeded`], [`Refusal::NotSignedIn`], or a fault if the session or the account cannot be read.
    pub async fn check_second_step(&self, app: &App, user: UserId) -> Outcome<()> {
        if self.lacks_second_step(app, user).await? { Err(Refusal::SecondStepNeeded.into()) } else { Ok(()) }
    }

    /// Passes the second step with a code, and signs in.
    ///
    /// # Errors
    /// [`Refusal::NotSignedIn`] if none was begun, [`Refusal::SlowDown`] after too many wrong codes, and as
    /// [`box_office::pass_second_step`] and [`Caller::sign_in`].
    pub async fn pass_second_step(&self, app: &App, code: String) -> Outcome<User> {
        let (user, hash) = self.second_step(app).await?.ok_or(Refusal::NotSignedIn)?;
        app.limits.second_step(user.id)?;
        let passed = box_office::pass_second_step(&app.house, user.id, hash.clone(), code).await;
        if let Err(Denied::Refused(Refusal::Invalid { field: Field::Code, .. })) = &passed {
            tracing::warn!(account = user.id.0, address = %self.ip, "a wrong code after the right password");
        }
        passed?;
        if let Some(name) = self.cookies.get(cookie_name(app.is_secure())) {
            app.begun.begun.invalidate(name.value());
        }
        self.sign_in(user.id, Verified::Password(hash), true).await?;
        Ok(user)
    }

    /// Ends a second step that this browser has begun: somebody else may use it now.
    pub(super) fn forget_second_step(&self, is_secure: bool) {
        if self.cookies.get(cookie_name(is_secure)).is_some() {
            let mut ended = second_step_cookie(is_secure, String::new());
            ended.make_removal();
            self.cookies.add(ended);
        }
    }
}

/// The cookie that names the second step which a browser has begun. See `session::cookie_name` for the prefix.
const fn cookie_name(is_secure: bool) -> &'static str {
    if is_secure { "__Host-second-step" } else { "second-step" }
}

fn second_step_cookie(is_secure: bool, name: String) -> Cookie<'static> {
    let cookie = Cookie::build((cookie_name(is_secure), name)).path("/").http_only(true);
    let lasts = time::Duration::seconds(LASTS.as_secs().cast_signed());
    cookie.same_site(SameSite::Lax).secure(is_secure).max_age(lasts).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_for_sites_with_a_name() {
        for (origin, has_passkeys) in [
            ("https://tickets.example.org", true),
            ("http://localhost:3000", true),
            ("http://127.0.0.1:3000", false),
            ("http://[::1]:3000", false),
        ] {
            assert_eq!(BegunSignIns::new(origin).has_passkeys(), has_passkeys, "{origin}");
        }
    }
}
