//! Tests of the second step and of passkeys, each a short story.

use super::{TestHouse, refusal};
use crate::back_office;
use crate::box_office::{self, NewPasskey, Verified};
use crate::domain::account::Duty;
use crate::domain::mail::{Language, Letter, SignInChange};
use crate::domain::{DeviceId, Field, Refusal, UserId};
use crate::{Outcome, Settings};
use totp_rs::{Builder, Secret};

/// The hash that stands for the password of the fans in these tests: see [`TestHouse::fan`].
const HASH: &str = "no password";

impl TestHouse {
    /// The code that an authenticator app with this secret shows now.
    fn app_code(&self, secret: &str) -> String {
        let secret = Secret::try_from_base32(secret).expect("Base32");
        let totp = Builder::new().with_secret(secret).build().expect("the usual app");
        totp.generate(self.clock().now().0.unsigned_abs() / 1000).to_string()
    }

    /// Sets up an authenticator app, and returns its secret and the recovery codes.
    async fn set_up_app(&self, fan: UserId) -> (String, Vec<String>) {
        let user = box_office::user(self, fan).await.expect("the account");
        let setup = box_office::authenticator_setup(self, &user, "Encore", None).expect("a secret");
        let code = self.app_code(&setup.secret);
        let codes =
            box_office::set_up_authenticator(self, fan, HASH.into(), setup.seed, code).await.expect("is set up");
        (setup.secret, codes)
    }

    async fn pass(&self, fan: UserId, code: &str) -> Outcome<()> {
        box_office::pass_second_step(self, fan, HASH.into(), code.into()).await
    }

    async fn sign_in(&self, fan: UserId, verified: Verified) -> Outcome<DeviceId> {
        box_office::sign_in_on(self, fan, verified, ("Firefox".into(), Language::Korean)).await
    }

    async fn told(&self) -> Vec<SignInChange> {
        let changes = self.sent_mails().await.into_iter().filter_map(|(_, letter)| match letter {
            Letter::SignInChanged { change } => Some(change),
            _ => None,
        });
        changes.collect()
    }
}

#[tokio::test]
async fn an_app_is_set_up_by_its_code_and_each_code_is_good_once() {
    let house = TestHouse::open(Settings::default());
    let mina = house.fan("mina").await;
    let user = box_office::user(&house, mina).await.expect("the account");
    assert!(!box_office::asks_second_step(&house, mina).await.expect("answers"));

    let setup = box_office::authenticator_setup(&house, &user, "서울: 홀", None).expect("a secret");
    assert!(setup.url.starts_with("otpauth://totp/") && setup.url.contains(&setup.secret), "{}", setup.url);
    let again = box_office::authenticator_setup(&house, &user, "Encore", Some(&setup.seed)).expect("a secret");
    assert_eq!(again.secret, setup.secret, "a form that is shown again has the same secret");
    let chosen = box_office::authenticator_setup(&house, &user, "Encore", Some("mine")).expect("a secret");
    assert_ne!(chosen.seed, "mine", "nobody chooses a seed that is none");
    let wrong = box_office::set_up_authenticator(&house, mina, HASH.into(), setup.seed.clone(), "000000".into()).await;
    assert_eq!(refusal(wrong), Refusal::invalid(Field::Code));
    let stolen =
        box_office::set_up_authenticator(&house, mina, "another".into(), setup.seed, house.app_code(&setup.secret));
    assert_eq!(refusal(stolen.await), Refusal::invalid(Field::PresentPassword));

    let phone = house.sign_in(mina, Verified::Password(HASH.into())).await.expect("signs in");
    let setup = box_office::authenticator_setup(&house, &user, "Encore", None).expect("a secret");
    let set_up = || {
        let code = house.app_code(&setup.secret);
        box_office::set_up_authenticator(&house, mina, HASH.into(), setup.seed.clone(), code)
    };
    let (secret, codes) = (&setup.secret, set_up().await.expect("is set up"));
    assert_eq!(set_up().await.expect("the form was sent twice"), codes);
    let other = box_office::authenticator_setup(&house, &user, "Encore", None).expect("a secret");
    let code = house.app_code(&other.secret);
    let second = box_office::set_up_authenticator(&house, mina, HASH.into(), other.seed, code).await;
    assert_eq!(refusal(second), Refusal::Stale, "one app at a time");
    assert!(house.is_ended(phone), "who was signed in before has not passed it");
    assert!(box_office::asks_second_step(&house, mina).await.expect("answers"));
    let set_up_with = house.app_code(secret);
    assert_eq!(refusal(house.pass(mina, &set_up_with).await), Refusal::invalid(Field::Code), "it was used to set up");
    house.wait(30);
    let code = house.app_code(secret);
    house.pass(mina, &format!("{} {}", &code[..3], &code[3..])).await.expect("a space does not matter");
    assert_eq!(refusal(house.pass(mina, &code).await), Refusal::invalid(Field::Code));
    house.wait(60);
    assert_eq!(refusal(house.pass(mina, &code).await), Refusal::invalid(Field::Code));
    house.pass(mina, &house.app_code(secret)).await.expect("the next one");

    // The codes are good after a restart, and each once.
    let house = house.reopened();
    house.pass(mina, &codes[3].to_lowercase()).await.expect("a recovery code");
    assert_eq!(refusal(house.pass(mina, &codes[3]).await), Refusal::invalid(Field::Code));
    let ways = box_office::sign_in_ways(&house, mina).await.expect("the account");
    assert_eq!((ways.has_authenticator, ways.recovery_codes), (true, Some(9)));
    let new = box_office::make_recovery_codes(&house, mina, HASH.into()).await.expect("new ones");
    assert_eq!(refusal(house.pass(mina, &codes[4]).await), Refusal::invalid(Field::Code), "the old ones are over");
    house.pass(mina, &new[4]).await.expect("a new one");

    box_office::end_authenticator(&house, mina, HASH.into()).await.expect("ends");
    assert!(!box_office::asks_second_step(&house, mina).await.expect("answers"));
    assert_eq!(refusal(house.pass(mina, &new[5]).await), Refusal::invalid(Field::Code));
    use SignInChange::*;
    let told = [AuthenticatorSetUp, RecoveryCodeUsed, RecoveryCodesMade, RecoveryCodeUsed, AuthenticatorEnded];
    assert_eq!(house.told().await, told);
    house.assert_sound().await;
}

#[tokio::test]
async fn owners_require_a_second_step_once_they_have_passed_one_and_end_one_that_is_lost() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let dana = house.fan("dana").await;
    back_office::appoint(&house, "dana@example.org", Duty::Door).await.expect("is staff");
    let require = |is_required, has_passed| back_office::require_second_step(&house, owner, is_required, has_passed);
    assert_eq!(refusal(require(true, false).await), Refusal::SecondStepNeeded, "nobody keeps themselves out");
    back_office::signed_in_staff(&house, dana, false).await.expect("none is required");
    require(true, true).await.expect("is required");
    require(true, true).await.expect("twice is once");
    assert_eq!(refusal(back_office::signed_in_staff(&house, dana, false).await), Refusal::SecondStepNeeded);
    back_office::signed_in_staff(&house, dana, true).await.expect("has passed one");
    let mina = house.fan("mina").await;
    assert_eq!(refusal(back_office::signed_in_staff(&house, mina, true).await), Refusal::NotStaff);

    // Who has nothing set up is not asked for it at the sign-in, and gets to the page that sets it up.
    assert!(!box_office::asks_second_step(&house, dana).await.expect("answers"));
    house.set_up_app(dana).await;
    assert!(box_office::asks_second_step(&house, dana).await.expect("answers"));
    let team = back_office::team(&house, owner).await.expect("the team");
    assert_eq!((team.with_second_step, team.is_second_step_required), (vec![dana], true));

    let lost = house.sign_in(dana, Verified::Password(HASH.into())).await.expect("signs in");
    back_office::end_second_step(&house, owner, dana).await.expect("is ended");
    assert!(house.is_ended(lost), "the lost phone is signed out");
    let nobody = back_office::end_second_step(&house, owner, UserId(999)).await;
    assert_eq!(refusal(nobody), Refusal::NotFound);
    assert!(!box_office::asks_second_step(&house, dana).await.expect("answers"));
    assert_eq!(house.told().await, [SignInChange::AuthenticatorSetUp, SignInChange::EndedByOwner]);
    require(false, false).await.expect("is no longer required");
    back_office::signed_in_staff(&house, dana, false).await.expect("none is required");
}

#[tokio::test]
async fn a_passkey_signs_in_until_it_is_removed_and_is_nobody_elses() {
    let house = TestHouse::open(Settings::default());
    let (mina, joon) = (house.fan("mina").await, house.fan("joon").await);
    let new = || NewPasskey { credential_id: vec![7; 32], name: "Safari · macOS".into(), data: "{}".into() };
    let stolen = box_office::add_passkey(&house, mina, "another".into(), new()).await;
    assert_eq!(refusal(stolen), Refusal::invalid(Field::PresentPassword));
    let codes = box_office::add_passkey(&house, mina, HASH.into(), new()).await.expect("is added");
    assert!(codes.is_empty(), "a fan can sign in with the password");
    let twice = box_office::add_passkey(&house, joon, HASH.into(), new()).await;
    assert_eq!(refusal(twice), Refusal::PasskeyRefused);
    assert_eq!(refusal(box_office::passkey_of(&house, vec![8; 32]).await), Refusal::PasskeyRefused);

    let (passkey, owner) = box_office::passkey_of(&house, vec![7; 32]).await.expect("is known");
    assert_eq!(owner.id, mina);
    assert!(!box_office::asks_second_step(&house, mina).await.expect("answers"), "the password is enough");
    let with = || Verified::Passkey { id: passkey.id, data: "{\"counter\":1}".into() };
    assert_eq!(refusal(house.sign_in(joon, with()).await), Refusal::PasskeyRefused);
    house.sign_in(mina, with()).await.expect("signs in");
    let ways = box_office::sign_in_ways(&house, mina).await.expect("the account");
    let used = &ways.passkeys[0];
    assert_eq!((used.data.as_str(), used.used_at), ("{\"counter\":1}", Some(house.clock().now())));

    let stolen = box_office::remove_passkey(&house, mina, "another".into(), passkey.id).await;
    assert_eq!(refusal(stolen), Refusal::invalid(Field::PresentPassword));
    box_office::remove_passkey(&house, joon, HASH.into(), passkey.id).await.expect("changes nothing");
    house.sign_in(mina, with()).await.expect("signs in");
    box_office::remove_passkey(&house, mina, HASH.into(), passkey.id).await.expect("is removed");
    assert_eq!(refusal(house.sign_in(mina, with()).await), Refusal::PasskeyRefused);
    assert_eq!(house.told().await, [SignInChange::PasskeyAdded, SignInChange::PasskeyRemoved]);

    // A member of staff gets recovery codes, since the password alone may not be enough for them.
    back_office::appoint(&house, "joon@example.org", Duty::BoxOffice).await.expect("is staff");
    let codes = box_office::add_passkey(&house, joon, HASH.into(), new()).await.expect("is added");
    house.pass(joon, &codes[0]).await.expect("a recovery code");
    // The codes stay while a passkey does.
    house.set_up_app(joon).await;
    box_office::end_authenticator(&house, joon, HASH.into()).await.expect("ends");
    let ways = box_office::sign_in_ways(&house, joon).await.expect("the account");
    assert_eq!((ways.has_authenticator, ways.recovery_codes), (false, Some(10)));
    house.assert_sound().await;
}

#[tokio::test]
async fn who_leaves_leaves_no_key() {
    let house = TestHouse::open(Settings::default());
    let mina = house.fan("mina").await;
    let new = NewPasskey { credential_id: vec![7; 32], name: String::new(), data: "{}".into() };
    box_office::add_passkey(&house, mina, HASH.into(), new).await.expect("is added");
    house.set_up_app(mina).await;
    box_office::leave_for_good(&house, mina, HASH.into()).await.expect("leaves");
    assert_eq!(refusal(box_office::passkey_of(&house, vec![7; 32]).await), Refusal::PasskeyRefused);
    let step = house.read(move |read, _| Ok(read.second_step(mina)?)).await.expect("reads");
    assert_eq!(step, None);
}
