//! The member's passes for the wallets of phones.

use axum::Json as JsonAnswer;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::extract::Member;
use super::problem::{Name, Problem};
use crate::Sandbox;
use crate::engine::passes::{self, Refusal};
use crate::passes::apple;

/// `POST /v1/card/passes/apple`
pub(super) async fn apple(State(sandbox): State<Sandbox>, member: Member) -> Result<Response, Problem> {
    let pass = sandbox.write(|tx| {
        member.ensure_stands(&tx.sql)?;
        passes::apple(tx, sandbox.programme(), sandbox.pass_issuers(), &member.id)?.map_err(Problem::from)
    })?;
    Ok(([(CONTENT_TYPE, apple::CONTENT_TYPE)], pass).into_response())
}

/// `POST /v1/card/passes/google`
pub(super) async fn google(State(sandbox): State<Sandbox>, member: Member) -> Result<JsonAnswer<Value>, Problem> {
    let link = sandbox.write(|tx| {
        member.ensure_stands(&tx.sql)?;
        passes::google(tx, sandbox.programme(), sandbox.pass_issuers(), &member.id)?.map_err(Problem::from)
    })?;
    Ok(JsonAnswer(json!({"save_url": link})))
}

/// `GET /sandbox/v1/passes`
pub(super) async fn list(State(sandbox): State<Sandbox>) -> Result<JsonAnswer<Value>, Problem> {
    let list = sandbox
        .store()
        .read(|sql| Ok::<_, Problem>(passes::list(sql, sandbox.programme(), sandbox.pass_issuers())?))?;
    Ok(JsonAnswer(list))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        match refusal {
            Refusal::CardRevoked => Problem::new(Name::CardRevoked, "the member's card was revoked"),
            Refusal::IssuerExpired => {
                Problem::new(Name::Unavailable, "the certificate with which passes are signed has run out")
            }
        }
    }
}

impl From<passes::Error> for Problem {
    fn from(error: passes::Error) -> Problem {
        match error {
            passes::Error::Store(error) => Problem::from(error),
            passes::Error::Pass(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a pass was not made");
                Problem::new(Name::Internal, "the request had no effect")
            }
        }
    }
}
