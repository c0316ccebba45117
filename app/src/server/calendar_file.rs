//! Calendar files: events in the iCalendar format (RFC 5545).

use super::page::PageResult;
use crate::paths::ticket_path;
use crate::words::{self, Locale};
use chrono::Duration;
use encore::domain::{Reservation, ReservationStatus, Timestamp};
use encore::reference;
use icalendar::{Alarm, Calendar, Component, EventLike, EventStatus};

/// An event of a calendar.
#[derive(Debug, Clone)]
pub struct Event {
    /// Unique among the events of this installation, so that a calendar which imports an event twice shows it once.
    pub id: String,
    pub title: String,
    /// The description.
    pub text: String,
    pub place: Option<String>,
    pub begins: Timestamp,
    /// How long the event lasts.
    pub hours: i64,
    /// How many minutes before it begins the calendar reminds of the event. `None` for no reminder.
    pub alarm_minutes: Option<i64>,
    /// Whether the event has been cancelled. A calendar that has the event then marks it so.
    pub is_cancelled: bool,
    /// How often the event has been moved.
    pub moves: u32,
    /// The absolute address of a page about the event.
    pub link: String,
}

/// Returns the event as a file to download. `now` becomes the time at which the file was made. The host of `origin`
/// becomes part of the event's `UID`, which must be globally unique.
pub fn calendar_file(event: &Event, now: Timestamp, origin: &str) -> PageResult {
    let text = written(std::slice::from_ref(event), now, origin);
    PageResult::file("text/calendar; charset=utf-8", text, Some("encore.ics"))
}

/// The show of a ticket as an event. `key` is the key of the numbers of tickets.
pub fn show_event(l: Locale, key: &[u8; 32], origin: &str, ticket: &Reservation) -> Event {
    Event {
        id: format!("ticket-{}", reference::ticket(key, ticket.id)),
        title: format!("{}: {}", ticket.performer, ticket.concert_title),
        text: words::seat_name(l, &ticket.seat_name()),
        place: Some(ticket.venue.clone()),
        begins: ticket.show_time,
        hours: 2,
        alarm_minutes: None,
        is_cancelled: ticket.status == ReservationStatus::Cancel,
        moves: ticket.moves,
        link: format!("{origin}{}", ticket_path(key, ticket.id)),
    }
}

/// Events as the text of a calendar file: see [`calendar_file`].
pub fn written(events: &[Event], now: Timestamp, origin: &str) -> String {
    let host = origin.split("://").last().unwrap_or("encore");
    let mut calendar = Calendar::new();
    for event in events {
        calendar.push(entry(event, now, host));
    }
    calendar.done().to_string()
}

fn entry(event: &Event, now: Timestamp, host: &str) -> icalendar::Event {
    let mut entry = icalendar::Event::new();
    entry
        .uid(&format!("{}@{host}", event.id))
        .timestamp(now.to_utc())
        .summary(&event.title)
        .description(&event.text)
        .url(&event.link)
        .starts(event.begins.to_utc())
        .ends(event.begins.plus_seconds(event.hours * 3600).to_utc());
    if let Some(place) = &event.place {
        entry.location(place);
    }
    if let Some(minutes) = event.alarm_minutes {
        entry.alarm(Alarm::display(&event.title, -Duration::minutes(minutes)));
    }
    // A calendar replaces the event that it has by one with a higher sequence number.
    entry.sequence(event.moves + u32::from(event.is_cancelled));
    if event.is_cancelled {
        entry.status(EventStatus::Cancelled);
    }
    entry.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_follows_the_calendar_format() {
        let event = Event {
            id: "ticket-7".into(),
            title: "Oh; the Moons, unplugged".into(),
            text: "Floor, row A\nseat 1".into(),
            place: Some("마루 클럽".into()),
            begins: Timestamp(1_766_570_400_000),
            hours: 2,
            alarm_minutes: Some(10),
            is_cancelled: true,
            moves: 2,
            link: "https://tickets.example.org/tickets/7".into(),
        };
        let file = written(&[event], Timestamp(1_700_000_000_000), "https://tickets.example.org");
        for line in [
            "BEGIN:VCALENDAR\r\n",
            "UID:ticket-7@tickets.example.org\r\n",
            "DTSTART:20251224T100000Z\r\n",
            "DTEND:20251224T120000Z\r\n",
            "DTSTAMP:20231114T221320Z\r\n",
            "SUMMARY:Oh\\; the Moons\\, unplugged\r\n",
            "LOCATION:마루 클럽\r\n",
            "BEGIN:VALARM\r\n",
            "TRIGGER:-PT600S\r\n",
            "STATUS:CANCELLED\r\n",
            "SEQUENCE:3\r\n",
            "END:VCALENDAR\r\n",
        ] {
            assert!(file.contains(line), "{line:?} in {file}");
        }
        assert!(!file.replace("\r\n", "").contains('\n'), "{file}");
    }
}
