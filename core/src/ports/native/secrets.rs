//! A vault of files for programs without a Keystore or Keychain: a folder of mode 0700 with files of mode 0600.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

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

fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
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
        let path = self.path(name)?;
        make_private_folder(&self.folder).map_err(unavailable)?;
        let fresh = self.folder.join(format!("{name}.new"));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let write = || {
            let mut file = options.open(&fresh)?;
            file.write_all(secret)?;
            file.sync_all()?;
            fs::rename(&fresh, &path)?;
            // The name is durable only with its folder.
            fs::File::open(&self.folder)?.sync_all()
        };
        write().map_err(unavailable)
    }

    fn delete(&self, name: &str) -> Result<(), SecretsUnavailable> {
        match fs::remove_file(self.path(name)?) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unavailable(error)),
            _ => Ok(()),
        }
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
            let mode = |path: &Path| fs::metadata(path).expect("the file").permissions().mode() & 0o777;
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
