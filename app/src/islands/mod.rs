//! The few parts that live in the browser: the seat map, the countdown, the place in line, the preview of a hall. Each is server HTML first and
//! works without a script; here it gains what only a living page can do. Sentences come as props, already in the visitor's
//! language, with `{name}` where a number goes.

mod browser;
mod contribution;
mod countdown;
mod live_preview;
mod place_in_line;
mod seat_map;
mod zoom;

pub use contribution::Contribution;
pub use countdown::Countdown;
pub use live_preview::LivePreview;
pub use place_in_line::{LineWords, PlaceInLine, Standing};
pub use seat_map::{MapWords, SeatMap};
