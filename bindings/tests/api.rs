//! The exported interface is the reviewed one, api.txt (`UPDATE_EXPECT=1` accepts a change), and versions are the same wherever they
//! stand.

use std::path::PathBuf;

use expect_test::expect_file;

/// The shared library that cargo built for this test: its metadata is what Kotlin and Swift are generated from.
fn library() -> PathBuf {
    let name = format!("{}member_ffi{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let test = std::env::current_exe().expect("this test's own path");
    let folders = test.ancestors().skip(1).take(2);
    let found = folders.map(|folder| folder.join(&name)).find(|path| path.is_file());
    found.expect("the library beside its tests")
}

#[test]
fn the_exported_interface_is_the_reviewed_one() {
    let api = member_bindgen::api(&library()).expect("the library's metadata");
    expect_file!["../api.txt"].assert_eq(&api);
}

fn kotlin(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("kotlin").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between these two, the first time.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before}")).1;
    rest.split_once(after).unwrap_or_else(|| panic!("no {after}")).0
}

#[test]
fn the_version_is_the_same_in_every_language() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(member_ffi::core_version(), version);
    let source = kotlin("src/main/kotlin/dev/membercore/MemberCore.kt");
    assert_eq!(between(&source, "VERSION: String = \"", "\""), version);
    assert_eq!(between(&kotlin("pom.xml"), "<artifactId>member-core-jvm</artifactId>\n  <version>", "<"), version);
    assert_eq!(between(&kotlin("build.gradle.kts"), "\nversion = \"", "\""), version);
}

#[test]
fn maven_and_gradle_take_the_same_versions() {
    let (maven, gradle) = (kotlin("pom.xml"), kotlin("build.gradle.kts"));
    for (property, before) in [
        ("kotlin", "kotlin(\"jvm\") version \""),
        ("coroutines", "kotlinx-coroutines-core-jvm:"),
        ("jna", "net.java.dev.jna:jna:"),
        ("junit", "org.junit.jupiter:junit-jupiter:"),
        ("zxing", "com.google.zxing:core:"),
        ("json", "kotlinx-serialization-json-jvm:"),
    ] {
        let wanted = between(&maven, &format!("<{property}.version>"), "<");
        assert_eq!(between(&gradle, before, "\""), wanted, "{property}");
    }
}
