//! Identifiers, one type for each kind of row, so that a seat is never passed where a schedule is meant.

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
    /// One performance of a concert, with its own sale and seats.
    ScheduleId,
    /// One seat of one schedule.
    SeatId,
    /// One fan's claim on one seat: held, bought or cancelled.
    ReservationId,
    /// A place in the line of one schedule.
    TokenId,
    /// One completed purchase.
    PaymentId,
    /// A drawing of a hall.
    PlanId,
    /// A one-time link that makes staff.
    InvitationId,
    /// A browser that somebody is signed in on.
    DeviceId,
}
