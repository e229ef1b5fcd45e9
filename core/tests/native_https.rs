//! HTTPS over real sockets on loopback, with certificates that are made on the spot: who is trusted, and what is said of the others.

#![allow(clippy::disallowed_methods, reason = "a server of a few bytes on a thread of its own")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use member_core::ports::native::{NativeError, ReqwestHttp, TokioWork};
use member_core::ports::{Http as _, HttpRequest, TransportError, Work as _};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

/// Somebody who signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([]).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Into a folder as Android has it: named by a hash, with words for people behind the certificate.
    fn in_folder(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let text = format!("{}Certificate:\n    Data:\n        Version: 3 (0x2)\n", self.pem);
        std::fs::write(folder.path().join("00673b5b.0"), text).expect("a file");
        std::fs::write(folder.path().join("broken.0"), "no certificate").expect("a file");
        folder
    }

    /// A server whose certificate, for `name`, is good until the end of `last_year`. Answers each request, and counts what it read.
    fn server(&self, name: &str, last_year: i32) -> (String, Arc<AtomicUsize>) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([name.to_owned()]).expect("parameters");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(last_year, 12, 31);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a certificate with its key");
        let (config, heard) = (Arc::new(config), Arc::new(AtomicUsize::new(0)));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("https://127.0.0.1:{}/", listener.local_addr().expect("an address").port());
        let counter = Arc::clone(&heard);
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let (Ok(mut socket), Ok(mut tls)) = (socket, ServerConnection::new(Arc::clone(&config))) else {
                    return;
                };
                let mut stream = Stream::new(&mut tls, &mut socket);
                let (mut request, mut byte) = (Vec::new(), [0]);
                // Who does not trust this server hangs up in the middle.
                while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read > 0) {
                    request.push(byte[0]);
                }
                counter.fetch_add(request.len(), Ordering::SeqCst);
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello"));
            }
        });
        (url, heard)
    }
}

/// What a client that trusts the authorities in `folder` gets.
fn get(url: &str, folder: &Path) -> Result<Bytes, TransportError> {
    let work = TokioWork::new().expect("threads");
    let http = ReqwestHttp::trusting(&work, folder).expect("a client");
    let request = HttpRequest {
        method: Method::GET,
        url: url.parse().expect("a URL"),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        timeout: Duration::from_secs(20),
        max_body: 1000,
    };
    let answer = http.send(request);
    let (sender, receiver) = std::sync::mpsc::channel();
    work.spawn(Box::pin(async move { drop(sender.send(answer.await)) }));
    receiver.recv().expect("an answer").map(|answer| answer.body)
}

#[test]
fn a_server_is_trusted_by_an_authority_of_the_folder_and_by_no_other() {
    let (ours, other) = (Authority::new(), Authority::new());
    let (url, heard) = ours.server("127.0.0.1", 2100);
    assert_eq!(get(&url, ours.in_folder().path()), Ok(Bytes::from("hello")));
    let before = heard.load(Ordering::SeqCst);
    assert!(before > 0);
    assert_eq!(get(&url, other.in_folder().path()), Err(TransportError::Certificate { dates: false }));
    assert_eq!(heard.load(Ordering::SeqCst), before, "nothing is said to a stranger");
}

#[test]
fn a_certificate_of_another_name_is_refused() {
    let ours = Authority::new();
    let (url, heard) = ours.server("loyalty.example", 2100);
    assert_eq!(get(&url, ours.in_folder().path()), Err(TransportError::Certificate { dates: false }));
    assert_eq!(heard.load(Ordering::SeqCst), 0);
}

#[test]
fn a_certificate_that_is_over_asks_for_the_date_of_the_device() {
    let ours = Authority::new();
    let (url, heard) = ours.server("127.0.0.1", 2021);
    assert_eq!(get(&url, ours.in_folder().path()), Err(TransportError::Certificate { dates: true }));
    assert_eq!(heard.load(Ordering::SeqCst), 0);
}

#[test]
fn a_folder_without_authorities_is_an_error() {
    let work = TokioWork::new().expect("threads");
    let empty = tempfile::tempdir().expect("a folder");
    let broken = tempfile::tempdir().expect("a folder");
    std::fs::write(broken.path().join("00673b5b.0"), "no certificate").expect("a file");
    for folder in [empty.path(), broken.path(), &empty.path().join("none")] {
        assert_eq!(ReqwestHttp::trusting(&work, folder).err(), Some(NativeError::Authorities));
    }
}
