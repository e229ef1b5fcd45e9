//! The step `android`: the app for Android, compiled and tested by Maven on Robolectric, with the real library and a real backend.
//! Knows Maven, not what is tested. Gradle, an SDK or a device are not needed, and not used.

use std::fs;
use std::path::{Path, PathBuf};

use crate::kotlin::{self, Total};
use crate::{bindings, shell};

/// The app's module.
const APP: &str = "android/app";

/// Maven, a JDK, and what the tools in Maven's repository were built for.
pub(crate) fn prepare() -> Result<(), String> {
    // aapt2, which compiles resources, comes as a program of its own for these.
    if !cfg!(any(all(target_os = "linux", target_arch = "x86_64"), target_os = "macos")) {
        return Err("The Android app is compiled here with an aapt2 for Linux on x86-64 or for macOS.".to_owned());
    }
    kotlin::prepare()
}

/// Builds the library and the backend, generates, compiles the app, and runs its tests.
pub(crate) fn run() -> Result<(), String> {
    let built = bindings::build(&["member-cli"])?;
    bindings::generate(&built)?;
    let target = app().join("target");
    for old in ["classes", "test-classes", "surefire-reports", "screenshots"] {
        remove(&target.join(old))?;
    }
    println!(
        "Maven downloads what its local repository does not have yet: about 800 MB the first time, nothing later. \
         After a look at each, new pictures of the screens are taken with -Dscreenshots.record=true in MAVEN_ARGS."
    );
    let mut maven = maven("test");
    maven.arg(format!("-Dmember.library.folder={}", built.display()));
    maven.arg(format!("-Dmember.binary={}", built.join("member").display()));
    maven.args(std::env::var("MAVEN_ARGS").unwrap_or_default().split_whitespace());
    let result = shell::run(&mut maven);
    let total = Total::of(&target.join("surefire-reports"));
    println!("Android: {total}");
    match result {
        Ok(()) if total.tests == 0 => Err("no test was run".to_owned()),
        other => other,
    }
}

/// Maven on the app.
pub(crate) fn maven(goal: &str) -> std::process::Command {
    let mut maven = shell::program("mvn");
    maven.args(["--batch-mode", "--quiet", "--file"]).arg(app().join("pom.xml")).arg(goal);
    maven
}

/// The folder of the app's module.
pub(crate) fn app() -> PathBuf {
    shell::root().join(APP)
}

/// What was compiled from sources that are gone would be there still.
pub(crate) fn remove(path: &Path) -> Result<(), String> {
    if path.exists() {
        fs::remove_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// A property of the app's pom.xml.
pub(crate) fn property(pom: &str, name: &str) -> Option<String> {
    let value = pom.split_once(&format!("<{name}>"))?.1.split_once(&format!("</{name}>"))?.0;
    Some(value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> String {
        fs::read_to_string(shell::root().join(path)).expect("a file of the tree")
    }

    /// The lines of one table of a TOML file, as names and the rest.
    fn table(text: &str, name: &str) -> Vec<(String, String)> {
        let lines = text.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
        let lines = lines.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once(" = "));
        lines.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect()
    }

    fn quoted<'a>(text: &'a str, key: &str) -> Option<&'a str> {
        text.split_once(&format!("{key} = \""))?.1.split('"').next()
    }

    #[test]
    fn a_property_is_found() {
        assert_eq!(property("<a>1</a>\n<b.version> 2 </b.version>", "b.version").as_deref(), Some("2"));
        assert_eq!(property("<a>1</a>", "b"), None);
    }

    /// Gradle and Maven build the app of the same versions; and the library in it is built of the same elsewhere.
    #[test]
    fn versions_are_the_same_for_gradle_and_for_maven() {
        let (pom, catalog) = (read("android/app/pom.xml"), read("android/gradle/libs.versions.toml"));
        let library = read("bindings/kotlin/pom.xml");
        let versions = table(&catalog, "versions");
        assert!(versions.len() > 10, "{versions:?}");
        for (name, version) in &versions {
            // Maven has no Android plugin; its merger of manifests is a part of it, whose version is 23 higher.
            let (key, expected) = match name.as_str() {
                "agp" => {
                    let (major, rest) = version.split_once('.').expect("a version");
                    ("manifest-merger".to_owned(), format!("{}.{rest}", major.parse::<u32>().expect("a number") + 23))
                }
                _ => (name.clone(), version.clone()),
            };
            let found = property(&pom, &format!("{key}.version"));
            assert_eq!(found.as_deref(), Some(&*expected), "{name} in pom.xml");
            if let Some(theirs) = property(&library, &format!("{name}.version")).filter(|_| name != "junit") {
                assert_eq!(&theirs, version, "{name} in bindings/kotlin/pom.xml");
            }
        }
    }

    /// What Gradle takes, Maven takes too: as it is called there, or as the Android part of it is.
    #[test]
    fn dependencies_are_the_same_for_gradle_and_for_maven() {
        let pom = read("android/app/pom.xml");
        let taken = pom.split("</dependencyManagement>").nth(1).expect("dependencies");
        let libraries = table(&read("android/gradle/libs.versions.toml"), "libraries");
        assert!(libraries.len() > 10, "{libraries:?}");
        for (name, library) in libraries {
            // The preview of an editor, which is no part of the app.
            if name == "compose-ui-tooling" {
                continue;
            }
            let (group, artifact) =
                quoted(&library, "module").and_then(|id| id.split_once(':')).expect("group:artifact");
            let taken = ["", "-android"].iter().any(|end| {
                taken.contains(&format!("<groupId>{group}</groupId><artifactId>{artifact}{end}</artifactId>"))
            });
            assert!(taken, "pom.xml does not take {name}, {group}:{artifact}");
        }
    }

    /// The same app: its name, its oldest Android, and where a debug build finds its backend.
    #[test]
    fn gradle_and_maven_build_the_same_app() {
        let (pom, gradle) = (read("android/app/pom.xml"), read("android/app/build.gradle.kts"));
        let of_pom = |name| property(&pom, name).expect("a property");
        assert!(gradle.contains(&format!("applicationId = \"{}\"", of_pom("android.package"))));
        assert!(gradle.contains(&format!("minSdk = {}\n", of_pom("android.minSdk"))));
        assert!(gradle.contains(&format!("getOrElse(\"{}\")", of_pom("android.server"))));
        let version = pom.split_once("<artifactId>member-app</artifactId>").expect("the app").1;
        assert!(gradle.contains(&format!("versionName = \"{}\"", property(version, "version").expect("a version"))));
    }
}
