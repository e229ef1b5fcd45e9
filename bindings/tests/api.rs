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

/// A file of the tree.
fn tree(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn kotlin(file: &str) -> String {
    tree(&format!("bindings/kotlin/{file}"))
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
    for (file, before, after) in [
        ("bindings/kotlin/src/main/kotlin/dev/membercore/MemberCore.kt", "VERSION: String = \"", "\""),
        ("bindings/kotlin/pom.xml", "<artifactId>member-core-jvm</artifactId>\n  <version>", "<"),
        ("bindings/kotlin/build.gradle.kts", "\nversion = \"", "\""),
        ("bindings/kotlin/aar/pom.xml", "<artifactId>member-core-android</artifactId>\n  <version>", "<"),
        // It asks for the library in its own version.
        ("bindings/kotlin/consumer/pom.xml", "<artifactId>consumer</artifactId>\n  <version>", "<"),
        ("bindings/swift/Sources/MemberCore/MemberCore.swift", "static let version = \"", "\""),
        ("android/app/build.gradle.kts", "versionName = \"", "\""),
        ("ios/App/project.yml", "MARKETING_VERSION: ", "\n"),
    ] {
        assert_eq!(between(&tree(file), before, after), version, "{file}");
    }
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
    // What is published for Android is built from the same sources, and what tries the published library by the same compiler.
    let (aar, consumer) = (kotlin("aar/pom.xml"), kotlin("consumer/pom.xml"));
    for (property, text, before) in [
        ("kotlin", &aar, "<artifactId>kotlin-stdlib</artifactId><version>"),
        ("coroutines", &aar, "<artifactId>kotlinx-coroutines-core-jvm</artifactId><version>"),
        ("jna", &aar, "<artifactId>jna</artifactId><version>"),
        ("kotlin", &consumer, "<kotlin.version>"),
    ] {
        let wanted = between(&maven, &format!("<{property}.version>"), "<");
        assert_eq!(between(text, before, "<"), wanted, "{property}");
    }
}
