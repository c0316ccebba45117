//! The accounts and sessions of the simulated fans. They are created in advance, so that no password is hashed during
//! the rush.

use super::stage::RehearsalHouse;
use crate::server::session;
use encore::demo;
use std::error::Error;

/// The simulated fans.
pub struct Audience {
    /// The session cookie of each fan, as `name=value`.
    pub cookies: Vec<String>,
}

impl Audience {
    /// Creates `fans` accounts, each with points and a session.
    pub async fn create(stage: &RehearsalHouse, fans: usize) -> Result<Self, Box<dyn Error>> {
        let house = stage.house()?;
        let sessions = session::open_store(&stage.folder).await?;
        let mut cookies = Vec::with_capacity(fans);
        for fan in demo::audience(&house, fans).await? {
            cookies.push(session::sign_in_beforehand(&house, &sessions, fan).await?);
        }
        Ok(Self { cookies })
    }
}
