//! Where a person is signed in: each device can be ended from every other.

use crate::domain::account::{MAX_DEVICES, SIGNED_IN_SECONDS};
use crate::domain::entities::Device;
use crate::domain::{DeviceId, Refusal, Timestamp, UserId};
use crate::house::House;
use crate::store::{Outcome, Write};

/// Signs a person in on a device, whose session is to name it. `name` says what kind it is, in at most 80 characters.
///
/// # Errors
/// [`Refusal::BadCredentials`] where the password is another by now than the one whose hash was verified.
pub async fn sign_in_on(house: &House, fan: UserId, verified_hash: String, name: String) -> Outcome<DeviceId> {
    house
        .write(move |write, terms| {
            let now = terms.now;
            if write.password_hash(fan)?.as_ref() != Some(&verified_hash) {
                return Err(Refusal::BadCredentials.into());
            }
            write.forget_devices(fan, now)?;
            for device in write.devices(fan, now)?.iter().skip(MAX_DEVICES - 1) {
                write.end_device(device.id, now)?;
            }
            Ok(write.insert_device(fan, &name, now, now.plus_seconds(SIGNED_IN_SECONDS))?)
        })
        .await
}

/// Where a person is signed in, the last first.
///
/// # Errors
/// Storage faults.
pub async fn devices(house: &House, fan: UserId) -> Outcome<Vec<Device>> {
    house.read(move |read, terms| Ok(read.devices(fan, terms.now)?)).await
}

/// Signs a person out on one of their devices. Where it is none of theirs, or they are signed out there, nothing changes.
///
/// # Errors
/// Storage faults.
pub async fn sign_out(house: &House, fan: UserId, device: DeviceId) -> Outcome<()> {
    house.write(move |write, terms| end(write, fan, terms.now, |known| known == device)).await
}

/// Signs a person out on every device but the one they are at.
///
/// # Errors
/// Storage faults.
pub async fn sign_out_elsewhere(house: &House, fan: UserId, here: Option<DeviceId>) -> Outcome<()> {
    house.write(move |write, terms| end(write, fan, terms.now, |known| Some(known) != here)).await
}

/// Ends those of a person's devices that are meant.
pub(super) fn end(write: &Write<'_>, fan: UserId, now: Timestamp, is_meant: impl Fn(DeviceId) -> bool) -> Outcome<()> {
    for device in write.devices(fan, now)?.iter().filter(|device| is_meant(device.id)) {
        write.end_device(device.id, now)?;
    }
    Ok(())
}
