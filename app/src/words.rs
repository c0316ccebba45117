//! Text that depends on data (times, prices, refusals), in the visitor's language. The sentences themselves are in the
//! message files in `locales`.

pub use crate::i18n::{I18nLocaleTrait, Locale, td_string};
use chrono_tz::Tz;
use encore::domain::account::Duty;
use encore::domain::mail::Language;
use encore::domain::points::grouped;
use encore::domain::seating::{MAX_CATEGORIES, MAX_SHAPES, MAX_ZONES, PlanFault, PlanPlace};
use encore::domain::{Field, Points, Refusal, SeatName, Timestamp, User};

/// Returns the language of a visitor: `chosen` (the language cookie) if it names a supported language, otherwise the
/// best match for the browser's `Accept-Language` header (RFC 9110, section 12.5.4), otherwise English.
pub fn negotiate(chosen: Option<&str>, accept_language: Option<&str>) -> Locale {
    if let Some(locale) = chosen.and_then(|word| word.parse().ok()) {
        return locale;
    }
    let mut wishes: Vec<(f32, &str)> = accept_language
        .unwrap_or_default()
        .split(',')
        .filter_map(|wish| {
            let mut parts = wish.split(';').map(str::trim);
            let tag = parts.next()?;
            let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            (quality > 0.0).then_some((quality, tag))
        })
        .collect();
    wishes.sort_by(|a, b| b.0.total_cmp(&a.0));
    Locale::find_locale(&wishes.iter().map(|wish| wish.1).collect::<Vec<_>>())
}

/// The name of a duty in the visitor's language.
pub fn duty(l: Locale, duty: Duty) -> &'static str {
    match duty {
        Duty::Owner => td_string!(l, team.owner),
        Duty::BoxOffice => td_string!(l, team.box_office),
        Duty::Door => td_string!(l, team.door),
    }
}

/// The language of mails that is the language of a page.
pub const fn language(l: Locale) -> Language {
    match l {
        Locale::en => Language::English,
        Locale::ko => Language::Korean,
    }
}

/// The language of a page that is the language of a mail.
pub const fn locale(language: Language) -> Locale {
    match language {
        Language::English => Locale::en,
        Language::Korean => Locale::ko,
    }
}

/// The email address of a person, or that there is none.
pub fn address(l: Locale, user: &User) -> String {
    user.address().unwrap_or(td_string!(l, account.no_address)).to_owned()
}

/// An amount of points as people read it, such as `110,000 points`.
pub fn points(l: Locale, amount: Points) -> String {
    td_string!(l, points.unit, amount = grouped(amount))
}

/// The range from the lowest to the highest price, or one price if both are equal.
pub fn price_range(l: Locale, (lowest, highest): (Points, Points)) -> String {
    if highest == 0 {
        td_string!(l, concerts.free).to_owned()
    } else if lowest == highest {
        points(l, lowest)
    } else {
        td_string!(l, concert.prices, lowest = grouped(lowest), highest = points(l, highest))
    }
}

/// How much of a time is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Date with weekday and year, and time of day.
    Full,
    /// Date with weekday but without year, and time of day.
    Day,
    /// Short date with year but without weekday, and time of day; for tables.
    Short,
    /// Short date with year; for tables.
    Date,
    /// Only the time of day, with seconds.
    Clock,
}

/// The date and time of an instant in a time zone, as text. An unknown time zone is treated as UTC.
pub fn when(l: Locale, at: Timestamp, time_zone: &str, detail: Detail) -> String {
    let zone: Tz = time_zone.parse().unwrap_or(Tz::UTC);
    let format = match detail {
        Detail::Full => td_string!(l, time.full),
        Detail::Day => td_string!(l, time.day),
        Detail::Short => td_string!(l, time.short),
        Detail::Date => td_string!(l, time.date),
        Detail::Clock => td_string!(l, time.clock),
    };
    at.to_utc().with_timezone(&zone).format_localized(format, names(l)).to_string()
}

/// A month as people read it, from text such as `2026-12`. Text that is not a month is returned unchanged.
pub fn month(l: Locale, month: &str) -> String {
    let Ok(first) = chrono::NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d") else { return month.into() };
    first.format_localized(td_string!(l, time.month), names(l)).to_string()
}

const fn names(l: Locale) -> chrono::Locale {
    match l {
        Locale::en => chrono::Locale::en_GB,
        Locale::ko => chrono::Locale::ko_KR,
    }
}

/// The sentence that explains a refusal.
pub fn refusal(l: Locale, refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotSignedIn => td_string!(l, refusal.not_signed_in).into(),
        Refusal::BadCredentials => td_string!(l, refusal.bad_credentials).into(),
        Refusal::SecondStepNeeded => td_string!(l, refusal.second_step_needed).into(),
        Refusal::PasskeyRefused => td_string!(l, refusal.passkey_refused).into(),
        Refusal::NotEnoughPoints { missing } => {
            td_string!(l, refusal.not_enough_points, missing = grouped(*missing))
        }
        Refusal::NotAdmitted => td_string!(l, refusal.not_admitted).into(),
        Refusal::NotStaff => td_string!(l, refusal.not_staff).into(),
        Refusal::NotYourDuty => td_string!(l, refusal.not_your_duty).into(),
        Refusal::CrossSite => td_string!(l, refusal.cross_site).into(),
        Refusal::NotFound => td_string!(l, refusal.not_found).into(),
        Refusal::EmailTaken => td_string!(l, refusal.email_taken).into(),
        Refusal::WeakPassword => td_string!(l, refusal.weak_password).into(),
        Refusal::SeatTaken { seat_ids, .. } if seat_ids.is_empty() => td_string!(l, seats.party_none).into(),
        Refusal::SeatTaken { seat_ids, .. } => td_string!(l, refusal.seat_taken, count = seat_ids.len()),
        Refusal::KeptForAccess { .. } => td_string!(l, refusal.kept_for_access).into(),
        Refusal::LeavesOrphanSeat { seat } => td_string!(l, refusal.leaves_one_seat, seat = seat_name(l, seat)),
        Refusal::HoldExpired => td_string!(l, refusal.hold_expired).into(),
        Refusal::NothingHeld => td_string!(l, refusal.nothing_held).into(),
        Refusal::SaleClosed { opens_at: None } => td_string!(l, refusal.sale_closed).into(),
        Refusal::SaleClosed { opens_at: Some(_) } => td_string!(l, refusal.sale_not_open).into(),
        Refusal::SoldOut => td_string!(l, refusal.sold_out).into(),
        Refusal::NotSoldOut => td_string!(l, refusal.not_sold_out).into(),
        Refusal::NotTransferable => td_string!(l, refusal.not_transferable).into(),
        Refusal::HandedOn => td_string!(l, refusal.handed_on).into(),
        Refusal::HasOffer => td_string!(l, refusal.has_offer).into(),
        Refusal::TooLarge { limit_mb: Some(limit) } => td_string!(l, refusal.file_too_large, limit = limit),
        Refusal::TooLarge { limit_mb: None } => td_string!(l, refusal.too_large).into(),
        Refusal::TooManySeats { limit } => td_string!(l, refusal.too_many_seats, limit = limit),
        Refusal::AlreadyBought => td_string!(l, refusal.already_bought).into(),
        Refusal::KeyReused => td_string!(l, refusal.key_reused).into(),
        Refusal::TotalChanged { total } => td_string!(l, refusal.total_changed, total = grouped(*total)),
        Refusal::SlowDown { retry_after_seconds } => {
            td_string!(l, refusal.slow_down, seconds = retry_after_seconds)
        }
        Refusal::ProofNeeded { retry_after_seconds, .. } => {
            td_string!(l, refusal.proof_needed, seconds = *retry_after_seconds)
        }
        Refusal::NotRefundable => td_string!(l, refusal.not_refundable).into(),
        Refusal::AlreadyCancelled => td_string!(l, refusal.already_cancelled).into(),
        Refusal::TicketUsed => td_string!(l, refusal.ticket_used).into(),
        Refusal::RefundChanged { refund } => td_string!(l, refusal.refund_changed, refund = points(l, *refund)),
        Refusal::BalanceChanged { point } => td_string!(l, refusal.balance_changed, point = points(l, *point)),
        Refusal::SeatInUse { seat } => td_string!(l, refusal.seat_in_use, seat = seat_name(l, seat)),
        Refusal::Stale => td_string!(l, refusal.stale).into(),
        Refusal::SaleBegan => td_string!(l, refusal.sale_began).into(),
        Refusal::CalledOff => td_string!(l, refusal.called_off).into(),
        Refusal::InUse => td_string!(l, refusal.in_use).into(),
        Refusal::NoSeats => td_string!(l, refusal.no_seats).into(),
        Refusal::ConcertIsDraft => td_string!(l, refusal.concert_is_draft).into(),
        Refusal::SchedulesPublished => td_string!(l, refusal.schedules_published).into(),
        Refusal::NeedsSecondPerson { limit } => {
            td_string!(l, refusal.needs_second_person, limit = points(l, *limit))
        }
        Refusal::PayoutNeedsSecondPerson { limit } => {
            td_string!(l, refusal.payout_needs_second_person, limit = points(l, *limit))
        }
        Refusal::CashMoved => td_string!(l, refusal.cash_moved).into(),
        Refusal::PlaceVoided => td_string!(l, refusal.place_voided).into(),
        Refusal::CrowdedAddress => td_string!(l, refusal.crowded_address).into(),
        Refusal::InvitationOver => td_string!(l, refusal.invitation_over).into(),
        Refusal::AddressNotVerified => td_string!(l, refusal.address_not_verified).into(),
        Refusal::AccountOfAnother { name } => td_string!(l, refusal.account_of_another, name = name),
        Refusal::NoSuchAccount => td_string!(l, refusal.no_such_account).into(),
        Refusal::StillStaff => td_string!(l, refusal.still_staff).into(),
        Refusal::StillHasTickets => td_string!(l, refusal.still_has_tickets).into(),
        Refusal::StillHasPoints { point } => td_string!(l, refusal.still_has_points, point = points(l, *point)),
        Refusal::LinkOver => td_string!(l, refusal.link_over).into(),
        Refusal::LastOwner => td_string!(l, refusal.last_owner).into(),
        Refusal::WrongPlan { place, fault } => match plan_place(l, place) {
            Some(place) => td_string!(l, plan_fault.at, place = place, fault = plan_fault(l, fault)),
            None => plan_fault(l, fault),
        },
        Refusal::Busy => td_string!(l, refusal.busy).into(),
        Refusal::Invalid { .. } => refusal.fields().map(|field| invalid(l, field)).collect::<Vec<_>>().join(" "),
    }
}

/// The sentence about one field of a refused form.
pub fn field_refusal(l: Locale, refused: &Refusal, field: Field) -> String {
    match refused {
        Refusal::Invalid { .. } => invalid(l, field).to_owned(),
        refused => refusal(l, refused),
    }
}

/// The sentence that says what a valid field is.
pub fn invalid(l: Locale, field: Field) -> &'static str {
    match field {
        Field::Request => td_string!(l, refusal.invalid_request),
        Field::Email => td_string!(l, refusal.invalid_email),
        Field::Name => td_string!(l, refusal.invalid_name),
        Field::PresentPassword => td_string!(l, refusal.invalid_present_password),
        Field::TermsOfUse => td_string!(l, refusal.invalid_terms_of_use),
        Field::Privacy => td_string!(l, refusal.invalid_privacy),
        Field::Korean => td_string!(l, refusal.invalid_korean),
        Field::English => td_string!(l, refusal.invalid_english),
        Field::Code => td_string!(l, refusal.invalid_code),
        Field::Password => td_string!(l, refusal.invalid_password),
        Field::Amount => td_string!(l, refusal.invalid_amount),
        Field::Seats => td_string!(l, refusal.invalid_seats),
        Field::IdempotencyKey => td_string!(l, refusal.invalid_key),
        Field::Contribution => td_string!(l, refusal.invalid_contribution),
        Field::Title => td_string!(l, refusal.invalid_title),
        Field::Performer => td_string!(l, refusal.invalid_performer),
        Field::Venue => td_string!(l, refusal.invalid_venue),
        Field::TimeZone => td_string!(l, refusal.invalid_time_zone),
        Field::Description => td_string!(l, refusal.invalid_description),
        Field::RunningMinutes => td_string!(l, refusal.invalid_running_minutes),
        Field::MinimumAge => td_string!(l, refusal.invalid_minimum_age),
        Field::Notices => td_string!(l, refusal.invalid_notices),
        Field::Poster => td_string!(l, refusal.invalid_poster),
        Field::ShowTime => td_string!(l, refusal.invalid_show_time),
        Field::SaleStart => td_string!(l, refusal.invalid_sale_start),
        Field::SaleEnd => td_string!(l, refusal.invalid_sale_end),
        Field::LobbyMinutes => td_string!(l, refusal.invalid_lobby),
        Field::SeatsPerFan => td_string!(l, refusal.invalid_seats_per_fan),
        Field::ActiveFans => td_string!(l, refusal.invalid_active_fans),
        Field::AdmissionsAMinute => td_string!(l, refusal.invalid_pace),
        Field::AccessUntil => td_string!(l, refusal.invalid_show_time),
        Field::RefundPolicy => td_string!(l, refusal.invalid_refunds),
        Field::Price => td_string!(l, refusal.invalid_price),
        Field::Duty => td_string!(l, refusal.invalid_duty),
        Field::Note => td_string!(l, refusal.invalid_note),
        Field::Reason => td_string!(l, refusal.invalid_reason),
        Field::Compensation => td_string!(l, refusal.invalid_compensation),
        Field::FullRefundUntil => td_string!(l, refusal.invalid_full_refund_until),
        Field::Bands => td_string!(l, refusal.invalid_bands),
        Field::Answer => td_string!(l, refusal.invalid_answer),
    }
}

/// The name of a seat: its section, row and number.
pub fn seat_name(l: Locale, seat: &SeatName) -> String {
    td_string!(l, tickets.seat, section = &seat.section, row = &seat.row, number = seat.number.as_str())
}

/// Names a place in a seating plan. `None` if the place is the whole plan, or its zone has no name.
fn plan_place(l: Locale, place: &PlanPlace) -> Option<String> {
    let zone = place.zone.as_ref().filter(|zone| !zone.is_empty())?;
    Some(match (&place.row, &place.seat) {
        (Some(row), Some(seat)) => td_string!(l, tickets.seat, section = zone, row = row, number = seat),
        (Some(row), None) => td_string!(l, plan_fault.row, zone = zone, row = row),
        _ => zone.to_string(),
    })
}

fn plan_fault(l: Locale, fault: &PlanFault) -> String {
    match fault {
        PlanFault::Unreadable { line, column, reason } => {
            td_string!(l, plan_fault.unreadable, line = line, column = column, reason = reason)
        }
        PlanFault::Name { given } if given.trim().is_empty() => td_string!(l, plan_fault.no_name).into(),
        PlanFault::Name { given } => td_string!(l, plan_fault.name, given = given),
        PlanFault::DuplicateName { name } => td_string!(l, plan_fault.two_of_a_name, name = name),
        PlanFault::NoSeats => td_string!(l, plan_fault.no_seats).into(),
        PlanFault::TooManySeats { limit } => td_string!(l, plan_fault.too_many, limit = grouped(*limit as i64)),
        PlanFault::TooDetailed => td_string!(
            l,
            plan_fault.too_detailed,
            categories = MAX_CATEGORIES,
            zones = grouped(MAX_ZONES as i64),
            shapes = grouped(MAX_SHAPES as i64)
        ),
        PlanFault::Number { given } => td_string!(l, plan_fault.number, given = given),
        PlanFault::TwoOfANumber { number } => td_string!(l, plan_fault.two_of_a_number, number = number),
        PlanFault::Guid { guid } => td_string!(l, plan_fault.guid, guid = guid),
        PlanFault::UnknownCategory { category } => td_string!(l, plan_fault.category, category = category),
        PlanFault::Position => td_string!(l, plan_fault.position).into(),
        PlanFault::Overlap { with } => {
            td_string!(l, plan_fault.overlap, with = plan_place(l, with).unwrap_or_default())
        }
        PlanFault::Description { given } => td_string!(l, plan_fault.description, given = given),
        PlanFault::Color { given } => td_string!(l, plan_fault.color, given = given),
        PlanFault::Measure { given } => td_string!(l, plan_fault.measure, given = given),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_language_comes_first_then_the_browser_then_english() {
        for (chosen, accept, expected) in [
            (Some("ko"), Some("en"), Locale::ko),
            (Some("xx"), Some("ko"), Locale::ko),
            (None, Some("ko-KR,ko;q=0.9,en;q=0.8"), Locale::ko),
            (None, Some("en;q=0.5, ko ; q=0.9"), Locale::ko),
            (None, Some("de, en;q=0.1"), Locale::en),
            (None, Some("ko;q=0"), Locale::en),
            (None, Some(";;,=,"), Locale::en),
            (None, None, Locale::en),
        ] {
            assert_eq!(negotiate(chosen, accept), expected, "{chosen:?} {accept:?}");
        }
    }

    #[test]
    fn times_are_in_the_venues_time_zone_and_the_readers_language() {
        let at = Timestamp(1_766_570_400_000); // 2025-12-24T10:00:00Z
        assert_eq!(when(Locale::en, at, "Asia/Seoul", Detail::Full), "Wed 24 December 2025, 19:00");
        assert_eq!(when(Locale::ko, at, "Asia/Seoul", Detail::Full), "2025년 12월 24일 (수) 19:00");
        assert_eq!(when(Locale::en, at, "nowhere", Detail::Clock), "10:00:00");
    }

    #[test]
    fn refusals_are_sentences_in_both_languages() {
        let taken = |count| Refusal::SeatTaken { seat_ids: vec![encore::domain::SeatId(1); count], nearest: vec![] };
        assert!(refusal(Locale::en, &taken(1)).starts_with("1 of these seats has"));
        assert!(refusal(Locale::en, &taken(2)).starts_with("2 of these seats have"));
        assert!(refusal(Locale::ko, &taken(2)).contains("2석"));
        assert_eq!(
            refusal(Locale::en, &Refusal::NotEnoughPoints { missing: 10_000 }),
            "10,000 more points are needed."
        );
    }
}
