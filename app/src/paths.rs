//! The paths used in links and redirects, and what their parameters mean.

use encore::domain::account::Duty;
use encore::domain::concert::Publication;
use encore::domain::{Concert, ConcertId, ReservationId, ScheduleId, UserId};
use encore::reference;

pub fn concert_path(id: ConcertId) -> String {
    format!("/concerts/{id}")
}

/// The page of a concert: the public one or, of a draft, a preview for owners.
pub fn concert_or_preview_path(concert: &Concert) -> String {
    match concert.status {
        Publication::Published => concert_path(concert.id),
        Publication::Draft => format!("/staff/concerts/{}/preview", concert.id),
    }
}

/// The calendar file that announces when a schedule's sale opens.
pub fn opening_calendar_path(id: ScheduleId) -> String {
    format!("/schedules/{id}/opening.ics")
}

/// The first page of the back office for staff with this duty.
pub const fn staff_home(duty: Duty) -> &'static str {
    match duty {
        Duty::Owner | Duty::BoxOffice => "/staff",
        Duty::Door => "/staff/door",
    }
}

/// The page on which an invitation with this secret token is accepted.
pub fn invitation_path(token: &str) -> String {
    format!("/invitations/{token}")
}

/// The counter's page about one fan.
pub fn staff_fan_path(id: UserId) -> String {
    format!("/staff/fans/{id}")
}

/// The counter's page about one ticket.
pub fn staff_ticket_path(id: ReservationId) -> String {
    format!("/staff/tickets/{id}")
}

/// The poster of a concert. `tag` changes with the picture, so that browsers may cache it forever.
pub fn poster_path(id: ConcertId, tag: &str) -> String {
    format!("/posters/{id}/{tag}")
}

/// The page of one ticket. The path has the ticket's number, because an id is a counter. `key` is the key of the
/// installation.
pub fn ticket_path(key: &[u8; 32], id: ReservationId) -> String {
    format!("/tickets/{}", reference::ticket(key, id))
}

/// The calendar file of the show of one ticket.
pub fn show_calendar_path(key: &[u8; 32], id: ReservationId) -> String {
    format!("{}/show.ics", ticket_path(key, id))
}

/// The PDF file of the tickets that were bought together with one ticket.
pub fn pdf_path(key: &[u8; 32], id: ReservationId) -> String {
    format!("{}/tickets.pdf", ticket_path(key, id))
}

/// The page on which the owner of a ticket makes the link with which somebody else can take it.
pub fn hand_on_path(key: &[u8; 32], id: ReservationId) -> String {
    format!("{}/hand-on", ticket_path(key, id))
}

/// The page on which a ticket is taken with a link that has this secret token.
pub fn handed_on_path(token: &str) -> String {
    format!("/handed-on/{token}")
}

/// The page on which a fan cancels one ticket.
pub fn cancel_path(key: &[u8; 32], id: ReservationId) -> String {
    format!("{}/cancel", ticket_path(key, id))
}

/// As [`cancel_path`], for code that does not have the key.
pub fn cancel_path_by_id(id: ReservationId) -> String {
    format!("/tickets/{id}/cancel")
}

/// The page of a schedule's waitlist.
pub fn waitlist_path(id: ScheduleId) -> String {
    format!("/schedules/{id}/waitlist")
}

pub fn queue_path(id: ScheduleId) -> String {
    format!("/schedules/{id}/queue")
}

/// The file with a fan's receipt of having entered the lobby of a schedule.
pub fn receipt_path(id: ScheduleId) -> String {
    format!("/schedules/{id}/draw/receipt")
}

/// The page of the lottery of a schedule's lobby.
pub fn lottery_path(id: ScheduleId) -> String {
    format!("/schedules/{id}/draw")
}

pub fn seats_path(id: ScheduleId) -> String {
    format!("/schedules/{id}/seats")
}

/// The map of a schedule, on which nothing can be chosen: the public one or, of a draft, a preview for owners.
pub fn map_path(id: ScheduleId, status: Publication, section: Option<&str>) -> String {
    let path = match status {
        Publication::Published => format!("/schedules/{id}/map"),
        Publication::Draft => format!("/staff/schedules/{id}/preview"),
    };
    let section = section.map(|name| format!("?section={}", escaped(name)));
    path + &section.unwrap_or_default()
}

pub fn checkout_path(id: ScheduleId) -> String {
    format!("/schedules/{id}/checkout")
}

/// The page on which a fan chooses seats. It shows one section if `section` is given, and offers wheelchair places if
/// `access` is true.
pub fn seats_path_with(id: ScheduleId, section: Option<&str>, access: bool) -> String {
    let query = section.map(|section| ("section", section)).into_iter().chain(access.then_some(("access", "1")));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    if query.is_empty() { seats_path(id) } else { format!("{}?{query}", seats_path(id)) }
}

/// Whether the value of the parameter `access` (of a form or a query) says that the fan needs a wheelchair place.
pub fn needs_access(word: Option<&str>) -> bool {
    matches!(word, Some("1" | "true"))
}

/// The path of `page` with the query parameter `next`: the path to which the browser goes after the page's form
/// succeeded.
pub fn with_next(page: &str, next: &str) -> String {
    format!("{page}?{}", form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish())
}

/// The sign-in page, with `next` as the path to which the browser goes after signing in.
pub fn sign_in_path(next: &str) -> String {
    with_next("/sign-in", next)
}

/// The sign-in page of somebody who wants to join the queue of a schedule: signing in joins it too.
pub fn sign_in_to_join_path(id: ScheduleId) -> String {
    with_join(&sign_in_path(&queue_path(id)), id)
}

/// A path with a query, here of the page to sign in or up, with the schedule whose queue the visitor then joins.
pub fn with_join(path: &str, id: ScheduleId) -> String {
    format!("{path}&join={id}")
}

/// The page on which a forgotten password is reset. `token` is that of the link.
pub fn password_path(token: &str) -> String {
    format!("/password/{token}")
}

/// The page on which an address is confirmed. `token` is that of the link.
pub fn address_path(token: &str) -> String {
    format!("/address/{token}")
}

/// Percent-encodes a text for a query.
pub fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The longest path, in bytes, to which a form leads back.
const LONGEST: usize = 2_000;

/// Returns `next` if it is a path of this site in ASCII and not too long, and the front page otherwise, so that no redirect
/// leads to another site.
pub fn local_path(next: Option<&str>) -> String {
    match next {
        Some(path)
            if path.len() <= LONGEST
                && path.starts_with('/')
                && !path.starts_with("//")
                && !path.contains(|c: char| c == '\\' || c.is_control() || !c.is_ascii()) =>
        {
            path.to_owned()
        }
        _ => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seats_are_shown_with_the_section_and_the_access_places_that_are_asked_for() {
        let path = |section, access| seats_path_with(ScheduleId(3), section, access);
        assert_eq!(path(None, false), "/schedules/3/seats");
        assert_eq!(path(Some("Row A & B"), false), "/schedules/3/seats?section=Row+A+%26+B");
        assert_eq!(path(Some("발코니"), true), "/schedules/3/seats?section=%EB%B0%9C%EC%BD%94%EB%8B%88&access=1");
    }

    #[test]
    fn redirects_stay_on_this_site() {
        assert_eq!(local_path(Some("/schedules/1/seats?x=1")), "/schedules/1/seats?x=1");
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "x", "/a\r\nb", ""] {
            assert_eq!(local_path(Some(elsewhere)), "/", "{elsewhere:?}");
        }
        assert_eq!(local_path(None), "/");
        assert_eq!(sign_in_path("/a?b=c&d"), "/sign-in?next=%2Fa%3Fb%3Dc%26d");
    }
}
