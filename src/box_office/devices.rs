//! The devices (browsers) on which a person is signed in. Each device can be signed out from any of the others.

use crate::domain::account::{MAX_DEVICES, SIGNED_IN_SECONDS};
use crate::domain::mail::{Language, Letter};
use crate::domain::{DeviceId, PasskeyId, Refusal, Timestamp, UserId};
use crate::house::House;
use crate::post_office::post;
use crate::store::{Device, Outcome, Write};

/// What the caller has verified of a person who signs in.
#[derive(Debug, Clone)]
pub enum Verified {
    /// The password, against this hash, and the second step if one is asked for.
    Password(String),
    /// A signature with this passkey, whose `data` is this since.
    Passkey { id: PasskeyId, data: String },
}

/// Signs a person in on a new device and returns the device's id, which the caller stores in the session. If the person
/// is signed in on [`MAX_DEVICES`] devices already, the one with the earliest sign-in is signed out.
///
/// `name` describes the kind of device,
/// in at most 80 characters, and `language` is the one in which the person reads. If they were signed in before, but never
/// on a device of this kind, they are told by mail.
///
/// # Errors
/// [`Refusal::BadCredentials`] if the password was changed after the caller verified it, [`Refusal::PasskeyRefused`] if the
/// passkey was removed.
pub async fn sign_in_on(
    house: &House,
    fan: UserId,
    verified: Verified,
    (name, language): (String, Language),
) -> Outcome<DeviceId> {
    house
        .write(move |write, context| {
            let now = context.now;
            match &verified {
                Verified::Password(hash) if write.password_hash(fan)?.as_ref() == Some(hash) => {}
                Verified::Password(_) => return Err(Refusal::BadCredentials.into()),
                Verified::Passkey { id, data } if write.passkeys(fan)?.iter().any(|known| known.id == *id) => {
                    write.use_passkey(*id, data, now)?;
                }
                Verified::Passkey { .. } => return Err(Refusal::PasskeyRefused.into()),
            }
            write.forget_devices(fan, now)?;
            for device in write.devices(fan, now)?.iter().skip(MAX_DEVICES - 1) {
                write.end_device(device.id, now)?;
            }
            write.set_language(fan, language, now)?;
            let is_new = write.has_signed_in(fan, None)? && !write.has_signed_in(fan, Some(&name))?;
            let device = write.insert_device(fan, &name, now, now.plus_seconds(SIGNED_IN_SECONDS))?;
            if is_new {
                post(write, fan, Letter::NewDevice { device }, None, context)?;
            }
            Ok(device)
        })
        .await
}

/// Returns the devices on which a person is signed in, the latest sign-in first.
pub async fn devices(house: &House, fan: UserId) -> Outcome<Vec<Device>> {
    house.read(move |read, context| Ok(read.devices(fan, context.now)?)).await
}

/// Signs a person out on one of their devices. Changes nothing if `device` is not theirs or is signed out already.
pub async fn sign_out(house: &House, fan: UserId, device: DeviceId) -> Outcome<()> {
    house.write(move |write, context| end(write, fan, context.now, |known| known == device)).await
}

/// Signs a person out on every device except `here`, the one that they are using. If `here` is `None`, they are signed
/// out everywhere.
pub async fn sign_out_elsewhere(house: &House, fan: UserId, here: Option<DeviceId>) -> Outcome<()> {
    house.write(move |write, context| end(write, fan, context.now, |known| Some(known) != here)).await
}

/// Signs a person out on each of their devices for which `is_meant` returns true.
pub(crate) fn end(write: &Write<'_>, fan: UserId, now: Timestamp, is_meant: impl Fn(DeviceId) -> bool) -> Outcome<()> {
    for device in write.devices(fan, now)?.iter().filter(|device| is_meant(device.id)) {
        write.end_device(device.id, now)?;
    }
    Ok(())
}
