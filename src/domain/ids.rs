//! Identifiers: one type for each kind of row, so that the compiler refuses a seat's id where a schedule's id is
//! expected.

macro_rules! id {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
    )+};
}

id! {
    /// A person with an account: a fan or a member of staff.
    UserId,
    /// A concert, which has one or more schedules.
    ConcertId,
    /// One date of a concert, with its own sale and seats.
    ScheduleId,
    /// One seat of one schedule.
    SeatId,
    /// One fan's claim on one seat: held, bought or cancelled.
    ReservationId,
    /// A fan's place in the queue of one schedule.
    TokenId,
    /// One completed purchase.
    PaymentId,
    /// A seating plan: the drawing of a hall.
    PlanId,
    /// A one-time link that makes the person who follows it a member of staff.
    InvitationId,
    /// A browser in which somebody is signed in.
    DeviceId,
    /// The time in which one member of staff takes and gives cash.
    ShiftId,
    /// One version of a legal text of the house.
    LegalTextId,
    /// A passkey with which somebody signs in.
    PasskeyId,
    /// A mail in the outbox.
    MailId,
    /// A link that lets whoever has it do one thing to an account, once.
    LinkId,
    /// A fan's place on the waitlist of one schedule.
    WaitlistEntryId,
}
