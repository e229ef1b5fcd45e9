//! Secrets from people: asked for on a terminal without showing them, or a line of standard input.
//!
//! Must not know what the secret is for.

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::sync::{Mutex, PoisonError};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// Longer than any secret: what follows is not read.
const MAX_LENGTH: u64 = 4096;

/// How the terminal is, so that an interruption leaves it as it was.
enum Echo {
    Untouched,
    Hidden(Box<Termios>),
    /// The program is going; nothing is hidden any more.
    Leaving,
}

static ECHO: Mutex<Echo> = Mutex::new(Echo::Untouched);

/// Asks for a secret. `None` where there is none to be read.
pub async fn secret(prompt: &str) -> io::Result<Option<Zeroizing<String>>> {
    let prompt = prompt.to_owned();
    #[allow(clippy::disallowed_methods, reason = "reading standard input blocks, and Ctrl-C must be heard meanwhile")]
    tokio::task::spawn_blocking(move || {
        if !io::stdin().is_terminal() {
            return line();
        }
        // Hidden before it is asked for, so that no quick typing is shown.
        hide()?;
        let read = write!(io::stderr(), "{prompt}").and_then(|()| line());
        show(Echo::Untouched);
        read
    })
    .await
    .map_err(io::Error::other)?
}

/// A line of standard input, without white space around it.
pub async fn input() -> io::Result<Option<String>> {
    #[allow(clippy::disallowed_methods, reason = "reading standard input blocks, and Ctrl-C must be heard meanwhile")]
    let read = tokio::task::spawn_blocking(line).await.map_err(io::Error::other)??;
    Ok(read.map(|text| text.to_string()))
}

/// The program is going: the terminal shows again what is typed.
pub fn leave() {
    show(Echo::Leaving);
}

/// Byte by byte, so that nothing after the line is taken from whoever reads next.
fn line() -> io::Result<Option<Zeroizing<String>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(128));
    for byte in io::stdin().lock().take(MAX_LENGTH).bytes() {
        match byte? {
            b'\n' => break,
            byte => bytes.push(byte),
        }
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not text"))?;
    let text = text.trim();
    Ok((!text.is_empty()).then(|| Zeroizing::new(text.to_owned())))
}

fn hide() -> io::Result<()> {
    let mut echo = ECHO.lock().unwrap_or_else(PoisonError::into_inner);
    if matches!(*echo, Echo::Leaving) {
        return Ok(());
    }
    let original = tcgetattr(io::stdin())?;
    let mut hidden = original.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    // The Enter at the end is shown, so that what is said next begins a line.
    hidden.local_modes.insert(LocalModes::ECHONL);
    tcsetattr(io::stdin(), OptionalActions::Now, &hidden)?;
    *echo = Echo::Hidden(Box::new(original));
    Ok(())
}

fn show(then: Echo) {
    let mut echo = ECHO.lock().unwrap_or_else(PoisonError::into_inner);
    if let Echo::Hidden(original) = &*echo {
        // The terminal may be gone; then there is nothing to put back.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, original);
    }
    if !matches!(*echo, Echo::Leaving) {
        *echo = then;
    }
}
