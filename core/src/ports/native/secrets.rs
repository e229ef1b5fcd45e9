//! A vault of files for programs without a Keystore or Keychain: a folder of mode 0700 with files of mode 0600.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::files::{delete_private_file, make_private_folder, replace_private_file};
use crate::ports::{Secrets, SecretsUnavailable};

/// Secrets as files that only their owner reads.
pub struct FileSecrets {
    folder: PathBuf,
}

impl FileSecrets {
    /// A vault in `folder`, which is made when the first secret is written.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, name: &str) -> Result<PathBuf, SecretsUnavailable> {
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if plain && !name.is_empty() {
            Ok(self.folder.join(name))
        } else {
            Err(SecretsUnavailable("a secret's name has letters, digits and hyphens only".to_owned()))
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn unavailable(error: std::io::Error) -> SecretsUnavailable {
    SecretsUnavailable(error.kind().to_string())
}

impl Secrets for FileSecrets {
    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretsUnavailable> {
        match fs::read(self.path(name)?) {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), SecretsUnavailable> {
        self.path(name)?;
        make_private_folder(&self.folder).map_err(unavailable)?;
        replace_private_file(&self.folder, name, secret).map_err(unavailable)
    }

    fn delete(&self, name: &str) -> Result<(), SecretsUnavailable> {
        self.path(name)?;
        delete_private_file(&self.folder, name).map_err(unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_kept_replaced_deleted_and_private() {
        let home = tempfile::tempdir().expect("a folder");
        let vault = FileSecrets::new(home.path().join("vault"));
        assert_eq!(vault.read("db-1").expect("an answer"), None);
        vault.write("db-1", b"first").expect("a write");
        vault.write("db-1", b"second").expect("a write");
        assert_eq!(vault.read("db-1").expect("an answer").expect("a secret").as_slice(), b"second");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &std::path::Path| fs::metadata(path).expect("the file").permissions().mode() & 0o777;
            assert_eq!(mode(&home.path().join("vault/db-1")), 0o600);
            assert_eq!(mode(&home.path().join("vault")), 0o700);
        }
        vault.delete("db-1").expect("a deletion");
        vault.delete("db-1").expect("a deletion of nothing");
        assert_eq!(vault.read("db-1").expect("an answer"), None);
    }

    #[test]
    fn a_fault_is_never_an_empty_vault() {
        let home = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(home.path().join("vault/db-1")).expect("a folder in the place of a file");
        let vault = FileSecrets::new(home.path().join("vault"));
        assert!(vault.read("db-1").is_err());
        assert!(vault.read("../db-1").is_err());
    }
}
