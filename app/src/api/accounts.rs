//! Signing up, in and out, and who one is.

use super::{Empty, Nothing};
use crate::paths::{local_path, with_next};
use crate::server::App;
use crate::server::answer::Done;
use crate::server::session::{Caller, Notice};
use encore::domain::account::{Duty, Role, check_password, clean_email, clean_name};
use encore::domain::{Points, Refusal, UserId};
use encore::{Outcome, box_office};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Deserialize)]
pub struct SignUp {
    email: String,
    name: String,
    password: String,
    next: Option<String>,
}

#[derive(Clone, Deserialize)]
pub struct SignIn {
    email: String,
    password: String,
    next: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Who {
    id: UserId,
    name: String,
}

#[derive(Debug, Serialize)]
pub struct Me {
    id: UserId,
    name: String,
    email: String,
    point: Points,
    role: Role,
    /// What a member of staff does.
    #[serde(skip_serializing_if = "Option::is_none")]
    duty: Option<Duty>,
}

pub async fn sign_up(app: App, caller: Arc<Caller>, input: SignUp) -> Outcome<Done<Who>> {
    // What is cheap to refuse is refused before a password is hashed.
    clean_email(&input.email)?;
    clean_name(&input.name)?;
    check_password(&input.password)?;
    app.sign_in_limits.sign_up(&input.email, caller.address)?;
    let hash = app.hash_password(input.password).await?;
    let user = box_office::sign_up(&app.house, &input.email, &input.name, hash.clone()).await?;
    caller.sign_in(user.id, hash).await?;
    let notice = Some(Notice::SignedUp { name: user.name.clone() });
    Ok(Done { answer: Who { id: user.id, name: user.name }, next: local_path(input.next.as_deref()), notice })
}

/// Where a refused sign-up returns to.
pub fn to_sign_up(input: &SignUp, _: &Refusal) -> String {
    again("/sign-up", input.next.as_deref())
}

pub async fn sign_in(app: App, caller: Arc<Caller>, input: SignIn) -> Outcome<Done<Who>> {
    app.sign_in_limits.sign_in(&input.email, caller.address)?;
    let (user, hash) = box_office::credentials(&app.house, &input.email).await?.unzip();
    let verified = app.verify_password(input.password, hash.clone()).await?;
    let (user, hash) = user.zip(hash).filter(|_| verified).ok_or(Refusal::BadCredentials)?;
    caller.sign_in(user.id, hash).await?;
    let notice = Some(Notice::SignedIn { name: user.name.clone() });
    Ok(Done { answer: Who { id: user.id, name: user.name }, next: local_path(input.next.as_deref()), notice })
}

/// Where a refused sign-in returns to.
pub fn to_sign_in(input: &SignIn, _: &Refusal) -> String {
    again("/sign-in", input.next.as_deref())
}

fn again(page: &str, next: Option<&str>) -> String {
    match local_path(next).as_str() {
        "/" => page.to_owned(),
        next => with_next(page, next),
    }
}

pub async fn sign_out(_: App, caller: Arc<Caller>, _: Nothing) -> Outcome<Done<Empty>> {
    caller.sign_out().await?;
    Ok(Done { answer: Empty {}, next: "/".into(), notice: Some(Notice::SignedOut) })
}

/// Where a refused sign-out returns to; it is never refused.
pub fn to_front(_: &Nothing, _: &Refusal) -> String {
    "/".into()
}

pub async fn me(app: App, caller: Caller, _: Nothing) -> Outcome<Me> {
    let user = box_office::user(&app.house, caller.fan().await?).await?;
    Ok(Me { id: user.id, name: user.name, email: user.email, point: user.point, role: user.role, duty: user.duty })
}
