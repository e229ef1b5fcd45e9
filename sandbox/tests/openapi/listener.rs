//! The listener: loopback only, a prompt end, and connections that break where a fault asks for it.

use std::future::pending;

use member_sandbox::SandboxError;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::drive::Driver;
use crate::server::{open, read, run, with_server};

#[test]
fn other_than_loopback_addresses_are_refused() {
    run(async {
        let (server, _) = open().await;
        let everywhere = TcpListener::bind("0.0.0.0:0").await.expect("binds");
        let error = server.sandbox.serve(everywhere, pending()).await.expect_err("not loopback");
        assert!(matches!(error, SandboxError::NotLoopback(address) if address.ip().is_unspecified()));
    });
}

#[test]
fn when_the_server_stops_long_polls_answer_and_connections_close() {
    run(async {
        let (server, listener) = open().await;
        let (stop, stopped) = oneshot::channel::<()>();
        let address = listener.local_addr().expect("an address");
        let sandbox = server.sandbox.clone();
        let serve = sandbox.serve(listener, async { stopped.await.unwrap_or_default() });
        let work = async {
            let session = Driver::session_on(&server, "ada@example.org").await;
            let get = |query: String| {
                server.client.get(format!("{}/v1/sync{query}", server.base)).bearer_auth(&session.access)
            };
            let page = read(get(String::new()).send().await.expect("an answer")).await.expect("a body");
            let page: serde_json::Value = serde_json::from_str(&page.body).expect("JSON");
            let cursor = page["cursor"].as_str().expect("a cursor");
            // Two connections that say nothing: one that never will, one in the middle of a request.
            let mut silent = TcpStream::connect(address).await.expect("connects");
            let mut halfway = TcpStream::connect(address).await.expect("connects");
            halfway.write_all(b"GET /v1/sync HTTP/1.1\r\nHo").await.expect("writes");
            let poll = async { get(format!("?cursor={cursor}&wait=25")).send().await };
            let stop = async {
                // Once this has been answered the server has seen the long poll, which was sent first.
                server.client.get(format!("{}/sandbox/v1/audit", server.base)).send().await.expect("an answer");
                stop.send(()).expect("the server still runs");
            };
            let (answer, ()) = tokio::join!(poll, stop);
            let answer = read(answer.expect("an answer")).await.expect("a body");
            assert_eq!(answer.status, 200);
            assert!(answer.body.starts_with("{\"changes\":[],"), "{}", answer.body);
            for stream in [&mut silent, &mut halfway] {
                let mut rest = Vec::new();
                // A reset is an end as well.
                let _ = stream.read_to_end(&mut rest).await;
                assert!(rest.is_empty());
            }
        };
        let (result, ()) = tokio::join!(serve, work);
        result.expect("served");
        TcpStream::connect(address).await.expect_err("nobody listens any more");
    });
}

#[test]
fn a_lost_answer_breaks_the_connection_without_a_byte() {
    with_server(|server| async move {
        for fault in ["lose-request", "lose-response"] {
            let rules = json!({"rules": [{"path": "/v1/sync", "fault": fault, "times": 1}]});
            let faults = server.client.post(format!("{}/sandbox/v1/faults", server.base));
            let faults = faults.header("content-type", "application/json").body(rules.to_string());
            assert_eq!(faults.send().await.expect("an answer").status().as_u16(), 200);
            let address = server.base.trim_start_matches("http://");
            let mut stream = TcpStream::connect(address).await.expect("connects");
            stream.write_all(b"GET /v1/sync HTTP/1.1\r\nHost: sandbox\r\n\r\n").await.expect("writes");
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            assert_eq!(String::from_utf8_lossy(&answer), "", "{fault}");
        }
    });
}

#[test]
fn there_is_one_date_and_it_is_the_servers_own() {
    with_server(|server| async move {
        let clock = server.client.post(format!("{}/sandbox/v1/clock", server.base));
        let clock = clock.header("content-type", "application/json").body("{\"offset_seconds\":-31536000}");
        let answer = clock.send().await.expect("an answer");
        let dates: Vec<_> = answer.headers().get_all("date").iter().collect();
        assert_eq!(dates, ["Sat, 22 Nov 2025 10:00:00 GMT"]);
    });
}
