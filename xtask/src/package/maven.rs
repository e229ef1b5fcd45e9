//! Maven, for packing and publishing into a folder: builds apart from the tests' own, checksums, and a local repository that
//! knows no older build of ours. Knows the layout of a Maven repository, not what is in an artifact.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha512};

use super::record::{Record, hex, sha256};
use super::{read, write};
use crate::shell;

/// Where our artifacts are in a repository.
pub(super) const GROUP: &str = "dev/membercore";

/// Maven, quiet, on a project of ours. Kotlin's compiler leaves no daemon behind.
pub(super) fn maven(project: &Path) -> Command {
    let mut maven = shell::program("mvn");
    maven.args(["--batch-mode", "--quiet", "-Dmaven.test.skip=true", "--file"]).arg(project);
    maven
}

/// Where `deploy` puts things.
pub(super) fn destination(repository: &Path) -> String {
    format!("-DaltDeploymentRepository=release::{}", url(repository))
}

pub(super) fn url(folder: &Path) -> String {
    format!("file://{}", folder.display())
}

/// Checksums as a repository wants them, for one artifact that Maven has just deployed; its files go into the record.
///
/// Maven's index of all versions (maven-metadata.xml) is taken away: it holds the time of this build, and whoever publishes to
/// a repository with older versions in it must write that index there.
pub(super) fn finish(out: &Path, repository: &str, artifact: &str, record: &mut Record) -> Result<(), String> {
    let version = env!("CARGO_PKG_VERSION");
    let folder = out.join(repository).join(GROUP).join(artifact);
    for name in list(&folder)? {
        if name.starts_with("maven-metadata.xml") {
            let path = folder.join(name);
            fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    let folder = folder.join(version);
    let is_sum = |name: &str| [".md5", ".sha1", ".sha256", ".sha512"].iter().any(|end| name.ends_with(end));
    for name in list(&folder)?.into_iter().filter(|name| !is_sum(name)) {
        let bytes = read(&folder.join(&name))?;
        for (end, sum) in [("sha256", sha256(&bytes)), ("sha512", hex(&Sha512::digest(&bytes)))] {
            write(&folder.join(format!("{name}.{end}")), sum.as_bytes())?;
        }
        // These two are what every repository asks for.
        for end in ["md5", "sha1"] {
            let sum = folder.join(format!("{name}.{end}"));
            if !sum.is_file() {
                return Err(format!("Maven wrote no {}", sum.display()));
            }
        }
        let path = Path::new(repository).join(GROUP).join(artifact).join(version).join(&name);
        record.add(what(&name), path);
    }
    Ok(())
}

/// What a file of an artifact is, by how its name ends.
fn what(name: &str) -> &'static str {
    match name.rsplit_once(['-', '.']).map(|(_, end)| end) {
        _ if name.ends_with("-sources.jar") => "Kotlin's sources, for editors",
        _ if name.ends_with("-javadoc.jar") => "where the documentation is, since repositories ask for such a file",
        Some("pom") => "what the artifact depends on",
        Some("aar") => "the Kotlin library for Android",
        _ => "the Kotlin library for the JVM",
    }
}

/// The names in a folder, in order.
fn list(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// A local repository that shares what this machine's own has of others, and nothing of ours: a project that uses our artifact
/// takes it from where it was just published, never an older one of the same version.
pub(super) fn local_repository(folder: &Path) -> Result<PathBuf, String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let shared = std::env::home_dir().map(|home| home.join(".m2/repository"));
    // Without one, or where links cannot be made, everything is downloaded once more.
    #[cfg(unix)]
    for name in shared.iter().flat_map(|shared| list(shared).unwrap_or_default()) {
        let ours = GROUP.split('/').next().unwrap_or_default();
        if let Some(shared) = shared.as_deref().map(|shared| shared.join(&name)).filter(|path| path.is_dir())
            && name != ours
        {
            let link = folder.join(&name);
            std::os::unix::fs::symlink(&shared, &link).map_err(|error| format!("{}: {error}", link.display()))?;
        }
    }
    Ok(folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_an_artifact_has_its_checksums() {
        let out = tempfile::tempdir().expect("a folder");
        let artifact = out.path().join("maven").join(GROUP).join("some");
        let folder = artifact.join(env!("CARGO_PKG_VERSION"));
        for name in ["some.jar", "some.jar.md5", "some.jar.sha1"] {
            write(&folder.join(name), b"abc").expect("a file");
        }
        write(&artifact.join("maven-metadata.xml"), b"now").expect("a file");
        write(&artifact.join("maven-metadata.xml.sha1"), b"now").expect("a file");

        let mut record = Record::default();
        finish(out.path(), "maven", "some", &mut record).expect("checksums");
        assert_eq!(list(&artifact).expect("names"), [env!("CARGO_PKG_VERSION")]);
        assert_eq!(
            list(&folder).expect("names"),
            ["some.jar", "some.jar.md5", "some.jar.sha1", "some.jar.sha256", "some.jar.sha512"]
        );
        let sum = fs::read_to_string(folder.join("some.jar.sha512")).expect("a sum");
        assert!(sum.starts_with("ddaf35a193617aba"), "{sum}");
        assert_eq!(record.write(out.path()), Ok(1), "checksums are not files of their own");

        write(&folder.join("other.jar"), b"abc").expect("a file");
        let error = finish(out.path(), "maven", "some", &mut record).expect_err("Maven's own are missing");
        assert!(error.contains("other.jar.md5"), "{error}");
    }
}
