//! Views and parts of views that several pages use.

pub mod drawing;
pub mod fonts;
pub mod forms;
pub mod hall;
pub mod hall_map;
pub mod layout;
pub mod legal;
pub mod money;
pub mod pass;
pub mod poster;
pub mod poster_art;
pub mod qr;
pub mod seller;
pub mod site;
pub mod views;
