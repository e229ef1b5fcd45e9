//! The library for Apple's platforms as one XCFramework, and the Swift package that names it by its checksum. Knows Xcode's
//! tools, not what is in the library.

use std::fs;
use std::path::{Path, PathBuf};

use super::library::{self, Built, Kind, Target};
use super::record::{Record, sha256};
use super::zip::{Entry, archive};
use super::{Failure, Places, read_text, write};
use crate::shell;

/// As the Swift package calls it.
const NAME: &str = "MemberCoreFFI";
/// What UniFFI generates, by `module_name` of uniffi.toml.
const GENERATED: &str = "MemberCoreBridge.swift";
const PACKAGE: &str = "bindings/swift";
/// The line of the manifest that a release fills in.
const UNRELEASED: &str = "let released: (url: String, checksum: String)? = nil\n";
/// Where the archive will be found: the folder's address, without the name of the file.
const ADDRESS: &str = "MEMBER_CORE_RELEASE_URL";

/// Targets whose libraries are one file: a platform, with a processor each.
struct Slice {
    name: &'static str,
    triples: &'static [&'static str],
}

const SLICES: [Slice; 3] = [
    Slice { name: "ios", triples: &["aarch64-apple-ios"] },
    Slice { name: "ios-simulator", triples: &["aarch64-apple-ios-sim", "x86_64-apple-ios"] },
    Slice { name: "macos", triples: &["aarch64-apple-darwin", "x86_64-apple-darwin"] },
];

pub(super) fn make(places: &Places, record: &mut Record) -> Result<(), Failure> {
    if !cfg!(target_os = "macos") || !shell::succeeds(shell::program("xcodebuild").arg("-version")) {
        return Err(Failure::NotHere(
            "The XCFramework needs a Mac with Xcode: `xcodebuild -version` must run.".to_owned(),
        ));
    }
    let package = shell::root().join(PACKAGE);
    let platforms = platforms(&read_text(&package.join("Package.swift"))?)?;
    for triple in SLICES.iter().flat_map(|slice| slice.triples) {
        library::need_target(triple).map_err(Failure::NotHere)?;
    }

    let framework = places.work.join(format!("{NAME}.xcframework"));
    let mut create = shell::program("xcodebuild");
    create.arg("-create-xcframework");
    let generated = places.work.join("generated-swift");
    for slice in &SLICES {
        let mut libraries = Vec::new();
        for triple in slice.triples {
            libraries.push(target(triple, &platforms).build()?);
        }
        if !generated.exists() {
            let built = libraries.first().ok_or_else(|| "no target was built".to_owned())?;
            library::generate("swift", built, &generated)?;
            headers(&generated, &places.work.join("headers"))?;
        }
        create.arg("-library").arg(joined(places, slice, &libraries)?);
        create.arg("-headers").arg(places.work.join("headers"));
    }
    shell::run(create.arg("-output").arg(&framework))?;

    let packed = archive(Entry::folder(&format!("{NAME}.xcframework"), &framework)?)?;
    let file = format!("{NAME}-{}.xcframework.zip", env!("CARGO_PKG_VERSION"));
    write(&places.out.join(&file), &packed)?;
    record.add("the library for Apple's platforms", file.clone());
    // What SwiftPM calls the checksum of a binary target.
    let checksum = sha256(&packed);
    println!("{file}: {} bytes, checksum {checksum}", super::grouped(packed.len()));

    let Ok(address) = std::env::var(ADDRESS) else {
        println!("The Swift package was not written: {ADDRESS} says where the archive will be found, and is not set.");
        return Ok(());
    };
    let url = format!("{}/{file}", address.trim_end_matches('/'));
    let swift = swift_package(&package, &generated, &url, &checksum)?;
    let file = format!("member-core-swift-{}.zip", env!("CARGO_PKG_VERSION"));
    write(&places.out.join(&file), &archive(swift)?)?;
    record.add("the Swift package that takes it", file);
    Ok(())
}

/// Libraries of one platform as one file.
fn joined(places: &Places, slice: &Slice, libraries: &[Built]) -> Result<PathBuf, String> {
    let path = places.work.join(slice.name).join("libmember_ffi.a");
    fs::create_dir_all(places.work.join(slice.name)).map_err(|error| format!("{}: {error}", slice.name))?;
    let mut lipo = shell::program("lipo");
    lipo.arg("-create").args(libraries.iter().map(|built| &built.path)).arg("-output").arg(&path);
    shell::run(&mut lipo)?;
    Ok(path)
}

/// The header and the module map, called as compilers look for it.
fn headers(generated: &Path, folder: &Path) -> Result<(), String> {
    for (from, to) in [("h", format!("{NAME}.h")), ("modulemap", "module.modulemap".to_owned())] {
        let text = read_text(&generated.join(format!("{NAME}.{from}")))?;
        write(&folder.join(to), text.as_bytes())?;
    }
    Ok(())
}

fn target(triple: &str, platforms: &Platforms) -> Target {
    let (variable, version) = if triple.ends_with("-darwin") {
        ("MACOSX_DEPLOYMENT_TARGET", &platforms.macos)
    } else {
        ("IPHONEOS_DEPLOYMENT_TARGET", &platforms.ios)
    };
    Target {
        triple: triple.to_owned(),
        kind: Kind::Static,
        environment: vec![(variable.to_owned(), format!("{version}.0"))],
        strip: "strip".into(),
    }
}

/// The oldest systems, as the package's manifest names them.
#[derive(Debug, PartialEq, Eq)]
struct Platforms {
    ios: String,
    macos: String,
}

fn platforms(manifest: &str) -> Result<Platforms, String> {
    let version = |platform: &str| {
        let rest = manifest.split_once(&format!(".{platform}(.v"));
        let rest = rest.ok_or_else(|| format!("Package.swift names no version of {platform}"))?.1;
        Ok::<_, String>(rest.chars().take_while(char::is_ascii_digit).collect::<String>())
    };
    Ok(Platforms { ios: version("iOS")?, macos: version("macOS")? })
}

/// The package as an app takes it: the manifest with the archive's address, our sources and the generated one, no tests.
fn swift_package(package: &Path, generated: &Path, url: &str, checksum: &str) -> Result<Vec<Entry>, String> {
    let top = format!("member-core-swift-{}", env!("CARGO_PKG_VERSION"));
    let manifest = released(&read_text(&package.join("Package.swift"))?, url, checksum)?;
    let mut entries = Entry::folder(&format!("{top}/Sources"), &package.join("Sources"))?;
    // What the tree has of these two may be of another build; the header is in the archive.
    let (swift, header) = (format!("{top}/Sources/MemberCoreBridge/Generated/"), format!("{top}/Sources/{NAME}/"));
    entries.retain(|entry| !entry.name.starts_with(&swift) && !entry.name.starts_with(&header));
    entries.push(Entry::file(format!("{swift}{GENERATED}"), &generated.join(GENERATED))?);
    entries.push(Entry::new(format!("{top}/Package.swift"), manifest));
    Ok(entries)
}

/// The manifest with the archive of a release in it.
fn released(manifest: &str, url: &str, checksum: &str) -> Result<String, String> {
    let filled = format!(
        "let released: (url: String, checksum: String)? = (\n    url: \"{url}\",\n    checksum: \"{checksum}\"\n)\n"
    );
    if manifest.matches(UNRELEASED).count() == 1 {
        Ok(manifest.replace(UNRELEASED, &filled))
    } else {
        Err(format!("Package.swift has no line `{}` to fill in", UNRELEASED.trim_end()))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_manifest_names_the_archive_of_the_release() {
        let text = format!("import PackageDescription\n{UNRELEASED}let package = Package()\n");
        let filled = released(&text, "https://example.org/a.zip", "abc").expect("filled in");
        expect![[r#"
            import PackageDescription
            let released: (url: String, checksum: String)? = (
                url: "https://example.org/a.zip",
                checksum: "abc"
            )
            let package = Package()
        "#]]
        .assert_eq(&filled);
        assert!(released(&filled, "again", "abc").is_err());
    }

    #[test]
    fn the_oldest_systems_are_those_of_the_manifest() {
        let manifest = "platforms: [.iOS(.v17), .macOS(.v14)],";
        let found = platforms(manifest).expect("versions");
        assert_eq!(found, Platforms { ios: "17".into(), macos: "14".into() });
        let target = target("aarch64-apple-ios-sim", &found);
        assert_eq!(target.environment, [("IPHONEOS_DEPLOYMENT_TARGET".to_owned(), "17.0".to_owned())]);
        assert!(platforms("platforms: []").is_err());
    }

    #[test]
    fn an_app_gets_the_sources_and_what_is_generated_but_no_tests() {
        let folder = tempfile::tempdir().expect("a folder");
        let package = folder.path().join("package");
        let generated = folder.path().join("generated");
        for (path, text) in [
            ("package/Package.swift", UNRELEASED),
            ("package/Sources/MemberCore/MemberWallet.swift", "wallet"),
            ("package/Sources/MemberCoreBridge/Generated/MemberCoreBridge.swift", "of an older build"),
            ("package/Sources/MemberCoreFFI/module.modulemap", "of an older build"),
            ("package/Tests/MemberCoreTests/WalletTests.swift", "tests"),
            ("generated/MemberCoreBridge.swift", "generated"),
        ] {
            write(&folder.path().join(path), text.as_bytes()).expect("a file");
        }
        let entries = swift_package(&package, &generated, "https://example.org/a.zip", "abc").expect("a package");
        let version = env!("CARGO_PKG_VERSION");
        let mut found: Vec<_> = entries
            .iter()
            .map(|entry| (entry.name.replace(version, "VERSION"), String::from_utf8_lossy(&entry.bytes).into_owned()))
            .collect();
        found.sort();
        assert_eq!(
            found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            [
                "member-core-swift-VERSION/Package.swift",
                "member-core-swift-VERSION/Sources/MemberCore/MemberWallet.swift",
                "member-core-swift-VERSION/Sources/MemberCoreBridge/Generated/MemberCoreBridge.swift",
            ]
        );
        assert_eq!(found[2].1, "generated");
        assert!(found[0].1.contains("https://example.org/a.zip"));
    }
}
