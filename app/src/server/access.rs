//! Access rules as types. A route made by a [`Rule`](super::route::Rule) checks its access rule before it reads the
//! body of a request, and passes the proof to its handler as an argument.

use super::caller::{Caller, address};
use super::{App, Problem};
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use encore::back_office::{self, BoxOffice, Door, Owner, Staff};
use encore::domain::account::Duty;
use encore::domain::{Refusal, UserId};
use encore::{Denied, Outcome};
use sha2::{Digest, Sha256};

/// Who may send requests to a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Everybody who is signed in. The handler acts for the signed-in account.
    Fan,
    /// Staff whose duty includes this one.
    Staff(Duty),
    /// Operators: programs on this machine, or with the token of the operators.
    Operator,
}

/// Proof that a request satisfies an access rule.
pub trait Proof: Clone + Send + Sync + 'static {
    /// The access rule that this type proves.
    const ACCESS: Access;

    /// Checks the access rule for a request, and returns the proof.
    ///
    /// # Errors
    /// The refusal of the access rule, such as [`Refusal::NotSignedIn`], or a storage fault.
    fn check(app: &App, caller: &Caller) -> impl Future<Output = Outcome<Self>> + Send;
}

/// The proof for public routes. Every request gets it.
#[derive(Debug, Clone, Copy)]
pub struct Anybody;

/// Proof that a request comes from an operator. A handler takes it as an argument. A request from anybody else is answered
/// with 404.
#[derive(Debug, Clone, Copy)]
pub struct Operator;

impl FromRequestParts<App> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let bearer = parts.headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        let has_token =
            app.operator_token.as_ref().zip(bearer).is_some_and(|(token, sent)| is_same(token.as_bytes(), sent));
        let address = address(parts, app.behind_proxy);
        if has_token || address.is_loopback() {
            return Ok(Self);
        }
        app.refusals.count("not_operator", address);
        Err(Refusal::NotFound.into())
    }
}

/// Compares two secrets by their hashes, so that the time does not tell how many of their first bytes are the same.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    Sha256::digest(one) == Sha256::digest(other)
}

/// Proof that the caller is signed in.
#[derive(Debug, Clone, Copy)]
pub struct Fan(UserId);

impl Fan {
    /// The account that is signed in.
    pub const fn id(self) -> UserId {
        self.0
    }
}

impl Proof for Anybody {
    const ACCESS: Access = Access::Public;

    async fn check(_: &App, _: &Caller) -> Outcome<Self> {
        Ok(Self)
    }
}

impl Proof for Fan {
    const ACCESS: Access = Access::Fan;

    async fn check(_: &App, caller: &Caller) -> Outcome<Self> {
        caller.fan().await.map(Self)
    }
}

impl Proof for BoxOffice {
    const ACCESS: Access = Access::Staff(Duty::BoxOffice);

    async fn check(app: &App, caller: &Caller) -> Outcome<Self> {
        staff(app, caller).await?.box_office().map_err(Denied::from)
    }
}

impl Proof for Owner {
    const ACCESS: Access = Access::Staff(Duty::Owner);

    async fn check(app: &App, caller: &Caller) -> Outcome<Self> {
        staff(app, caller).await?.owner().map_err(Denied::from)
    }
}

impl Proof for Door {
    const ACCESS: Access = Access::Staff(Duty::Door);

    async fn check(app: &App, caller: &Caller) -> Outcome<Self> {
        Ok(staff(app, caller).await?.door())
    }
}

async fn staff(app: &App, caller: &Caller) -> Outcome<Staff> {
    let user = caller.fan().await?;
    let staff = back_office::signed_in_staff(&app.house, user, caller.has_passed_second_step().await?).await?;
    caller.check_not_idle(app).await?;
    Ok(staff)
}
