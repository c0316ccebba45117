//! The actions of staff that the staff log records.

use super::string_enum;

string_enum! {
    /// The actions of staff that the staff log records.
    StaffAction {
        ConcertCreated = "concert_created",
        ConcertChanged = "concert_changed",
        ConcertPublished = "concert_published",
        ConcertWithdrawn = "concert_withdrawn",
        PosterChanged = "poster_changed",
        PosterRemoved = "poster_removed",
        ConcertDeleted = "concert_deleted",
        ScheduleDeleted = "schedule_deleted",
        ScheduleCreated = "schedule_created",
        ScheduleChanged = "schedule_changed",
        ScheduleCopied = "schedule_copied",
        SchedulePublished = "schedule_published",
        ScheduleWithdrawn = "schedule_withdrawn",
        HallBuilt = "hall_built",
        PricesChanged = "prices_changed",
        PlanSaved = "plan_saved",
        PlanImported = "plan_imported",
        Invited = "invited",
        InvitationEnded = "invitation_ended",
        JoinedStaff = "joined_staff",
        DutyChanged = "duty_changed",
        LeftStaff = "left_staff",
        CheckedIn = "checked_in",
        LetInEarly = "let_in_early",
        CheckInUndone = "check_in_undone",
        UsedTwice = "used_twice",
        LetInWrongly = "let_in_wrongly",
        LimitsSet = "dials_set",
        QueuePaused = "line_paused",
        QueueResumed = "line_resumed",
        Announced = "announced",
        PlacesVoided = "places_voided",
        PlaceRestored = "place_restored",
        TicketCancelled = "ticket_cancelled",
        TicketMoved = "ticket_moved",
        TicketsSold = "tickets_sold",
        TicketsGiven = "tickets_given",
        PointsAdjusted = "points_adjusted",
        SeatsKept = "seats_kept",
        SeatsReleased = "seats_released",
    }
}
