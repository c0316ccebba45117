//! Every address of the program.

use crate::api::{accounts, browse, money, queue, quick, seats};
use crate::server::answer::{command, look};
use crate::server::page::page;
use crate::server::{self, App, events, metrics};
use crate::{pages, staff};
use axum::Router;
use axum::routing::{get, post};

/// The whole program as a service.
pub fn router(app: App) -> Router {
    quick::before(server::dress(routes(), app.clone()), app)
}

/// The routes, without the files and without the middleware.
fn routes() -> Router<App> {
    Router::new()
        // What fans see.
        .route("/", page(pages::concerts::concerts))
        .route("/concerts/{id}", page(pages::concert::concert))
        .route("/schedules/{id}/queue", page(pages::queue::queue))
        .route("/schedules/{id}/draw", page(pages::draw::draw))
        .route("/schedules/{id}/seats", page(pages::seats::seats))
        .route("/schedules/{id}/checkout", page(pages::checkout::checkout))
        .route("/tickets", page(pages::tickets::tickets))
        .route("/points", page(pages::points::points))
        .route("/sign-in", page(pages::account::sign_in))
        .route("/sign-up", page(pages::account::sign_up))
        .route("/language", post(pages::language::choose))
        // What staff see.
        .route("/staff", page(staff::schedules))
        .route("/staff/schedules/{id}", page(staff::reservations))
        // What clients and forms ask.
        .route("/api/sign-up", command(accounts::sign_up, accounts::to_sign_up))
        .route("/api/sign-in", command(accounts::sign_in, accounts::to_sign_in))
        .route("/api/sign-out", command(accounts::sign_out, accounts::to_front))
        .route("/api/me", look(accounts::me))
        .route("/api/concerts", look(browse::concerts))
        .route("/api/seats", look(browse::seats))
        .route("/api/queue/join", command(queue::join, queue::to_queue))
        .route("/api/queue/status", look(queue::status))
        .route("/api/queue/leave", command(queue::leave, queue::stays))
        .route("/api/draw", look(queue::draw))
        .route("/api/hold", command(seats::hold, seats::to_seats))
        .route("/api/release", command(seats::release, seats::to_checkout))
        .route("/api/purchase", command(money::purchase, money::to_checkout))
        .route("/api/charge", command(money::charge, money::to_charge))
        .route("/api/reservations", look(money::reservations))
        .route("/events/schedules/{id}", get(events))
        // What operators ask.
        .route("/healthz", get(async || "ok"))
        .route("/metrics", get(metrics::show))
}
