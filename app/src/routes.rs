//! The table of all routes. Each line begins with an access rule. The route checks the rule, and passes the proof that
//! the request satisfies it to the handler.

use crate::api::{browse, mine, queue, quick};
use crate::pages;
use crate::server::access::{Access, Anybody, Fan};
use crate::server::route::{Route, Rule};
use crate::server::{self, App, events, metrics, picture};
use crate::staff::{
    addresses, books, call_off, concerts, control, counter, door, exchange, house_seats, legal, log, mails,
    offline_door, plans, reschedule, reservations, schedules, team, till,
};
use crate::verbs::{
    Answer, BeginPasskey, BeginPasskeySignIn, Cancel, Charge, Hold, Join, Leave, PasskeySignIn, Purchase, Release,
    SignIn, SignOut, SignUp,
};
use axum::Router;
use axum::routing::{get, post};
use encore::back_office::{BoxOffice, Door, Owner};

const ANYBODY: Rule<Anybody> = Rule::NEW;
const FAN: Rule<Fan> = Rule::NEW;
const DOOR: Rule<Door> = Rule::NEW;
const BOX_OFFICE: Rule<BoxOffice> = Rule::NEW;
const OWNER: Rule<Owner> = Rule::NEW;

/// The robots.txt: search engines should ignore the API, personal pages and the pages of staff.
const ROBOTS: &str = "User-agent: *\nDisallow: /api/\nDisallow: /account\nDisallow: /sign-\nDisallow: /second-step\nDisallow: /forgotten\nDisallow: /password/\nDisallow: /address/\nDisallow: /invitations/\nDisallow: /handed-on/\nDisallow: /staff\nDisallow: /tickets\nDisallow: /points\n";

/// The whole program: the routes, the static files and the middleware. In front of them all is [`quick`], which answers
/// the most frequent requests from memory.
pub fn router(app: App) -> Router {
    let add = |router: Router<App>, route: Route| router.route(route.path, route.method);
    quick::before(server::with_middleware(routes().into_iter().fold(Router::new(), add), app.clone()), app)
}

/// The table of routes, without the static files and without the middleware.
pub fn routes() -> Vec<Route> {
    use Access::{Operator, Public};
    vec![
        // Pages for fans.
        ANYBODY.page("/", pages::concerts::concerts),
        ANYBODY.page("/concerts/{id}", pages::concert::concert),
        ANYBODY.file("/posters/{id}/{tag}", pages::posters::poster),
        FAN.page("/schedules/{id}/queue", pages::queue::queue),
        ANYBODY.file("/schedules/{id}/opening.ics", pages::concert::opening),
        FAN.form("/schedules/{id}/remind", pages::concert::of_date, pages::concert::remind),
        FAN.form("/schedules/{id}/waitlist", pages::waitlist::page, pages::waitlist::act),
        ANYBODY.page("/schedules/{id}/draw", pages::lottery::lottery),
        FAN.file("/schedules/{id}/draw/receipt", pages::lottery::receipt),
        FAN.page("/schedules/{id}/seats", pages::seats::seats),
        ANYBODY.page("/schedules/{id}/map", pages::seats::map),
        FAN.page("/schedules/{id}/checkout", pages::checkout::checkout),
        FAN.page("/tickets", pages::tickets::tickets),
        FAN.page("/tickets/{number}", pages::ticket::ticket),
        FAN.file("/tickets/{number}/show.ics", pages::ticket::calendar),
        FAN.file("/tickets/{number}/tickets.pdf", pages::ticket::pdf),
        FAN.page("/tickets/{number}/cancel", pages::cancel::cancel),
        FAN.form("/tickets/{number}/hand-on", pages::handing_on::page, pages::handing_on::act),
        FAN.form("/handed-on/{token}", pages::handing_on::handed_on, pages::handing_on::take),
        FAN.page("/points", pages::points::points),
        FAN.page("/account", pages::account::account),
        FAN.form("/account/password", pages::account::account, pages::account::change_password),
        FAN.form("/account/agree", pages::account::account, pages::legal::agree),
        FAN.file("/account/data.json", pages::account::data),
        FAN.form("/account/delete", pages::account::account, pages::account::delete),
        FAN.form("/account/devices", pages::account::account, pages::account::end_devices),
        FAN.page("/account/security", pages::security::page),
        FAN.form("/account/security/app", pages::security::page, pages::security::set_up_app),
        FAN.form("/account/security/app/end", pages::security::page, pages::security::end_app),
        FAN.form("/account/security/codes", pages::security::page, pages::security::make_codes),
        FAN.form("/account/security/passkeys", pages::security::page, pages::security::add_passkey),
        FAN.form("/account/security/passkeys/remove", pages::security::page, pages::security::remove_passkey),
        ANYBODY.page("/sign-in", pages::account::sign_in),
        ANYBODY.form("/second-step", pages::second_step::page, pages::second_step::submit),
        Route::plain(Public, "/cookies", get(pages::account::cookies)),
        ANYBODY.page("/sign-up", pages::account::sign_up),
        ANYBODY.form("/forgotten", pages::password::forgotten, pages::password::ask),
        ANYBODY.form("/password/{token}", pages::password::link, pages::password::set),
        ANYBODY.form("/address/{token}", pages::address::link, pages::address::show),
        FAN.form("/account/address", pages::account::account, pages::address::send),
        ANYBODY.page("/terms", pages::legal::terms_of_use),
        ANYBODY.page("/privacy", pages::legal::privacy),
        Route::plain(Public, "/language", post(pages::language::choose)),
        FAN.form("/invitations/{token}", team::invitation, team::accept),
        // Pages and forms for staff.
        BOX_OFFICE.page("/staff", reservations::schedules),
        BOX_OFFICE.page("/staff/schedules/{id}", reservations::reservations),
        BOX_OFFICE.page("/staff/schedules/{id}/control", control::room),
        BOX_OFFICE.file("/staff/schedules/{id}/now", control::now),
        BOX_OFFICE.form("/staff/schedules/{id}/dials", control::room, control::set_limits),
        BOX_OFFICE.form("/staff/schedules/{id}/pause", control::room, control::pause),
        BOX_OFFICE.form("/staff/schedules/{id}/message", control::room, control::announce),
        BOX_OFFICE.page("/staff/schedules/{id}/addresses", addresses::page),
        BOX_OFFICE.form("/staff/schedules/{id}/addresses/void", addresses::page, addresses::void),
        BOX_OFFICE.form("/staff/schedules/{id}/addresses/restore", addresses::page, addresses::restore),
        BOX_OFFICE
            .form("/staff/schedules/{id}/house", house_seats::page, house_seats::act)
            .with_body_limit(house_seats::SEATS_BYTES),
        BOX_OFFICE.page("/staff/schedules/{id}/books", books::schedule),
        BOX_OFFICE.file("/staff/schedules/{id}/tickets.csv", books::tickets_csv),
        BOX_OFFICE.page("/staff/books", books::page),
        BOX_OFFICE.file("/staff/books/sales.csv", books::sales_csv),
        BOX_OFFICE.file("/staff/books/ledger.csv", books::ledger_csv),
        BOX_OFFICE.page("/staff/window", counter::find),
        BOX_OFFICE.form("/staff/till", till::page, till::open),
        BOX_OFFICE.page("/staff/till/{id}", till::shift),
        BOX_OFFICE.form("/staff/till/{id}/close", till::shift, till::close),
        BOX_OFFICE.form("/staff/fans/{id}/cash", counter::customer, till::cash),
        BOX_OFFICE.page("/staff/fans/{id}", counter::customer),
        BOX_OFFICE.form("/staff/fans/{id}/points", counter::customer, counter::adjust),
        BOX_OFFICE.page("/staff/fans/{id}/tickets", counter::passes),
        BOX_OFFICE.form("/staff/fans/{id}/password", counter::customer, counter::make_password_link),
        BOX_OFFICE.page("/staff/tickets/{id}", counter::ticket),
        BOX_OFFICE.form("/staff/tickets/{id}/cancel", counter::ticket, counter::cancel),
        BOX_OFFICE.form("/staff/tickets/{id}/undo", counter::ticket, counter::undo_check_in),
        BOX_OFFICE.form("/staff/tickets/{id}/name", counter::ticket, counter::rename),
        BOX_OFFICE.form("/staff/tickets/{id}/exchange", exchange::page, exchange::submit),
        BOX_OFFICE.form("/staff/tickets/{id}/move", counter::ticket, counter::move_ticket),
        DOOR.page("/staff/door", door::doors),
        DOOR.form("/staff/door/{id}", door::door, door::check),
        DOOR.file("/staff/door/{id}/offline", offline_door::list),
        DOOR.form("/staff/door/{id}/scans", door::door, offline_door::scans),
        Route::plain(Public, "/staff/door/worker.js", get(offline_door::worker)),
        OWNER.page("/staff/concerts", concerts::list),
        OWNER.form("/staff/concerts/new", concerts::new, concerts::create).with_body_limit(concerts::CONCERT_BYTES),
        OWNER.form("/staff/concerts/{id}", concerts::edit, concerts::change).with_body_limit(concerts::CONCERT_BYTES),
        OWNER.page("/staff/concerts/{id}/preview", pages::concert::preview),
        OWNER.form("/staff/concerts/{id}/delete", concerts::edit, concerts::delete),
        OWNER.form("/staff/concerts/{id}/publish", concerts::edit, concerts::publish),
        OWNER
            .form("/staff/concerts/{id}/poster", concerts::edit, concerts::set_poster)
            .with_body_limit(picture::POSTER_BYTES),
        OWNER.form("/staff/concerts/{id}/schedules/new", schedules::new, schedules::create),
        OWNER.form("/staff/schedules/{id}/edit", schedules::edit, schedules::change),
        OWNER.form("/staff/schedules/{id}/call-off", call_off::page, call_off::submit),
        OWNER.file("/staff/schedules/{id}/call-off/now", call_off::now),
        OWNER.form("/staff/schedules/{id}/move", reschedule::page, reschedule::submit),
        OWNER.form("/staff/schedules/{id}/delete", schedules::edit, schedules::delete),
        OWNER.form("/staff/schedules/{id}/publish", schedules::edit, schedules::publish),
        OWNER.form("/staff/schedules/{id}/prices", schedules::edit, schedules::set_prices),
        OWNER.page("/staff/schedules/{id}/preview", pages::seats::preview),
        OWNER.form("/staff/schedules/{id}/hall", schedules::edit, schedules::build_hall),
        OWNER.form("/staff/schedules/{id}/copy", schedules::edit, schedules::copy),
        OWNER.form("/staff/plans", plans::list, plans::import).with_body_limit(plans::PLAN_BYTES),
        OWNER.form("/staff/plans/new", plans::new, plans::save).with_body_limit(plans::DESIGN_BYTES),
        OWNER.form("/staff/plans/preview", plans::new, plans::preview).with_body_limit(plans::DESIGN_BYTES),
        OWNER.form("/staff/plans/{id}", plans::edit, plans::save).with_body_limit(plans::DESIGN_BYTES),
        OWNER.file("/staff/plans/{id}/export", plans::export),
        OWNER.form("/staff/team", team::page, team::invite),
        OWNER.form("/staff/team/second-step", team::page, team::require_second_step),
        OWNER.form("/staff/team/{id}", team::page, team::change),
        OWNER.form("/staff/fans/{id}/second-step", team::person, team::end_second_step),
        OWNER.form("/staff/fans/{id}/sign-out", team::person, team::sign_out),
        OWNER.form("/staff/team/invitations/end", team::page, team::end),
        OWNER.form("/staff/legal", legal::page, legal::publish).with_body_limit(legal::LEGAL_BYTES),
        OWNER.page("/staff/mail", mails::list),
        OWNER.form("/staff/mail/{id}", mails::mail, mails::again),
        OWNER.page("/staff/log", log::page),
        // The API, which clients, islands and forms use.
        ANYBODY.verb::<SignUp>(),
        ANYBODY.verb::<SignIn>(),
        ANYBODY.verb::<SignOut>(),
        ANYBODY.verb::<BeginPasskeySignIn>(),
        ANYBODY.verb::<PasskeySignIn>(),
        FAN.verb::<BeginPasskey>(),
        FAN.json("/api/me", mine::me),
        ANYBODY.json("/api/concerts", browse::concerts),
        ANYBODY.json("/api/seats", browse::seats),
        ANYBODY.json("/api/seats/state", browse::states),
        ANYBODY.json("/api/best", browse::best),
        FAN.verb::<Join>(),
        FAN.json("/api/queue/status", queue::status),
        FAN.verb::<Leave>(),
        FAN.verb::<Answer>(),
        ANYBODY.json("/api/draw", queue::lottery),
        FAN.verb::<Hold>(),
        FAN.verb::<Release>(),
        FAN.verb::<Purchase>(),
        FAN.verb::<Cancel>(),
        FAN.verb::<Charge>(),
        FAN.json("/api/reservations", mine::reservations),
        Route::plain(Public, "/events/schedules/{id}", get(events)),
        Route::plain(Public, "/robots.txt", get(async || ROBOTS)),
        Route::plain(Public, "/healthz", get(async || "ok")),
        // For operators.
        Route::plain(Operator, "/readyz", get(metrics::ready)),
        Route::plain(Operator, "/metrics", get(metrics::show)),
    ]
}
