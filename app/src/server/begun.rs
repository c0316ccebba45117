//! What takes more than one request to sign in with: a second step after the password, and passkeys (WebAuthn), whose
//! challenge a browser signs. What was begun is kept in memory for some minutes; after a restart people begin again.

use super::App;
use super::caller::Caller;
use encore::box_office::{self, NewPasskey, Verified};
use encore::domain::{Refusal, User, UserId};
use encore::{Fault, House, Outcome};
use moka::sync::Cache;
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
/// How many are kept at most. Beyond that, those that nobody has used for the longest time are forgotten.
const KEPT: u64 = 20_000;

/// What somebody has begun.
#[derive(Clone)]
enum Begun {
    /// They gave the password of an account that has a second step. `hash` is what it was verified against.
    SecondStep { user: UserId, hash: String },
    /// They sign in with a passkey.
    Passkey(Box<DiscoverableAuthentication>),
    /// They add a passkey to their account, after giving its password.
    NewPasskey { user: UserId, hash: String, state: Box<PasskeyRegistration> },
}

/// All that was begun, by random names that nobody can guess.
pub struct BegunSignIns {
    /// `None` if the site is reached by an IP address, for which browsers make no passkeys.
    webauthn: Option<Webauthn>,
    begun: Cache<String, Begun>,
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
        Self { webauthn, begun: Cache::builder().max_capacity(KEPT).time_to_live(LASTS).build() }
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
        let options = serde_json::to_value(options.public_key).map_err(Fault::from)?;
        Ok((self.begin(house, Begun::Passkey(Box::new(state))), options))
    }

    /// Checks the signature of a passkey, and returns whose it is. `credential` is what the browser answered, as JSON.
    ///
    /// # Errors
    /// [`Refusal::PasskeyRefused`] if the challenge is over, if nobody has this passkey, or if the signature is wrong.
    pub async fn finish_passkey(&self, house: &House, challenge: &str, credential: &str) -> Outcome<(User, Verified)> {
        let Some(Begun::Passkey(state)) = self.begun.remove(challenge) else {
            return Err(Refusal::PasskeyRefused.into());
        };
        let credential: PublicKeyCredential = serde_json::from_str(credential).map_err(|_| Refusal::PasskeyRefused)?;
        let (known, user) = box_office::passkey_of(house, credential.get_credential_id().to_vec()).await?;
        let mut key: Passkey = serde_json::from_str(&known.data).map_err(Fault::from)?;
        let webauthn = self.webauthn()?;
        let result = webauthn.finish_discoverable_authentication_v2(&credential, *state, &key);
        let result = result.map_err(|error| {
            tracing::info!(account = user.id.0, %error, "a passkey was refused");
            Refusal::PasskeyRefused
        })?;
        key.update_credential(&result);
        let data = serde_json::to_string(&key).map_err(Fault::from)?;
        Ok((user, Verified::Passkey { id: known.id, data }))
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

/// The options with which a browser makes a passkey. It keeps the account with the key, so that one signs in without
/// typing an address.
fn creation_options(options: CreationChallengeResponse) -> Outcome<Value> {
    let mut options = serde_json::to_value(options.public_key).map_err(Fault::from)?;
    options["authenticatorSelection"]["residentKey"] = json!("required");
    options["authenticatorSelection"]["requireResidentKey"] = json!(true);
    Ok(options)
}

/// The cookie that names the second step which a browser has begun. See `session::cookie_name` for the prefix.
const fn cookie_name(is_secure: bool) -> &'static str {
    if is_secure { "__Host-second-step" } else { "second-step" }
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
        self.cookies.add(second_step_cookie(app, name));
        Err(Refusal::SecondStepNeeded.into())
    }

    /// Returns who has to pass a second step here, with the hash against which their password was verified: who has given
    /// the password, or who is signed in without one.
    ///
    /// # Errors
    /// A fault if the session or the account cannot be read.
    pub async fn second_step(&self, app: &App) -> Outcome<Option<(UserId, String)>> {
        let name = self.cookies.get(cookie_name(app.is_secure()));
        if let Some(Begun::SecondStep { user, hash }) = name.and_then(|name| app.begun.begun.get(name.value())) {
            return Ok(Some((user, hash)));
        }
        let Some(user) = self.user(app).await? else { return Ok(None) };
        if self.has_passed_second_step().await? || !box_office::asks_second_step(&app.house, user.id).await? {
            return Ok(None);
        }
        let known = box_office::credentials(&app.house, &user.email).await?;
        Ok(known.map(|(user, hash)| (user.id, hash)))
    }

    /// Passes the second step with a code, and signs in.
    ///
    /// # Errors
    /// [`Refusal::NotSignedIn`] if none was begun, [`Refusal::SlowDown`] after too many wrong codes, and as
    /// [`box_office::pass_second_step`] and [`Caller::sign_in`].
    pub async fn pass_second_step(&self, app: &App, code: String) -> Outcome<User> {
        let (user, hash) = self.second_step(app).await?.ok_or(Refusal::NotSignedIn)?;
        app.sign_in_limits.second_step(user)?;
        box_office::pass_second_step(&app.house, user, hash.clone(), code).await?;
        self.sign_in(user, Verified::Password(hash), true).await?;
        if let Some(name) = self.cookies.get(cookie_name(app.is_secure())) {
            app.begun.begun.invalidate(name.value());
            let mut ended = second_step_cookie(app, String::new());
            ended.make_removal();
            self.cookies.add(ended);
        }
        box_office::user(&app.house, user).await
    }
}

fn second_step_cookie(app: &App, name: String) -> Cookie<'static> {
    let cookie = Cookie::build((cookie_name(app.is_secure()), name)).path("/").http_only(true);
    let lasts = time::Duration::seconds(LASTS.as_secs().cast_signed());
    cookie.same_site(SameSite::Lax).secure(app.is_secure()).max_age(lasts).build()
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
