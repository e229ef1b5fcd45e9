//! The exported interface is the reviewed one: api.txt. `UPDATE_EXPECT=1` accepts a change.

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

#[test]
fn every_number_of_the_version_is_the_same() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(member_ffi::core_version(), version);
}
