//! Rules of access as types. A route of a [`Rule`](super::route::Rule) checks its rule before it reads the body of a request, and
//! hands the proof to its handler, which takes it.

use super::App;
use super::caller::Caller;
use encore::back_office::{self, BoxOffice, Door, Owner, Staff};
use encore::domain::UserId;
use encore::domain::account::Duty;
use encore::{Denied, Outcome};

/// Who may ask an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Everybody who is signed in, about what is theirs.
    Fan,
    /// Staff whose duty includes this one.
    Staff(Duty),
    /// For operators. Not checked here: a reverse proxy has to keep these addresses from the public.
    Operator,
}

/// A rule of access that a request has passed.
pub trait Proof: Clone + Send + Sync + 'static {
    /// The rule that this type proves.
    const ACCESS: Access;

    /// Checks the rule for a request.
    ///
    /// # Errors
    /// The refusal of the rule, such as [`Refusal::NotSignedIn`](encore::domain::Refusal::NotSignedIn), or a storage fault.
    fn of(app: &App, caller: &Caller) -> impl Future<Output = Outcome<Self>> + Send;
}

/// The proof for public routes, which everybody gets.
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

    async fn of(_: &App, _: &Caller) -> Outcome<Self> {
        Ok(Self)
    }
}

impl Proof for Fan {
    const ACCESS: Access = Access::Fan;

    async fn of(_: &App, caller: &Caller) -> Outcome<Self> {
        caller.fan().await.map(Self)
    }
}

impl Proof for BoxOffice {
    const ACCESS: Access = Access::Staff(Duty::BoxOffice);

    async fn of(app: &App, caller: &Caller) -> Outcome<Self> {
        staff(app, caller).await?.box_office().map_err(Denied::from)
    }
}

impl Proof for Owner {
    const ACCESS: Access = Access::Staff(Duty::Owner);

    async fn of(app: &App, caller: &Caller) -> Outcome<Self> {
        staff(app, caller).await?.owner().map_err(Denied::from)
    }
}

impl Proof for Door {
    const ACCESS: Access = Access::Staff(Duty::Door);

    async fn of(app: &App, caller: &Caller) -> Outcome<Self> {
        Ok(staff(app, caller).await?.door())
    }
}

async fn staff(app: &App, caller: &Caller) -> Outcome<Staff> {
    back_office::staff(&app.house, caller.fan().await?).await
}
