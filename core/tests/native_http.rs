//! The HTTP port over real sockets on loopback: limits, redirects, broken answers, and what is never sent.

#![allow(clippy::disallowed_methods, reason = "a server of a few bytes on a thread of its own")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use member_core::ports::native::{ReqwestHttp, TokioWork};
use member_core::ports::{Http as _, HttpAnswer, HttpRequest, TransportError, Work};

/// A server that reads one request's head and answers these bytes, then closes. `None` never answers.
fn server(answer: Option<Vec<u8>>) -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (sender, heads) = mpsc::channel();
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read > 0) {
                head.push(byte[0]);
            }
            if sender.send(String::from_utf8_lossy(&head).into_owned()).is_err() {
                return;
            }
            match &answer {
                // The client may have hung up.
                Some(answer) => drop(stream.write_all(answer)),
                None => silent.push(stream),
            }
        }
    });
    (address, heads)
}

fn request(url: &str) -> HttpRequest {
    HttpRequest {
        method: Method::GET,
        url: url.parse().expect("a URL"),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        timeout: Duration::from_secs(20),
        max_body: 1000,
    }
}

/// Waits for an exchange on the core's own threads: this thread has no runtime, as a host's has none.
fn send(request: HttpRequest) -> Result<HttpAnswer, TransportError> {
    let work = TokioWork::new().expect("threads");
    let http = ReqwestHttp::new(&work).expect("a client");
    wait(&work, http.send(request))
}

fn wait<T: Send + 'static>(work: &TokioWork, future: BoxFuture<'static, T>) -> T {
    let (sender, receiver) = mpsc::channel();
    work.spawn(Box::pin(async move {
        drop(sender.send(future.await));
    }));
    receiver.recv_timeout(Duration::from_secs(60)).expect("an end")
}

fn answered(head: &str, body: &[u8]) -> Result<HttpAnswer, TransportError> {
    let (address, _heads) = server(Some([head.as_bytes(), b"\r\n\r\n", body].concat()));
    send(request(&format!("http://{address}/v1/sync")))
}

#[test]
fn a_whole_answer_arrives() {
    let answer = answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: now", b"hello").expect("an answer");
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"hello"[..]));
    assert_eq!(answer.headers["date"], "now");
}

#[test]
fn a_redirect_is_an_answer_and_is_not_followed() {
    let (elsewhere, heads) = server(Some(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()));
    let head = format!("HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/\r\nContent-Length: 0");
    assert_eq!(answered(&head, b"").expect("an answer").status.as_u16(), 302);
    assert!(heads.try_recv().is_err(), "the redirect was followed");
}

#[test]
fn a_body_over_the_limit_is_given_up_whether_or_not_its_length_is_said() {
    let body = vec![b'x'; 1001];
    assert_eq!(answered("HTTP/1.1 200 OK\r\nContent-Length: 1001", &body).err(), Some(TransportError::TooLarge));
    assert_eq!(answered("HTTP/1.1 200 OK\r\nConnection: close", &body).err(), Some(TransportError::TooLarge));
    assert!(answered("HTTP/1.1 200 OK\r\nContent-Length: 1000", &body[1..]).is_ok());
}

#[test]
fn half_an_answer_is_no_answer() {
    assert_eq!(answered("HTTP/1.1 200 OK\r\nContent-Length: 10", b"hello").err(), Some(TransportError::Broken));
    let (address, _heads) = server(Some(b"HTTP/1.1 200".to_vec()));
    assert_eq!(send(request(&format!("http://{address}/"))).err(), Some(TransportError::Broken));
    let (address, _heads) = server(Some(Vec::new()));
    assert_eq!(send(request(&format!("http://{address}/"))).err(), Some(TransportError::Broken));
}

#[test]
fn a_closed_port_means_that_nothing_was_sent() {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    assert_eq!(send(request(&format!("http://{address}/"))).err(), Some(TransportError::NoConnection));
}

#[test]
fn silence_ends_with_the_timeout() {
    let (address, _heads) = server(None);
    let silent = HttpRequest { timeout: Duration::from_millis(50), ..request(&format!("http://{address}/")) };
    assert_eq!(send(silent).err(), Some(TransportError::TimedOut));
}

#[test]
fn cleartext_leaves_for_loopback_only() {
    assert_eq!(send(request("http://192.0.2.1/v1/sync")).err(), Some(TransportError::Cleartext));
    assert_eq!(send(request("ftp://127.0.0.1/")).err(), Some(TransportError::Broken));
}

#[test]
fn a_proxy_of_the_environment_and_cookies_are_not_for_us() {
    // The second request needs a connection of its own, and must not find that out by meeting the end of the first.
    let answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n";
    let (address, heads) = server(Some(answer.to_vec()));
    let work = TokioWork::new().expect("threads");
    let http = ReqwestHttp::new(&work).expect("a client");
    for _ in 0..2 {
        wait(&work, http.send(request(&format!("http://{address}/")))).expect("an answer");
        let head = heads.recv().expect("a request").to_ascii_lowercase();
        assert!(!head.contains("cookie") && !head.contains("referer"), "{head}");
    }
}
