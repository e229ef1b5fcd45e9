//! The Kotlin library for Android: an archive with the classes and the libraries of four ABIs, published into the same folder
//! as the JVM's. Knows the NDK and the layout of an AAR; needs neither Gradle nor the Android SDK.

use std::fs;
use std::path::{Path, PathBuf};

use super::library::{self, Kind, Target};
use super::maven::{self, maven};
use super::record::Record;
use super::zip::{Entry, archive};
use super::{Failure, Places, jvm, read, read_text, write};
use crate::{kotlin, shell};

const ARTIFACT: &str = "member-core-android";
const SOURCES: &str = "bindings/kotlin";
/// What is in the archive as it stands here.
const FILES: &str = "bindings/kotlin/aar";
/// Maven's plugin that publishes files which no project of Maven's built.
const DEPLOY: &str = "org.apache.maven.plugins:maven-deploy-plugin:3.1.4:deploy-file";

/// A processor that Android runs on.
struct Abi {
    /// As Android calls it.
    name: &'static str,
    /// As rustc calls it.
    triple: &'static str,
    /// As the NDK's compiler calls it.
    clang: &'static str,
}

const ABIS: [Abi; 4] = [
    Abi { name: "arm64-v8a", triple: "aarch64-linux-android", clang: "aarch64-linux-android" },
    Abi { name: "armeabi-v7a", triple: "armv7-linux-androideabi", clang: "armv7a-linux-androideabi" },
    Abi { name: "x86_64", triple: "x86_64-linux-android", clang: "x86_64-linux-android" },
    Abi { name: "x86", triple: "i686-linux-android", clang: "i686-linux-android" },
];

pub(super) fn make(places: &Places, record: &mut Record) -> Result<(), Failure> {
    let tools = ndk().map_err(Failure::NotHere)?;
    kotlin::prepare().map_err(Failure::NotHere)?;
    let manifest = read_text(&shell::root().join(FILES).join("AndroidManifest.xml"))?;
    let api = min_sdk(&manifest)?;
    for abi in &ABIS {
        library::need_target(abi.triple).map_err(Failure::NotHere)?;
    }

    let mut libraries = Vec::new();
    let mut generated = None;
    for abi in &ABIS {
        let target = target(abi, &tools, api);
        let built = target.build()?;
        // As Gradle takes them for the app.
        let stripped = places.work.join("jni").join(abi.name).join(&built.file_name);
        for line in target.ship(&built, &stripped)? {
            println!("{line}");
        }
        let symbols = Path::new("symbols").join(&target.triple).join(&built.file_name);
        write(&places.out.join(&symbols), &read(&built.path)?)?;
        record.add("a library with its symbols, to read crashes", symbols);
        libraries.push((abi.name, read(&stripped)?));
        if generated.is_none() {
            let out = places.work.join("generated-android");
            library::generate("kotlin", &built, &out)?;
            generated = Some(out);
        }
    }
    let generated = generated.ok_or_else(|| "no ABI was built".to_owned())?;
    publish(places, &classes(places, &generated)?, &generated, libraries)?;
    Ok(maven::finish(&places.out, jvm::REPOSITORY, ARTIFACT, record)?)
}

/// The classes alone, compiled apart from those of the JVM's artifact.
fn classes(places: &Places, generated: &Path) -> Result<Vec<Entry>, String> {
    let build = places.work.join("kotlin-android");
    let mut compile = maven(&shell::root().join(SOURCES).join("pom.xml"));
    compile.arg("compile").arg(format!("-Dgenerated={}", generated.display()));
    shell::run(compile.arg(format!("-Dmember.build={}", build.display())))?;
    entries_of(&build.join("classes"))
}

/// Writes the archive and what goes with it, and lets Maven put them into the repository.
fn publish(
    places: &Places,
    classes: &[Entry],
    generated: &Path,
    libraries: Vec<(&'static str, Vec<u8>)>,
) -> Result<(), String> {
    let files = shell::root().join(FILES);
    let aar = archive(contents(
        &read_text(&files.join("AndroidManifest.xml"))?,
        &read_text(&files.join("proguard.txt"))?,
        archive(classes.iter().map(|entry| Entry::new(entry.name.clone(), entry.bytes.clone())).collect())?,
        libraries,
    ))?;
    let mut sources = entries_of(&shell::root().join(SOURCES).join("src/main/kotlin"))?;
    sources.extend(entries_of(generated)?);
    let documentation = entries_of(&shell::root().join(SOURCES).join("src/main/javadoc"))?;

    let folder = places.work.join("aar");
    let file = |end: &str| folder.join(format!("{ARTIFACT}{end}"));
    write(&file(".aar"), &aar)?;
    write(&file("-sources.jar"), &archive(sources)?)?;
    write(&file("-javadoc.jar"), &archive(documentation)?)?;
    let mut deploy = shell::program("mvn");
    deploy.args(["--batch-mode", "--quiet", DEPLOY, "-DrepositoryId=release"]);
    deploy.arg(format!("-Durl={}", maven::url(&places.out.join(jvm::REPOSITORY))));
    deploy.arg(format!("-DpomFile={}", files.join("pom.xml").display()));
    for (option, end) in [("file", ".aar"), ("sources", "-sources.jar"), ("javadoc", "-javadoc.jar")] {
        deploy.arg(format!("-D{option}={}", file(end).display()));
    }
    shell::run(&mut deploy)
}

/// Everything in a folder, named from there.
fn entries_of(folder: &Path) -> Result<Vec<Entry>, String> {
    let mut entries = Entry::folder("", folder)?;
    for entry in &mut entries {
        entry.name = entry.name.trim_start_matches('/').to_owned();
    }
    Ok(entries)
}

/// What is in an AAR.
fn contents(manifest: &str, rules: &str, classes: Vec<u8>, libraries: Vec<(&str, Vec<u8>)>) -> Vec<Entry> {
    let mut entries = vec![
        Entry::new("AndroidManifest.xml", manifest),
        Entry::new("classes.jar", classes),
        // No resources, so no numbers for them; the file must be there.
        Entry::new("R.txt", ""),
        Entry::new("proguard.txt", rules),
        Entry::new("META-INF/com/android/build/gradle/aar-metadata.properties", METADATA),
    ];
    let libraries = libraries.into_iter();
    entries.extend(libraries.map(|(abi, bytes)| Entry::new(format!("jni/{abi}/libmember_ffi.so"), bytes)));
    entries
}

/// What Android's build asks of an archive: its own format, and nothing of the app.
const METADATA: &str = "aarFormatVersion=1.0\naarMetadataVersion=1.0\nminCompileSdk=1\n";

/// The oldest Android that the library is built for: the manifest is the one place that says it.
fn min_sdk(manifest: &str) -> Result<u32, String> {
    let found = manifest.split_once("android:minSdkVersion=\"").and_then(|(_, rest)| rest.split('"').next());
    found.and_then(|version| version.parse().ok()).ok_or_else(|| "the manifest names no minSdkVersion".to_owned())
}

/// How one ABI is built with the tools of an NDK.
fn target(abi: &Abi, tools: &Path, api: u32) -> Target {
    let tool = |name: &str| tools.join(name).display().to_string();
    let clang = tool(&format!("{}{api}-clang", abi.clang));
    let name = abi.triple.replace('-', "_");
    Target {
        triple: abi.triple.to_owned(),
        kind: Kind::Shared,
        environment: vec![
            (format!("CARGO_TARGET_{}_LINKER", name.to_uppercase()), clang.clone()),
            (format!("CC_{name}"), clang),
            (format!("AR_{name}"), tool("llvm-ar")),
        ],
        strip: tools.join("llvm-strip"),
    }
}

/// The folder of the NDK's tools.
fn ndk() -> Result<PathBuf, String> {
    let named = ["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT"].iter().filter_map(std::env::var_os).map(PathBuf::from);
    let sdk = ["ANDROID_HOME", "ANDROID_SDK_ROOT"].iter().filter_map(std::env::var_os).map(PathBuf::from);
    let installed = sdk.filter_map(|sdk| newest(&sdk.join("ndk")));
    named.chain(installed).find_map(|ndk| tools(&ndk)).ok_or_else(|| {
        "The AAR needs Android's NDK (27 or later): set ANDROID_NDK_HOME to its folder, or install one with the SDK that \
         ANDROID_HOME names."
            .to_owned()
    })
}

/// Within an NDK, the tools for the machine it was made for: there is one folder of them.
fn tools(ndk: &Path) -> Option<PathBuf> {
    let hosts = fs::read_dir(ndk.join("toolchains/llvm/prebuilt")).ok()?;
    hosts.flatten().map(|host| host.path().join("bin")).find(|bin| bin.is_dir())
}

/// The newest of the versions side by side in a folder.
fn newest(folder: &Path) -> Option<PathBuf> {
    let version = |path: &Path| -> Vec<u32> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.split('.').map_while(|part| part.parse().ok()).collect()
    };
    let versions = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    versions.filter(|path| path.is_dir()).max_by_key(|path| version(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_laid_out_as_android_reads_it() {
        let libraries = ABIS.iter().map(|abi| (abi.name, abi.triple.into())).collect();
        let entries = contents("<manifest/>", "-keep", vec![1], libraries);
        let names: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "AndroidManifest.xml",
                "classes.jar",
                "R.txt",
                "proguard.txt",
                "META-INF/com/android/build/gradle/aar-metadata.properties",
                "jni/arm64-v8a/libmember_ffi.so",
                "jni/armeabi-v7a/libmember_ffi.so",
                "jni/x86_64/libmember_ffi.so",
                "jni/x86/libmember_ffi.so",
            ]
        );
        assert_eq!(entries[8].bytes, b"i686-linux-android");
    }

    #[test]
    fn the_tools_of_the_newest_ndk_are_found() {
        let sdk = tempfile::tempdir().expect("a folder");
        for version in ["9.2.1", "27.2.12479018", "27.0.11718014"] {
            let bin = sdk.path().join("ndk").join(version).join("toolchains/llvm/prebuilt/some-machine/bin");
            fs::create_dir_all(bin).expect("a folder");
        }
        let ndk = newest(&sdk.path().join("ndk")).expect("an NDK");
        assert!(ndk.ends_with("27.2.12479018"), "{}", ndk.display());
        assert!(tools(&ndk).is_some_and(|bin| bin.ends_with("prebuilt/some-machine/bin")));
        assert_eq!(tools(sdk.path()), None);
    }

    #[test]
    fn each_abi_is_built_by_its_own_compiler() {
        let target = target(&ABIS[1], Path::new("/ndk/bin"), 26);
        let variable =
            |name: &str| target.environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let clang = Some("/ndk/bin/armv7a-linux-androideabi26-clang");
        assert_eq!(variable("CARGO_TARGET_ARMV7_LINUX_ANDROIDEABI_LINKER"), clang);
        assert_eq!(variable("CC_armv7_linux_androideabi"), clang);
        assert_eq!(variable("AR_armv7_linux_androideabi"), Some("/ndk/bin/llvm-ar"));
        assert_eq!(target.strip, Path::new("/ndk/bin/llvm-strip"));
    }

    #[test]
    fn the_manifest_says_for_which_android() {
        let manifest = read_text(&shell::root().join(FILES).join("AndroidManifest.xml")).expect("the manifest");
        assert!(min_sdk(&manifest).expect("a version") >= 26);
        assert!(min_sdk("<manifest/>").is_err());
    }
}
