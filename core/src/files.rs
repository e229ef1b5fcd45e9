//! Small files that must be private and whole: the index of the home, keys of the file vault.
//!
//! Knows nothing of what is in them.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

/// Makes a folder that only its owner enters, with its parents, durably. Where it is there already, nothing is done.
pub(crate) fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|path| !is_folder(path)).collect();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // A new name is durable with the folder that it stands in: each of them, the outermost last.
    missing.into_iter().filter_map(Path::parent).try_for_each(sync_folder)
}

/// The empty path is the folder in which the program runs.
fn is_folder(path: &Path) -> bool {
    path.as_os_str().is_empty() || path.is_dir()
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?.sync_all()
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
    sync_folder(folder)
}

/// Deletes a file, durably; one that is not there is no error.
pub(crate) fn delete_private_file(folder: &Path, name: &str) -> std::io::Result<()> {
    match fs::remove_file(folder.join(name)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => sync_folder(folder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_with_its_parents_and_only_its_owner_enters() {
        let outer = tempfile::tempdir().expect("a folder");
        let inner = outer.path().join("a/b/c");
        make_private_folder(&inner).expect("three folders");
        make_private_folder(&inner).expect("nothing to do");
        #[cfg(unix)]
        for folder in [inner.as_path(), &outer.path().join("a/b"), &outer.path().join("a")] {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(folder).expect("a folder").permissions().mode() & 0o777, 0o700);
        }
        fs::write(outer.path().join("file"), b"in the way").expect("a file");
        assert!(make_private_folder(&outer.path().join("file/a")).is_err());
    }
}
