//! The requests for passes of other wallets.

use http::header::{ACCEPT, HeaderValue};
use http::{Method, StatusCode};
use serde::Deserialize;
use url::Url;

use super::answer::{self, ApiError};
use super::client::{MemberApi, authorize};
use crate::domain::AccessToken;
use crate::ports::HttpAnswer;

const PKPASS: &str = "application/vnd.apple.pkpass";
/// How each archive begins.
const ARCHIVE: &[u8] = b"PK\x03\x04";

/// What comes of asking for a pass.
#[derive(Clone, PartialEq, Eq)]
pub enum PassAnswer<T> {
    /// It is here.
    Pass(T),
    /// The card was revoked.
    CardRevoked,
    /// The programme makes no passes for this wallet.
    Missing,
}

impl<T> PassAnswer<T> {
    /// The same answer with another pass.
    pub fn map<U>(self, pass: impl FnOnce(T) -> U) -> PassAnswer<U> {
        match self {
            PassAnswer::Pass(given) => PassAnswer::Pass(pass(given)),
            PassAnswer::CardRevoked => PassAnswer::CardRevoked,
            PassAnswer::Missing => PassAnswer::Missing,
        }
    }
}

#[derive(Deserialize)]
struct GoogleBody {
    save_url: String,
}

impl MemberApi {
    /// The member's pass for Apple Wallet: a whole file (`.pkpass`).
    pub async fn apple_pass(&self, access: &AccessToken) -> Result<PassAnswer<Vec<u8>>, ApiError> {
        let answer = self.ask_for_pass(access, "apple").await?;
        self.pass(&answer, |answer| {
            let is_pass = answer::is_media_type(answer, PKPASS) && answer.body.starts_with(ARCHIVE);
            if is_pass { Ok(answer.body.to_vec()) } else { Err(not_ours(answer)) }
        })
    }

    /// The link that saves the member's pass to Google Wallet. One that leads anywhere else is not passed on: a host opens it.
    pub async fn google_pass(&self, access: &AccessToken) -> Result<PassAnswer<Url>, ApiError> {
        let answer = self.ask_for_pass(access, "google").await?;
        self.pass(&answer, |answer| {
            let GoogleBody { save_url } = answer::json(answer)?;
            let url = Url::parse(&save_url).ok().filter(|url| {
                url.origin().ascii_serialization() == "https://pay.google.com" && url.path().starts_with("/gp/v/save/")
            });
            url.ok_or_else(|| not_ours(answer))
        })
    }

    async fn ask_for_pass(&self, access: &AccessToken, wallet: &str) -> Result<HttpAnswer, ApiError> {
        let mut request = self.request(Method::POST, &format!("v1/card/passes/{wallet}"));
        let accepted =
            HeaderValue::from_static("application/vnd.apple.pkpass, application/json, application/problem+json");
        request.headers.insert(ACCEPT, accepted);
        authorize(&mut request, access)?;
        self.send(request).await
    }

    fn pass<T>(
        &self,
        answer: &HttpAnswer,
        read: impl FnOnce(&HttpAnswer) -> Result<T, ApiError>,
    ) -> Result<PassAnswer<T>, ApiError> {
        if answer.status.is_success() {
            return Ok(PassAnswer::Pass(self.ours(answer, read(answer))?));
        }
        let problem = answer::problem(answer);
        match (answer.status, problem.as_ref().map(|problem| problem.name())) {
            (StatusCode::CONFLICT, Some("card-revoked")) => Ok(PassAnswer::CardRevoked),
            // A backend that knows nothing of passes has no such path.
            (StatusCode::NOT_FOUND, Some("not-found")) => Ok(PassAnswer::Missing),
            _ => Err(answer::failure(answer)),
        }
    }
}

fn not_ours(answer: &HttpAnswer) -> ApiError {
    ApiError::NotOurs { status: answer.status.as_u16() }
}
