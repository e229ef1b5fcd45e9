//! The HTTP side: the route table, what every answer has in common, and one module for each part of the API.
//!
//! Handlers read and check the request, run the engine inside one store call, and write the answer. They need no
//! runtime: nothing here spawns, blocks on a socket or knows the machine's clock.

mod actions;
mod auth;
mod card;
mod cursor;
mod entries;
pub(crate) mod extract;
mod passes;
pub(crate) mod problem;
mod sandbox;
mod sync;
mod till;

pub(crate) use sync::Closing;

use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get, post, put};
use futures_util::FutureExt as _;
use http::header::{CACHE_CONTROL, DATE};
use http::{HeaderValue, Uri};
use jiff::fmt::rfc2822::DateTimePrinter;

use self::problem::{Name, Problem};
use crate::{Sandbox, faults};

/// A method and path that the server answers.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    handler: fn() -> MethodRouter<Sandbox>,
}

const fn route(method: &'static str, path: &'static str, handler: fn() -> MethodRouter<Sandbox>) -> Route {
    Route { method, path, handler }
}

/// Every route there is: the router is built from this, and the descriptions in OpenAPI are compared with it.
pub(crate) const ROUTES: &[Route] = &[
    route("POST", "/v1/auth/code", || post(auth::code)),
    route("POST", "/v1/auth/token", || post(auth::token)),
    route("POST", "/v1/auth/revoke", || post(auth::revoke)),
    route("GET", "/v1/sync", || get(sync::sync)),
    route("GET", "/v1/entries", || get(entries::entries)),
    route("POST", "/v1/actions", || post(actions::act)),
    route("GET", "/v1/actions/{key}", || get(actions::outcome)),
    route("PUT", "/v1/card/device", || put(card::device)),
    route("POST", "/v1/card/proofs", || post(card::proofs)),
    route("POST", "/v1/card/passes/apple", || post(passes::apple)),
    route("POST", "/v1/card/passes/google", || post(passes::google)),
    route("GET", "/v1/till/keys", || get(till::keys)),
    route("GET", "/v1/till/revocations", || get(till::revocations)),
    route("POST", "/v1/till/scans", || post(till::scan)),
    route("POST", "/v1/till/accruals", || post(till::accrue)),
    route("POST", "/v1/till/journal", || post(till::journal)),
    route("POST", "/v1/till/redemptions", || post(till::redeem)),
    route("POST", "/v1/till/refunds", || post(till::refund)),
    route("GET", "/sandbox/v1/sent", || get(sandbox::sent)),
    route("GET", "/sandbox/v1/members", || get(sandbox::member)),
    route("GET", "/sandbox/v1/members/{id}/ledger", || get(sandbox::ledger)),
    route("GET", "/sandbox/v1/passes", || get(passes::list)),
    route("GET", "/sandbox/v1/audit", || get(sandbox::audit)),
    route("GET", "/sandbox/v1/held", || get(sandbox::held)),
    route("POST", "/sandbox/v1/faults", || post(sandbox::faults)),
    route("POST", "/sandbox/v1/clock", || post(sandbox::clock)),
    route("POST", "/sandbox/v1/backup", || post(sandbox::back_up)),
    route("POST", "/sandbox/v1/restore", || post(sandbox::restore)),
    route("POST", "/sandbox/v1/expire-access", || post(sandbox::expire_access)),
    route("POST", "/sandbox/v1/revoke", || post(sandbox::revoke)),
    route("POST", "/sandbox/v1/grant", || post(sandbox::grant)),
    route("POST", "/sandbox/v1/rewards/{id}", || post(sandbox::reward)),
];

/// The router over all of [`ROUTES`].
pub(crate) fn router(sandbox: Sandbox) -> Router {
    let mut router = Router::new();
    for Route { path, handler, .. } in ROUTES {
        router = router.route(path, handler());
    }
    router
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(sandbox.clone(), misbehave))
        .layer(middleware::from_fn_with_state(sandbox.clone(), complete))
        .with_state(sandbox)
}

async fn not_found() -> Problem {
    Problem::new(Name::NotFound, "no resource has this path")
}

async fn method_not_allowed() -> Problem {
    Problem::new(Name::MethodNotAllowed, "the header Allow says which methods there are")
}

fn is_member_api(uri: &Uri) -> bool {
    uri.path().starts_with("/v1/")
}

/// Lets the faults strike the Member API, and nothing else.
async fn misbehave(state: State<Sandbox>, request: Request, next: Next) -> Response {
    if is_member_api(request.uri()) { faults::strike(state, request, next).await } else { next.run(request).await }
}

/// What every answer has: the server's date, no caching, and an answer even where a handler is broken.
async fn complete(State(sandbox): State<Sandbox>, request: Request, next: Next) -> Response {
    let uncached = is_member_api(request.uri());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => Problem::new(Name::Internal, "the request had no effect").into_response(),
    };
    let headers = response.headers_mut();
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&sandbox.now());
    if let Some(date) = date.ok().and_then(|date| HeaderValue::from_str(&date).ok()) {
        headers.insert(DATE, date);
    }
    if uncached {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    // The route's pattern, not the path: a path may name a member.
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    tracing::debug!(%method, route, status = response.status().as_u16(), "answered");
    response
}
