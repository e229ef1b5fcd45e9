//! Drives each operation through its answers, and keeps which ones it saw.

mod till;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::description::{Answer, Description, form_as_json};
use crate::server::{Reply, Server, read};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A member's tokens.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) member: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// A request of an operation.
#[derive(Debug, Clone)]
struct Request {
    method: String,
    /// As it is described, with parameters in braces.
    path: String,
    /// As it is sent.
    target: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl Request {
    fn new(method: &str, path: &str) -> Request {
        let (method, path) = (method.to_owned(), path.to_owned());
        Request { method, target: path.clone(), path, headers: Vec::new(), body: None }
    }

    fn get(path: &str) -> Request {
        Request::new("GET", path)
    }

    fn post(path: &str, body: &Value) -> Request {
        Request::new("POST", path).header("content-type", JSON).body(body.to_string())
    }

    fn put(path: &str, body: &Value) -> Request {
        Request { method: "PUT".to_owned(), ..Request::post(path, body) }
    }

    fn form(path: &str, fields: &[(&str, &str)]) -> Request {
        let form = serde_urlencoded::to_string(fields).expect("a form");
        Request::new("POST", path).header("content-type", FORM).body(form)
    }

    /// Puts a value for a parameter of the path, or appends a query.
    fn with(mut self, parameter: &str, value: &str) -> Request {
        self.target = self.target.replace(parameter, value);
        self
    }

    fn query(mut self, query: &str) -> Request {
        self.target = format!("{}?{query}", self.target);
        self
    }

    fn header(mut self, name: &str, value: &str) -> Request {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn bearer(self, token: &str) -> Request {
        self.header("authorization", &format!("Bearer {token}"))
    }

    fn body(mut self, body: String) -> Request {
        self.body = Some(body);
        self
    }
}

pub(crate) struct Driver<'a> {
    server: Server,
    description: &'a Description,
    answers: BTreeSet<Answer>,
    problems: BTreeSet<String>,
    keys: u32,
}

impl<'a> Driver<'a> {
    pub(crate) fn new(server: Server, description: &'a Description) -> Driver<'a> {
        Driver { server, description, answers: BTreeSet::new(), problems: BTreeSet::new(), keys: 0 }
    }

    /// The answers and the problems that were seen.
    pub(crate) fn seen(self) -> (BTreeSet<Answer>, BTreeSet<String>) {
        (self.answers, self.problems)
    }

    /// Joins on a server without looking at what it answers on the way.
    pub(crate) async fn session_on(server: &Server, address: &str) -> Session {
        let description = Description::load();
        Driver::new(server.clone(), &description).join(address).await
    }

    pub(crate) async fn drive_all(&mut self) {
        let ada = self.join("ada@example.org").await;
        self.auth().await;
        self.sync(&ada).await;
        self.actions(&ada).await;
        // Not before: the clock was far ahead, and the server forgets what has expired.
        let till = self.till_token("old-town-1").await;
        self.till(&ada, &till).await;
        self.passes().await;
        self.sandbox(&ada).await;
        self.what_all_operations_share(&ada, &till).await;
        self.outside_of_operations().await;
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("0190b0c0-7a5e-7d3a-9c4e-{:012x}", self.keys)
    }

    /// Sends a request and holds the answer to the description.
    async fn send(&mut self, request: &Request) -> Reply {
        let reply = self.send_unchecked(request).await;
        let answer =
            self.description.check(&request.method, &request.path, &reply).unwrap_or_else(|fault| panic!("{fault}"));
        self.answers.insert(answer);
        self.note_problem(&reply);
        if (200..300).contains(&reply.status)
            && let Some(body) = &request.body
        {
            let is_form = request.headers.iter().any(|(_, value)| value == FORM);
            let body = if is_form { form_as_json(body) } else { serde_json::from_str(body).expect("JSON") };
            let checked = self.description.check_request(&request.method, &request.path, &body);
            checked.unwrap_or_else(|fault| panic!("{fault}"));
        }
        reply
    }

    async fn send_unchecked(&self, request: &Request) -> Reply {
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).expect("a method");
        let mut builder = self.server.client.request(method, format!("{}{}", self.server.base, request.target));
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        read(builder.send().await.expect("an answer")).await.expect("a body")
    }

    fn note_problem(&mut self, reply: &Reply) {
        let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        if let Some(name) = body["type"].as_str().and_then(|name| name.strip_prefix("urn:member-core:problem:")) {
            self.problems.insert(name.to_owned());
        }
    }

    /// Sends a request whose answer must have this status, and problem if it is one; returns the body.
    async fn expect(&mut self, verdict: &str, request: Request) -> Value {
        let reply = self.send(&request).await;
        let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        let name = body["type"].as_str().and_then(|name| name.strip_prefix("urn:member-core:problem:"));
        let name = name.or(body["error"].as_str()).unwrap_or_default();
        assert_eq!(format!("{} {name}", reply.status).trim(), verdict, "{request:?}\n{}", reply.body);
        body
    }

    async fn join(&mut self, address: &str) -> Session {
        let join = json!({"name": "Ada Lovelace", "language": "en", "terms": "2026-01", "consents": ["marketing"]});
        let body = json!({"address": {"email": address}, "join": join});
        let asked = self.expect("202", Request::post("/v1/auth/code", &body)).await;
        let sent = Request::get("/sandbox/v1/sent").query(&format!("address={address}"));
        let sent = self.expect("200", sent).await;
        let fields = [
            ("grant_type", "urn:member-core:grant:one-time-code"),
            ("request_id", text(&asked, "request_id")),
            ("code", text(&sent["sent"][0], "code")),
            ("client_id", "member-app"),
            ("device", "a phone"),
        ];
        let tokens = self.expect("200", Request::form("/v1/auth/token", &fields)).await;
        session(&tokens)
    }

    async fn refresh(&mut self, old: &Session) -> Session {
        let fields =
            [("grant_type", "refresh_token"), ("refresh_token", old.refresh.as_str()), ("client_id", "member-app")];
        session(&self.expect("200", Request::form("/v1/auth/token", &fields)).await)
    }

    async fn till_token(&mut self, id: &str) -> String {
        let credentials = self.server.sandbox.till_credentials();
        let credential = credentials.iter().find(|credential| credential.id == id).expect("a till");
        let basic = STANDARD.encode(format!("{}:{}", credential.id, credential.secret));
        let request = Request::form("/v1/auth/token", &[("grant_type", "client_credentials")]);
        let tokens = self.expect("200", request.header("authorization", &format!("Basic {basic}"))).await;
        text(&tokens, "access_token").to_owned()
    }

    async fn auth(&mut self) {
        let body = json!({"address": {"phone": "+48600700800"}});
        self.expect("202", Request::post("/v1/auth/code", &body)).await;
        for _ in 0..4 {
            self.expect("202", Request::post("/v1/auth/code", &body)).await;
        }
        self.expect("429 too-many-requests", Request::post("/v1/auth/code", &body)).await;
        let code = "urn:member-core:grant:one-time-code";
        let wrong =
            [("grant_type", code), ("request_id", "request-1"), ("code", "000000"), ("client_id", "member-app")];
        self.expect("400 invalid_grant", Request::form("/v1/auth/token", &wrong)).await;
        self.expect("400 invalid_request", Request::form("/v1/auth/token", &wrong[..2])).await;
        self.expect("400 unsupported_grant_type", Request::form("/v1/auth/token", &[("grant_type", "password")])).await;
        self.expect("401 invalid_client", Request::form("/v1/auth/token", &[("grant_type", "client_credentials")]))
            .await;
        let bob = self.join("bob@example.org").await;
        let bob = self.refresh(&bob).await;
        let fields = [("token", bob.refresh.as_str()), ("client_id", "member-app")];
        self.expect("200", Request::form("/v1/auth/revoke", &fields)).await;
        self.expect("400 invalid_request", Request::form("/v1/auth/revoke", &fields[1..])).await;
        for path in ["/v1/auth/token", "/v1/auth/revoke"] {
            self.expect("400 malformed", Request::form(path, &[("token", "a"), ("token", "b")])).await;
        }
        self.expect("401 unauthorized", Request::get("/v1/sync").bearer(&bob.access)).await;
    }

    async fn sync(&mut self, ada: &Session) {
        let sync = || Request::get("/v1/sync").bearer(&ada.access);
        let page = self.expect("200", sync().query("limit=1")).await;
        assert_eq!(page["more"], true);
        let page = self.expect("200", sync()).await;
        let cursor = text(&page, "cursor").to_owned();
        let tag = format!("\"{cursor}\"");
        self.expect("200", sync().query(&format!("cursor={cursor}&wait=0"))).await;
        self.expect("304", sync().query(&format!("cursor={cursor}")).header("if-none-match", &tag)).await;
        self.expect("304", sync().query(&format!("cursor={cursor}&wait=1")).header("if-none-match", &tag)).await;
        self.expect("400 malformed", sync().query("wait=26")).await;
        self.expect("410 cursor-gone", sync().query("cursor=x")).await;

        let entries = || Request::get("/v1/entries").bearer(&ada.access);
        let page = self.expect("200", entries().query("before=2&limit=1")).await;
        assert_eq!((&page["entries"][0]["number"], &page["more"]), (&json!(1), &json!(false)));
        self.expect("200", entries()).await;
        self.expect("400 malformed", entries().query("limit=501")).await;
    }

    async fn act(&mut self, verdict: &str, session: &Session, key: &str, body: &Value) -> Value {
        let request = Request::post("/v1/actions", body).bearer(&session.access).header("idempotency-key", key);
        self.expect(verdict, request).await
    }

    async fn actions(&mut self, ada: &Session) {
        let now = self.now().await;
        let not_after = now + jiff::SignedDuration::from_hours(24);
        let claim = |reward: &str, cost: i64| json!({"type": "claim-reward", "reward": reward, "cost": {"unit": "points", "amount": cost}, "revision": 1, "not_after": not_after});
        let won = self.key();
        let coffee = claim("coffee", 50);
        self.act("200", ada, &won, &coffee).await;
        self.act("200", ada, &won, &coffee).await;
        self.act("422 key-reused", ada, &won, &claim("coffee", 51)).await;
        let lost = self.key();
        self.act("409 insufficient-points", ada, &lost, &claim("flowers", 350)).await;
        let key = self.key();
        self.act("409 unknown-reward", ada, &key, &claim("nothing", 1)).await;
        let grant = json!({"member": ada.member, "unit": "points", "amount": 5000, "reason": "adjustment"});
        self.expect("200", Request::post("/sandbox/v1/grant", &grant)).await;
        let key = self.key();
        self.act("409 tier-required", ada, &key, &claim("gold-tasting", 600)).await;
        let key = self.key();
        self.act("409 price-changed", ada, &key, &claim("tote-bag", 149)).await;
        self.change_reward("cooking-class", &json!({"stock": 1})).await;
        let key = self.key();
        self.act("200", ada, &key, &claim("cooking-class", 900)).await;
        let key = self.key();
        self.act("409 sold-out", ada, &key, &claim("cooking-class", 900)).await;
        let late = json!({"type": "claim-reward", "reward": "coffee", "cost": {"unit": "points", "amount": 50}, "revision": 1,
            "not_after": now - jiff::SignedDuration::from_secs(1)});
        let key = self.key();
        self.act("409 action-expired", ada, &key, &late).await;
        let key = self.key();
        self.act("400 malformed", ada, &key, &json!({"type": "fly", "not_after": not_after})).await;

        let cancel = |claim: &str| json!({"type": "cancel-claim", "claim": claim, "reward": "coffee", "refund": {"unit": "points", "amount": 50}, "not_after": not_after});
        let (back, key) = (self.key(), self.key());
        self.act("409 unknown-claim", ada, &key, &cancel(&lost)).await;
        self.act("200", ada, &back, &cancel(&won)).await;
        let key = self.key();
        self.act("409 voucher-closed", ada, &key, &cancel(&won)).await;

        let set = |locked: bool| json!({"type": "set-spend-lock", "locked": locked, "not_after": not_after});
        let (locked, refused, key) = (self.key(), self.key(), self.key());
        self.act("200", ada, &locked, &set(true)).await;
        self.act("409 spend-locked", ada, &refused, &coffee).await;
        self.act("200", ada, &key, &set(false)).await;

        let outcomes = [won, lost, back, locked, refused].map(|key| (key, "200"));
        for (key, verdict) in outcomes.into_iter().chain([(self.key(), "404 unknown-action")]) {
            let outcome = Request::get("/v1/actions/{key}").with("{key}", &key).bearer(&ada.access);
            self.expect(verdict, outcome).await;
        }
        // An offer of the season, four months later.
        self.set_clock(120 * 86_400).await;
        let later = self.refresh(ada).await;
        let mut body = claim("advent-calendar", 300);
        body["not_after"] = json!(not_after + jiff::SignedDuration::from_hours(120 * 24));
        let key = self.key();
        self.act("409 reward-unavailable", &later, &key, &body).await;
        self.set_clock(0).await;
        // Everything that sync carries now: vouchers, entries with titles, outcomes of both kinds, a tombstone.
        self.change_reward("hamper", &json!({"deleted": true})).await;
        let session = self.join("ada@example.org").await;
        let page = self.expect("200", Request::get("/v1/sync").bearer(&session.access)).await;
        let cursor = text(&page, "cursor").to_owned();
        self.change_reward("flowers", &json!({"deleted": true})).await;
        let page = self
            .expect("200", Request::get("/v1/sync").query(&format!("cursor={cursor}")).bearer(&session.access))
            .await;
        assert_eq!(page["changes"], json!([{"kind": "reward", "id": "flowers", "deleted": true}]));
    }

    async fn passes(&mut self) {
        let dan = self.join("dan@example.org").await;
        let pass = |wallet: &str| Request::new("POST", &format!("/v1/card/passes/{wallet}")).bearer(&dan.access);
        self.expect("200", Request::get("/sandbox/v1/passes")).await;
        for wallet in ["apple", "google"] {
            self.expect("200", pass(wallet)).await;
        }
        let listed = self.expect("200", Request::get("/sandbox/v1/passes")).await;
        assert_eq!(listed["passes"].as_array().map(Vec::len), Some(2));
        let revoke = json!({"member": dan.member, "card": true, "sessions": false});
        self.expect("200", Request::post("/sandbox/v1/revoke", &revoke)).await;
        for wallet in ["apple", "google"] {
            self.expect("409 card-revoked", pass(wallet)).await;
        }
    }

    async fn keyed(&mut self, verdict: &str, path: &str, token: &str, key: &str, body: &Value) -> Value {
        self.expect(verdict, Request::post(path, body).bearer(token).header("idempotency-key", key)).await
    }

    async fn fresh(&mut self, verdict: &str, path: &str, token: &str, body: &Value) -> Value {
        let key = self.key();
        self.keyed(verdict, path, token, &key, body).await
    }

    async fn change_reward(&mut self, id: &str, body: &Value) {
        self.expect("200", Request::post("/sandbox/v1/rewards/{id}", body).with("{id}", id)).await;
    }

    async fn set_clock(&mut self, seconds: i64) {
        self.expect("200", Request::post("/sandbox/v1/clock", &json!({"offset_seconds": seconds}))).await;
    }

    async fn now(&mut self) -> jiff::Timestamp {
        let body = self.expect("200", Request::post("/sandbox/v1/clock", &json!({"offset_seconds": 0}))).await;
        text(&body, "now").parse().expect("a time")
    }

    async fn sandbox(&mut self, ada: &Session) {
        self.expect("200", Request::get("/sandbox/v1/sent")).await;
        self.expect("400 malformed", Request::get("/sandbox/v1/sent").query("address=x")).await;
        let member = |query: &str| Request::get("/sandbox/v1/members").query(query);
        let found = self.expect("200", member("address=ada@example.org")).await;
        assert_eq!(text(&found, "member"), ada.member);
        self.expect("400 malformed", Request::get("/sandbox/v1/members")).await;
        self.expect("404 not-found", member("address=nobody@example.org")).await;
        self.expect("200", Request::get("/sandbox/v1/audit")).await;
        let held = self.expect("200", Request::get("/sandbox/v1/held")).await;
        assert_eq!(held["held"][0]["receipt"], "j-2");
        let ledger = |id: &str| Request::get("/sandbox/v1/members/{id}/ledger").with("{id}", id);
        self.expect("200", ledger(&ada.member)).await;
        self.expect("404 not-found", ledger("nobody")).await;
        let grant = json!({"member": "nobody", "unit": "points", "amount": 1});
        self.expect("404 not-found", Request::post("/sandbox/v1/grant", &grant)).await;
        let nobody = json!({"member": "nobody"});
        self.expect("404 not-found", Request::post("/sandbox/v1/revoke", &nobody)).await;
        self.expect("404 not-found", Request::post("/sandbox/v1/expire-access", &nobody)).await;
        self.expect("200", Request::post("/sandbox/v1/expire-access", &json!({"member": ada.member}))).await;
        let reward = Request::post("/sandbox/v1/rewards/{id}", &json!({"cost": 1}));
        self.expect("404 not-found", reward.with("{id}", "nothing")).await;
        self.change_reward("cooking-class", &json!({"cost": 800, "stock": null})).await;
        self.expect("200", Request::post("/sandbox/v1/restore", &json!({}))).await;
        let monday = json!({"name": "monday"});
        self.expect("404 not-found", Request::post("/sandbox/v1/restore", &monday)).await;
        self.expect("200", Request::post("/sandbox/v1/backup", &monday)).await;
        self.expect("200", Request::post("/sandbox/v1/restore", &monday)).await;
    }

    /// Errors that do not depend on what an operation does, wherever they are declared.
    async fn what_all_operations_share(&mut self, ada: &Session, till: &str) {
        let ada = self.join("ada@example.org").await.with_member(&ada.member);
        for (method, path) in self.description.operations() {
            let statuses = self.description.statuses(&method, &path);
            let body_type = self.description.body_type(&method, &path).map(str::to_owned);
            let own = if self.description.needs(&method, &path, "tillToken") { till } else { &ada.access };
            let other = if own == till { ada.access.as_str() } else { till };
            let key = self.key();
            let request = Request::new(&method, &path).with("{key}", &key).with("{id}", "coffee").bearer(own);
            let request = match &body_type {
                Some(body_type) => {
                    let key = self.key();
                    request.header("content-type", body_type).header("idempotency-key", &key).body("{}".to_owned())
                }
                None => request,
            };
            if body_type.as_deref() == Some(JSON) {
                self.expect("400 malformed", request.clone().body("{".to_owned())).await;
            }
            if body_type.is_some() {
                self.expect("413 too-large", request.clone().body("x".repeat(65 * 1024))).await;
                self.expect("415 unsupported-media-type", request.clone().header("content-type", "text/plain")).await;
            }
            if self.description.needs(&method, &path, "memberToken")
                || self.description.needs(&method, &path, "tillToken")
            {
                self.expect("401 unauthorized", request.clone().bearer("nobody's")).await;
                self.expect("403 insufficient-scope", request.clone().bearer(other)).await;
            }
            for (status, verdict) in
                [("429", "429 too-many-requests"), ("500", "500 internal"), ("503", "503 unavailable")]
            {
                if statuses.contains(status) {
                    let status: u16 = status.parse().expect("a number");
                    let rule =
                        json!({"method": method, "fault": "status", "status": status, "retry_after": 3, "times": 1});
                    self.expect("200", Request::post("/sandbox/v1/faults", &json!({"rules": [rule]}))).await;
                    self.expect(verdict, request.clone()).await;
                }
            }
        }
    }

    async fn outside_of_operations(&mut self) {
        let nothing = self.send_unchecked(&Request::get("/v1/nothing")).await;
        assert_eq!(nothing.status, 404);
        self.description.check_schema("NotFoundProblem", &nothing).unwrap_or_else(|fault| panic!("{fault}"));
        let method = self.send_unchecked(&Request::new("DELETE", "/v1/sync")).await;
        assert_eq!((method.status, method.headers["allow"].as_str()), (405, "GET,HEAD"));
        self.description.check_schema("MethodNotAllowedProblem", &method).unwrap_or_else(|fault| panic!("{fault}"));
        self.note_problem(&nothing);
        self.note_problem(&method);
    }
}

impl Session {
    /// Makes sure that it is the same member's.
    fn with_member(self, member: &str) -> Session {
        assert_eq!(self.member, member);
        self
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}"))
}

fn session(tokens: &Value) -> Session {
    Session {
        member: text(tokens, "member").to_owned(),
        access: text(tokens, "access_token").to_owned(),
        refresh: text(tokens, "refresh_token").to_owned(),
    }
}
