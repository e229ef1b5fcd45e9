//! The Kotlin library for the JVM: published into a folder, then used from there by a program of its own. Knows where JNA looks
//! for a library, not what is in it.

use std::fs;
use std::path::{Path, PathBuf};

use super::library::{self, Target};
use super::maven::{self, maven};
use super::record::Record;
use super::{Failure, Places};
use crate::{kotlin, shell};

const PROJECT: &str = "bindings/kotlin/pom.xml";
const CONSUMER: &str = "bindings/kotlin/consumer/pom.xml";
const ARTIFACT: &str = "member-core-jvm";
/// The folder of the release that is a Maven repository.
pub(super) const REPOSITORY: &str = "maven";

pub(super) fn make(places: &Places, record: &mut Record) -> Result<(), Failure> {
    kotlin::prepare().map_err(Failure::NotHere)?;
    let target = Target::host()?;
    let folder = jna_folder(&target.triple)
        .ok_or_else(|| Failure::NotHere(format!("JNA has no folder for {}.", target.triple)))?;
    let built = target.build()?;
    let natives = places.work.join("natives");
    // What it says was said when the library itself was made.
    target.ship(&built, &natives.join(folder).join(&built.file_name))?;
    let generated = places.work.join("generated");
    library::generate("kotlin", &built, &generated)?;

    let repository = places.out.join(REPOSITORY);
    let mut deploy = maven(&shell::root().join(PROJECT));
    deploy.arg("deploy").arg(maven::destination(&repository));
    deploy.arg(format!("-Dgenerated={}", generated.display()));
    deploy.arg(format!("-Dmember.build={}", places.work.join("kotlin").display()));
    deploy.arg(format!("-Dmember.natives={}", natives.display()));
    shell::run(&mut deploy)?;
    maven::finish(&places.out, REPOSITORY, ARTIFACT, record)?;
    Ok(use_it(places, &repository)?)
}

/// Compiles a small program against what was just published, and runs it in a JVM of its own: the artifact must be enough.
fn use_it(places: &Places, repository: &Path) -> Result<(), String> {
    let local = maven::local_repository(&places.work.join("repository"))?;
    let build = places.work.join("consumer");
    let class_path = build.join("class-path");
    let mut compile = maven(&shell::root().join(CONSUMER));
    compile.args(["compile", "dependency:build-classpath"]);
    compile.arg(format!("-Dmaven.repo.local={}", local.display()));
    compile.arg(format!("-Dmember.repository={}", maven::url(repository)));
    compile.arg(format!("-Dmember.build={}", build.display()));
    compile.arg(format!("-Dmdep.outputFile={}", class_path.display()));
    shell::run(&mut compile)?;

    let libraries = fs::read_to_string(&class_path).map_err(|error| format!("{}: {error}", class_path.display()))?;
    let mut program = shell::program("java");
    program.arg("-cp").arg(format!("{}:{}", build.join("classes").display(), libraries.trim())).arg("consumer.MainKt");
    let said = shell::output(program.arg(places.work.join("member")))?;
    println!("{}", said.trim_end());
    let wanted = format!("member-core {}", env!("CARGO_PKG_VERSION"));
    if said.lines().any(|line| line == wanted) {
        Ok(())
    } else {
        Err(format!("a program that uses the artifact did not say \"{wanted}\""))
    }
}

/// Where JNA looks for the library of this target, within a jar.
fn jna_folder(triple: &str) -> Option<PathBuf> {
    let architecture = match triple.split('-').next()? {
        "x86_64" => "x86-64",
        "aarch64" => "aarch64",
        _ => return None,
    };
    let system = if triple.contains("-linux-gnu") {
        "linux"
    } else if triple.ends_with("-apple-darwin") {
        "darwin"
    } else {
        return None;
    };
    Some(PathBuf::from(format!("{system}-{architecture}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_lies_where_jna_looks() {
        assert_eq!(jna_folder("x86_64-unknown-linux-gnu"), Some("linux-x86-64".into()));
        assert_eq!(jna_folder("aarch64-apple-darwin"), Some("darwin-aarch64".into()));
        assert_eq!(jna_folder("aarch64-linux-android"), None);
        assert_eq!(jna_folder("x86_64-pc-windows-msvc"), None);
    }
}
