//! Access rules as types. A route made by a [`Rule`](super::route::Rule) checks its access rule before it reads the
//! body of a request, and passes the proof to its handler as an argument.

use super::App;
use super::caller::Caller;
use encore::back_office::{self, BoxOffice, Door, Owner, Staff};
use encore::domain::UserId;
use encore::domain::account::Duty;
use encore::{Denied, Outcome};

/// Who may send requests to a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Everybody who is signed in. The handler acts for the signed-in account.
    Fan,
    /// Staff whose duty includes this one.
    Staff(Duty),
    /// Operators. The program does not check this: a reverse proxy must keep the public away from these routes.
    Operator,
}

/// Proof that a request satisfies an access rule.
pub trait Proof: Clone + Send + Sync + 'static {
    /// The access rule that this type proves.
    const ACCESS: Access;

    /// Checks the access rule for a request, and returns the proof.
    ///
    /// # Errors
    /// The refusal of the access rule, such as [`Refusal::NotSignedIn`](encore::domain::Refusal::NotSignedIn), or a
    /// storage fault.
    fn check(app: &App, caller: &Caller) -> impl Future<Output = Outcome<Self>> + Send;
}

/// The proof for public routes. Every request gets it.
#[derive(Debug, Clone, Copy)]
pub struct Anybody;

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
    back_office::staff(&app.house, caller.fan().await?).await
}
