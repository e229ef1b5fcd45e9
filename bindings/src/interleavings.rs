//! The host's object under several threads, in many interleavings: closing ends what runs, and when it returns the home is free,
//! whatever the host still holds.

use std::path::Path;
use std::sync::Arc;

use member_core::ports::interleaved::{self, JoinHandle, block_on, explore, finds, thread};
use member_core::ports::simulated::{Device, Server, World};
use member_core::ports::{HttpAnswer, HttpRequest, Ports};

use crate::error::WalletError;
use crate::wallet::{Address, Wallet, WalletConfig};

const ROUNDS: usize = 150;

/// A wallet whose member has just signed in, over a server that lets everybody in and answers nothing else.
struct Scene {
    wallet: Arc<Wallet>,
    config: WalletConfig,
    ports: Ports,
    _folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Scene {
        let folder = folder();
        let config = WalletConfig {
            home: folder.path().display().to_string(),
            server: Some("http://sandbox".to_owned()),
            language: "en".to_owned(),
        };
        let world = World::new(1);
        let device = Device::new(&world, server());
        // Signed in on one thread, without interleavings.
        let wallet = Wallet::over(config.clone(), device.ports()).expect("a wallet");
        let signing_in = Arc::clone(&wallet);
        world.run(async move {
            let address = Address::Email { address: "ada@example.org".to_owned() };
            signing_in.request_code(address, None).await.expect("a code");
            signing_in.sign_in("123456".to_owned()).await.expect("signed in");
            signing_in.close().await;
        });
        device.network.set_online(false);
        let ports = interleaved::ports(device.ports(), server());
        let wallet = Wallet::over(config.clone(), ports.clone()).expect("a wallet");
        Scene { wallet, config, ports, _folder: folder }
    }

    fn thread<T: Send + 'static>(&self, call: impl FnOnce(&Wallet) -> T + Send + 'static) -> JoinHandle<T> {
        let wallet = Arc::clone(&self.wallet);
        thread::spawn(move || call(&wallet))
    }

    /// A thread that closes the wallet and opens its home again at once.
    fn closes(&self) -> JoinHandle<()> {
        let (config, ports) = (self.config.clone(), self.ports.clone());
        self.thread(move |wallet| {
            block_on(wallet.close());
            drop(Wallet::over(config, ports).expect("the home is free"));
        })
    }
}

/// In memory where the system has a place for that: an interleaving need not wait for the disk.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder")
}

fn server() -> Server {
    Arc::new(|request: HttpRequest| {
        let answer = match request.url.path() {
            "/v1/auth/code" => Some((202, serde_json::json!({"request_id": "r", "expires_in": 600, "digits": 6}))),
            "/v1/auth/token" => Some((
                200,
                serde_json::json!({
                    "access_token": "a", "token_type": "Bearer", "expires_in": 900, "refresh_token": "r",
                    "programme": "market", "member": "member_1"
                }),
            )),
            _ => None,
        };
        let (status, body) = answer.unwrap_or((503, serde_json::Value::Null));
        let mut answer = HttpAnswer {
            status: status.try_into().expect("a status"),
            headers: request.headers,
            body: body.to_string().into(),
        };
        answer.headers.clear();
        answer.headers.insert("content-type", "application/json".parse().expect("a value"));
        Box::pin(async move { answer })
    })
}

/// A call may come too late; it must not fail otherwise.
#[track_caller]
fn expected<T>(result: Result<T, WalletError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(WalletError::Closed { .. }) => None,
        Err(error) => panic!("{error:?}"),
    }
}

fn joined<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("the thread ends")
}

#[test]
fn a_card_that_is_looked_at_while_the_wallet_is_closed_does_not_keep_its_home() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let session = block_on(scene.wallet.show_card()).expect("a session");
        let looks = [Arc::clone(&session), Arc::clone(&session)];
        let [first, second] = looks;
        let threads = [
            scene.thread(move |_| drop(expected(block_on(first.view())))),
            scene.thread(move |_| drop(expected(second.view_now()))),
        ];
        joined(scene.closes());
        threads.into_iter().for_each(joined);
        session.end();
    });
}

#[test]
fn a_card_that_comes_on_screen_while_the_wallet_is_closed_ends_with_it() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let coming = scene.thread(|wallet| expected(block_on(wallet.show_card())));
        joined(scene.closes());
        // Held by the host for as long as it likes.
        drop(joined(coming));
    });
}

#[test]
fn calls_beside_two_closings_all_end() {
    explore(ROUNDS, || {
        let scene = Scene::new();
        let threads = [
            scene.thread(|wallet| block_on(wallet.close())),
            scene.thread(|wallet| block_on(wallet.close())),
            scene.thread(|wallet| drop(expected(block_on(wallet.card())))),
            scene.thread(|wallet| drop(block_on(wallet.refresh()))),
        ];
        threads.into_iter().for_each(joined);
        assert!(expected(scene.wallet.card_now()).is_none());
        drop(Wallet::over(scene.config.clone(), scene.ports.clone()).expect("the home is free"));
    });
}

#[test]
fn that_closing_waits_for_a_call_that_runs_is_found() {
    // Control: a call that never ends.
    assert!(finds(ROUNDS, || {
        let scene = Scene::new();
        let open = scene.wallet.calls.open().expect("an open wallet");
        joined(scene.closes());
        drop(open);
    }));
}
