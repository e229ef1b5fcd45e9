//! What a refresh costs where nothing is new: one request, little on the wire, and nothing on the disk.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderMap;
use member_core::Home;
use member_core::ports::simulated::{Server, World};
use member_core::ports::{HttpAnswer, HttpRequest, Secrets as _};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use support::{Backend, COFFEE, Phone};

/// The goal, each way.
const MOST: usize = 1024;

/// Bytes of each request and of its answer, as HTTP/1.1 writes them.
type Sizes = Arc<Mutex<Vec<(usize, usize)>>>;

fn head(first_line: &str, headers: &HeaderMap) -> usize {
    let lines = headers.iter().map(|(name, value)| name.as_str().len() + 2 + value.len() + 2);
    first_line.len() + 2 + lines.sum::<usize>() + 2
}

fn request_size(request: &HttpRequest) -> usize {
    let target = &request.url[url::Position::BeforePath..];
    let line = format!("{} {target} HTTP/1.1", request.method);
    let host = format!("host: {}\r\n", request.url.host_str().expect("a host"));
    head(&line, &request.headers) + host.len() + request.body.len()
}

fn answer_size(answer: &HttpAnswer) -> usize {
    head(&format!("HTTP/1.1 {}", answer.status), &answer.headers) + answer.body.len()
}

fn measured(server: Server) -> (Server, Sizes) {
    let sizes = Sizes::default();
    let noted = Arc::clone(&sizes);
    let measuring: Server = Arc::new(move |request: HttpRequest| {
        let (noted, sent) = (Arc::clone(&noted), request_size(&request));
        let answer = server(request);
        Box::pin(async move {
            let answer = answer.await;
            noted.lock().expect("one thread").push((sent, answer_size(&answer)));
            answer
        })
    });
    (measuring, sizes)
}

/// Every file of the wallet's home.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path());
    let named = |path: std::path::PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    files
        .filter(|path| path.is_file() && path.extension().is_none_or(|extension| extension != "db-shm"))
        .map(|path| (named(path.clone()), std::fs::read(path).expect("a file")))
        .collect()
}

/// All that stands in the tables of the base, and the cursor.
fn base(phone: &Phone, folder: &Path) -> Vec<Vec<Value>> {
    let paths = std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path());
    let database = paths.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "db"));
    let database = database.expect("a database");
    let name = database.file_stem().expect("a name").to_string_lossy();
    let key = phone.device.vault().read(&name).expect("a vault").expect("a key");
    let key: [u8; 32] = key.as_slice().try_into().expect("32 bytes");
    let open = sqlcipher_sys::open(&database, &key, OpenFlags::SQLITE_OPEN_READ_WRITE).expect("the file");
    let tables = ["document", "entry", "outcome"].map(|table| format!("SELECT * FROM {table}"));
    let cursor = "SELECT generation, cursor, building, build_cursor FROM sync_state".to_owned();
    tables.into_iter().chain([cursor]).flat_map(|query| rows(&open, &query)).collect()
}

fn rows(connection: &Connection, query: &str) -> Vec<Vec<Value>> {
    let mut statement = connection.prepare(query).expect("a query");
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    statement.query_map([], row).expect("rows").map(|row| row.expect("a row")).collect()
}

#[test]
fn a_refresh_without_news_is_one_small_request_and_leaves_the_disk_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::new(1);
    let backend = Backend::new(&world);
    let phone = Phone::in_home(&world, &backend, Home::Folder(folder.path().to_owned()));
    phone.join();
    phone.refresh().expect("a sync");
    phone.wallet().claim(COFFEE).expect("a claim");
    phone.refresh().expect("a sync");
    let (server, sizes) = measured(backend.server());
    phone.device.network.set_server(server);

    let (before, base_before) = (files(folder.path()), base(&phone, folder.path()));
    for _ in 0..3 {
        phone.refresh().expect("a sync");
    }
    let seen = std::mem::take(&mut *sizes.lock().expect("one thread"));
    println!("request and answer in bytes: {seen:?}");
    assert_eq!(seen.len(), 3, "one request for each refresh");
    for (sent, got) in seen {
        assert!(sent <= MOST && got <= MOST, "{sent} bytes out, {got} bytes in");
    }
    assert!(files(folder.path()) == before, "something was written");

    // Two hours later the time of the contact is noted, and nothing else. The access token has run out meanwhile.
    world.pass(Duration::from_hours(2));
    phone.refresh().expect("a sync");
    assert!(files(folder.path()) != before, "the time of the contact was not noted");
    assert_eq!(base(&phone, folder.path()), base_before);
    let noted = files(folder.path());
    phone.refresh().expect("a sync");
    assert!(files(folder.path()) == noted, "it was noted twice within the hour");

    // The control: what is new is seen by both measures.
    backend.accrue(&phone.card_number(), 3500);
    phone.refresh().expect("a sync");
    assert!(files(folder.path()) != noted, "a change was not seen in the files");
    assert_ne!(base(&phone, folder.path()), base_before, "a change was not seen in the tables");
}
