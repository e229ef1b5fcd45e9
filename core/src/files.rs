//! Small files that must be private and whole: the index of the home, keys of the file vault.
//!
//! Knows nothing of what is in them.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

/// Makes a folder that only its owner enters, with its parents.
pub(crate) fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Replaces a file that only its owner reads: whole or not at all, and durably.
///
/// Writes beside it, syncs, renames over it, and syncs the folder, since a name is durable only with its folder.
pub(crate) fn replace_private_file(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let fresh = folder.join(format!("{name}.new"));
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, folder.join(name))?;
    File::open(folder)?.sync_all()
}
