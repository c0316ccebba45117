//! Every address of the program, each with who may ask it.

use crate::api::{accounts, browse, money, queue, quick, seats};
use crate::pages;
use crate::server::answer::{command, look};
use crate::server::page::{file, form, page};
use crate::server::{self, App, events, metrics, picture};
use crate::staff::{books, concerts, control, door, house_seats, log, plans, reservations, schedules, team, window};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};
use encore::domain::account::Duty;

/// Who may ask an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever is signed in, about what is theirs.
    Fan,
    /// Staff whose duty includes this one.
    Staff(Duty),
    /// Everybody on the machine or behind its proxy: what operators watch.
    Operator,
}

/// An address, who may ask it, and what answers.
pub struct Route {
    pub path: &'static str,
    pub access: Access,
    pub method: MethodRouter<App>,
}

/// What search engines are to leave out: what is somebody's own, and what staff see.
const ROBOTS: &str = "User-agent: *\nDisallow: /api/\nDisallow: /account\nDisallow: /invitations/\nDisallow: /staff\nDisallow: /tickets\nDisallow: /points\n";

/// The whole program as a service.
pub fn router(app: App) -> Router {
    let add = |router: Router<App>, route: Route| router.route(route.path, route.method);
    quick::before(server::dress(routes().into_iter().fold(Router::new(), add), app.clone()), app)
}

/// The routes, without the files and without the middleware.
pub fn routes() -> Vec<Route> {
    use Access::{Fan, Operator, Public};
    const OWNER: Access = Access::Staff(Duty::Owner);
    const DOOR: Access = Access::Staff(Duty::Door);
    const BOX_OFFICE: Access = Access::Staff(Duty::BoxOffice);
    let route = |access, path, method| Route { path, access, method };
    let plan_size = DefaultBodyLimit::max(plans::PLAN_BYTES);
    let poster_size = DefaultBodyLimit::max(picture::POSTER_BYTES);
    vec![
        // What fans see.
        route(Public, "/", page(pages::concerts::concerts)),
        route(Public, "/concerts/{id}", page(pages::concert::concert)),
        route(Public, "/posters/{id}/{tag}", file(pages::posters::poster)),
        route(Fan, "/schedules/{id}/queue", page(pages::queue::queue)),
        route(Public, "/schedules/{id}/opening.ics", file(pages::concert::opening)),
        route(Public, "/schedules/{id}/draw", page(pages::draw::draw)),
        route(Fan, "/schedules/{id}/seats", page(pages::seats::seats)),
        route(Public, "/schedules/{id}/map/{tag}", file(pages::seats::sheet)),
        route(Fan, "/schedules/{id}/checkout", page(pages::checkout::checkout)),
        route(Fan, "/tickets", page(pages::tickets::tickets)),
        route(Fan, "/tickets/{id}", page(pages::ticket::ticket)),
        route(Fan, "/tickets/{id}/show.ics", file(pages::ticket::calendar)),
        route(Fan, "/tickets/{id}/cancel", page(pages::cancel::cancel)),
        route(Fan, "/points", page(pages::points::points)),
        route(Fan, "/account", page(pages::account::account)),
        route(Fan, "/account/password", form(pages::account::account, pages::account::change_password)),
        route(Fan, "/account/devices", form(pages::account::account, pages::account::end_devices)),
        route(Public, "/sign-in", page(pages::account::sign_in)),
        route(Public, "/sign-up", page(pages::account::sign_up)),
        route(Public, "/language", post(pages::language::choose)),
        route(Fan, "/invitations/{token}", form(team::invitation, team::accept)),
        // What staff see and set.
        route(BOX_OFFICE, "/staff", page(reservations::schedules)),
        route(BOX_OFFICE, "/staff/schedules/{id}", page(reservations::reservations)),
        route(BOX_OFFICE, "/staff/schedules/{id}/control", page(control::room)),
        route(BOX_OFFICE, "/staff/schedules/{id}/now", file(control::now)),
        route(BOX_OFFICE, "/staff/schedules/{id}/dials", form(control::room, control::set_dials)),
        route(BOX_OFFICE, "/staff/schedules/{id}/pause", form(control::room, control::pause)),
        route(BOX_OFFICE, "/staff/schedules/{id}/message", form(control::room, control::announce)),
        route(BOX_OFFICE, "/staff/schedules/{id}/house", form(house_seats::page, house_seats::act)),
        route(BOX_OFFICE, "/staff/schedules/{id}/books", page(books::schedule)),
        route(BOX_OFFICE, "/staff/schedules/{id}/tickets.csv", file(books::tickets_csv)),
        route(BOX_OFFICE, "/staff/books", page(books::page)),
        route(BOX_OFFICE, "/staff/books/sales.csv", file(books::sales_csv)),
        route(BOX_OFFICE, "/staff/books/ledger.csv", file(books::ledger_csv)),
        route(BOX_OFFICE, "/staff/window", page(window::find)),
        route(BOX_OFFICE, "/staff/fans/{id}", page(window::customer)),
        route(BOX_OFFICE, "/staff/fans/{id}/points", form(window::customer, window::adjust)),
        route(BOX_OFFICE, "/staff/tickets/{id}", page(window::ticket)),
        route(BOX_OFFICE, "/staff/tickets/{id}/cancel", form(window::ticket, window::cancel)),
        route(BOX_OFFICE, "/staff/tickets/{id}/move", form(window::ticket, window::move_ticket)),
        route(DOOR, "/staff/door", page(door::doors)),
        route(DOOR, "/staff/door/{id}", form(door::door, door::check)),
        route(OWNER, "/staff/concerts", page(concerts::list)),
        route(OWNER, "/staff/concerts/new", form(concerts::new, concerts::create)),
        route(OWNER, "/staff/concerts/{id}", form(concerts::edit, concerts::change)),
        route(OWNER, "/staff/concerts/{id}/publish", form(concerts::edit, concerts::publish)),
        route(OWNER, "/staff/concerts/{id}/poster", form(concerts::edit, concerts::set_poster).layer(poster_size)),
        route(OWNER, "/staff/concerts/{id}/schedules/new", form(schedules::new, schedules::create)),
        route(OWNER, "/staff/schedules/{id}/edit", form(schedules::edit, schedules::change)),
        route(OWNER, "/staff/schedules/{id}/publish", form(schedules::edit, schedules::publish)),
        route(OWNER, "/staff/schedules/{id}/prices", form(schedules::edit, schedules::set_prices)),
        route(OWNER, "/staff/schedules/{id}/hall", form(schedules::edit, schedules::build_hall)),
        route(OWNER, "/staff/schedules/{id}/copy", form(schedules::edit, schedules::copy)),
        route(OWNER, "/staff/plans", form(plans::list, plans::import).layer(plan_size)),
        route(OWNER, "/staff/plans/new", form(plans::new, plans::save)),
        route(OWNER, "/staff/plans/preview", form(plans::new, plans::preview)),
        route(OWNER, "/staff/plans/{id}", form(plans::edit, plans::save)),
        route(OWNER, "/staff/plans/{id}/export", file(plans::export)),
        route(OWNER, "/staff/team", form(team::page, team::invite)),
        route(OWNER, "/staff/team/{id}", form(team::page, team::change)),
        route(OWNER, "/staff/team/invitations/end", form(team::page, team::end)),
        route(OWNER, "/staff/log", page(log::page)),
        // What clients and forms ask.
        route(Public, "/api/sign-up", command(accounts::sign_up, accounts::to_sign_up)),
        route(Public, "/api/sign-in", command(accounts::sign_in, accounts::to_sign_in)),
        route(Public, "/api/sign-out", command(accounts::sign_out, accounts::to_front)),
        route(Fan, "/api/me", look(accounts::me)),
        route(Public, "/api/concerts", look(browse::concerts)),
        route(Public, "/api/seats", look(browse::seats)),
        route(Public, "/api/best", look(seats::best)),
        route(Fan, "/api/queue/join", command(queue::join, queue::to_queue)),
        route(Fan, "/api/queue/status", look(queue::status)),
        route(Fan, "/api/queue/leave", command(queue::leave, queue::stays)),
        route(Public, "/api/draw", look(queue::draw)),
        route(Fan, "/api/hold", command(seats::hold, seats::to_seats)),
        route(Fan, "/api/release", command(seats::release, seats::to_checkout)),
        route(Fan, "/api/purchase", command(money::purchase, money::to_checkout)),
        route(Fan, "/api/cancel", command(money::cancel, money::to_cancel)),
        route(Fan, "/api/charge", command(money::charge, money::to_charge)),
        route(Fan, "/api/reservations", look(money::reservations)),
        route(Public, "/events/schedules/{id}", get(events)),
        route(Public, "/robots.txt", get(async || ROBOTS)),
        // What operators ask.
        route(Operator, "/healthz", get(async || "ok")),
        route(Operator, "/metrics", get(metrics::show)),
    ]
}
