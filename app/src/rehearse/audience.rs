//! The accounts and sessions of the audience, made beforehand: nobody hashes a password in a rush.

use super::stage::Stage;
use crate::server::session;
use encore::demo;
use std::error::Error;

/// Everybody who comes.
pub struct Audience {
    /// One session each.
    pub cookies: Vec<String>,
}

impl Audience {
    /// Makes so many fans with points and a session each.
    pub async fn invite(stage: &Stage, fans: usize) -> Result<Self, Box<dyn Error>> {
        let house = stage.house()?;
        let sessions = session::open_store(&stage.folder).await?;
        let mut cookies = Vec::with_capacity(fans);
        for fan in demo::audience(&house, fans).await? {
            cookies.push(session::sign_in_beforehand(&sessions, fan).await?);
        }
        Ok(Self { cookies })
    }
}
