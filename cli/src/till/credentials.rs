//! Ids and secrets of tills in a file that only its owner reads, as `member sandbox` writes it.
//!
//! Nothing here is printed.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::symbol;

/// What a till signs in with.
pub struct Credential {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Zeroizing<String>,
}

/// The file.
#[derive(Serialize, Deserialize)]
pub struct Credentials {
    /// The programme's address.
    #[serde(default)]
    pub server: Option<String>,
    tills: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    id: String,
    secret: String,
    #[serde(default)]
    name: String,
}

impl Credentials {
    /// The file for tills of one server: id, secret and a name for people.
    pub fn new(server: String, tills: impl IntoIterator<Item = (String, String, String)>) -> Self {
        let tills = tills.into_iter().map(|(id, secret, name)| Entry { id, secret, name }).collect();
        Self { server: Some(server), tills }
    }

    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read(path).map(Zeroizing::new).map_err(|error| Failure::of_file("read", path, &error))?;
        // What serde says of a syntax error may quote the file.
        serde_json::from_slice(&text).map_err(|_| {
            Failure::failed("credentials", format!("{} is not a file with credentials of tills.", path.display()))
        })
    }

    /// Writes the file: whole, and readable by its owner only.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_vec_pretty(self).map(Zeroizing::new);
        let text = text.map_err(|error| Failure::failed("internal", error.to_string()))?;
        symbol::write(path, &text)
    }

    /// The credential of one till; without an id, of the first.
    pub fn pick(self, id: Option<&str>) -> Result<Credential, Failure> {
        let known: Vec<_> = self.tills.iter().map(|till| till.id.clone()).collect();
        let found = self.tills.into_iter().find(|till| id.is_none_or(|id| till.id == id));
        match found {
            Some(till) => Ok(Credential { id: till.id, secret: Zeroizing::new(till.secret) }),
            None => Err(Failure::usage(format!("The file has no such till; it has: {}.", known.join(", ")))),
        }
    }
}
