//! Stands before a sandbox: lets requests through, or is what stands there in a hotel, a tunnel or a broken network.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use crate::stage::LIMIT;

/// What becomes of a connection.
#[derive(Clone)]
pub(crate) enum Mode {
    /// It goes through to the sandbox.
    Through,
    /// It gets these bytes, whatever it asked, and is closed.
    Answer(Vec<u8>),
    /// It gets nothing, ever. The number tells one silence from the next.
    Silence(u32),
}

pub(crate) struct Front {
    pub(crate) url: String,
    mode: Arc<Mutex<Mode>>,
    asked: Receiver<u32>,
}

impl Front {
    /// Before the sandbox at `url`.
    pub(crate) fn before(url: &str) -> Front {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mode = Arc::new(Mutex::new(Mode::Through));
        let (sender, asked) = mpsc::channel();
        let front = Front {
            url: format!("http://{}", listener.local_addr().expect("an address")),
            mode: Arc::clone(&mode),
            asked,
        };
        let behind = url.trim_start_matches("http://").to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (mode, behind, sender) = (mode.lock().expect("a mode").clone(), behind.clone(), sender.clone());
                std::thread::spawn(move || serve(stream, mode, &behind, &sender));
            }
        });
        front
    }

    pub(crate) fn set(&self, mode: Mode) {
        *self.mode.lock().expect("a mode") = mode;
    }

    /// An answer with this head and body.
    pub(crate) fn answer(&self, head: &str, body: &[u8]) {
        let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        self.set(Mode::Answer([head.as_bytes(), body].concat()));
    }

    /// Waits until somebody has asked and is kept waiting in this silence.
    pub(crate) fn somebody_waits(&self, round: u32) -> bool {
        std::iter::from_fn(|| self.asked.recv_timeout(LIMIT).ok()).any(|asked| asked == round)
    }
}

fn serve(mut stream: TcpStream, mode: Mode, behind: &str, asked: &Sender<u32>) {
    // Each side may leave at any time, here as in a real network.
    match mode {
        Mode::Through => {
            let Ok(server) = TcpStream::connect(behind) else { return };
            let (Ok(from_server), Ok(to_client)) = (server.try_clone(), stream.try_clone()) else { return };
            std::thread::spawn(move || copy(from_server, to_client));
            copy(stream, server);
        }
        Mode::Answer(bytes) => {
            let _ = stream.read(&mut [0; 8192]);
            let _ = stream.write_all(&bytes);
            let _ = stream.shutdown(Shutdown::Write);
            // Until the client has closed too, so that no reset overtakes the answer.
            while stream.read(&mut [0; 8192]).is_ok_and(|length| length > 0) {}
        }
        Mode::Silence(round) => {
            let _ = stream.read(&mut [0; 8192]);
            let _ = asked.send(round);
            while stream.read(&mut [0; 8192]).is_ok_and(|length| length > 0) {}
        }
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}
