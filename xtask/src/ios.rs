//! The step `ios`: the iOS app's package, compiled and tested against a real backend, and as much of the app's target as can be
//! checked without Xcode: that its sources parse and that its project names what exists. Must not know what is tested.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::swift::{self, Toolchain};
use crate::{bindings, shell};

const FOLDER: &str = "ios";
/// The app's target, beside the package.
const APP: &str = "ios/App";

/// Builds the library and the backend, generates, compiles the package, runs its tests, and reads the app's sources.
pub(crate) fn run() -> Result<(), String> {
    let toolchain = swift::toolchain()?;
    let built = bindings::build(&["member-cli"])?;
    bindings::generate(&built)?;
    let package = toolchain.package(FOLDER, &built);
    package.lint(&["Package.swift", "Sources", "Surface", "Tests", "App"])?;
    package.build()?;
    package.test("iOS")?;
    parse(&toolchain, &shell::root().join(APP))
}

/// On Linux the package has checked the types of the app's target, by declarations of our own; elsewhere it does not know that
/// target. Its syntax is checked everywhere.
fn parse(toolchain: &Toolchain, app: &Path) -> Result<(), String> {
    let entries = fs::read_dir(app).map_err(|error| format!("{}: {error}", app.display()))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let sources = paths.filter(|path| path.extension().is_some_and(|extension| extension == "swift"));
    let mut sources: Vec<_> = sources.filter_map(|path| path.file_name().map(OsStr::to_owned)).collect();
    sources.sort();
    if sources.is_empty() {
        return Err(format!("{} has no sources", app.display()));
    }
    let mut command = toolchain.command(app, &["-frontend", "-parse"], &[]);
    shell::run(command.args(&sources))?;
    println!(
        "{} sources of the app's target parse. Only Xcode compiles them against Apple's frameworks.",
        sources.len()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_norway::Value;

    use super::*;

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn app() -> std::path::PathBuf {
        shell::root().join(APP)
    }

    fn project() -> Value {
        serde_norway::from_str(&read(&app().join("project.yml"))).expect("YAML")
    }

    fn text(value: &Value) -> &str {
        value.as_str().unwrap_or_else(|| panic!("a text: {value:?}"))
    }

    fn entries<'a>(value: &'a Value, name: &str) -> &'a [Value] {
        value[name].as_sequence().unwrap_or_else(|| panic!("a list: {name}"))
    }

    /// What stands below a key in a property list: all texts of its array, or its one text.
    fn listed(list: &str, key: &str) -> Vec<String> {
        let (_, rest) = list.split_once(&format!("<key>{key}</key>")).unwrap_or_else(|| panic!("no {key}"));
        let value = if rest.trim_start().starts_with("<array>") {
            rest.split_once("</array>").expect("its end").0
        } else {
            rest.split_inclusive("</string>").next().unwrap_or_default()
        };
        value
            .split("<string>")
            .skip(1)
            .map(|rest| rest.split_once("</string>").map_or(rest, |(text, _)| text).to_owned())
            .collect()
    }

    #[test]
    fn the_project_names_only_what_exists() {
        let project = project();
        let packages = project["packages"].as_mapping().expect("packages");
        let manifest = |name: &Value| read(&app().join(text(&packages[name]["path"])).join("Package.swift"));
        for (name, _) in packages {
            assert!(manifest(name).contains("let package = Package("), "{name:?}");
        }
        let targets = project["targets"].as_mapping().expect("targets");
        assert_eq!(targets.len(), 1);
        for (_, target) in targets {
            for source in entries(target, "sources") {
                assert!(app().join(text(&source["path"])).exists(), "{source:?}");
            }
            for dependency in entries(target, "dependencies") {
                let product = format!(".library(name: \"{}\"", text(&dependency["product"]));
                assert!(manifest(&dependency["package"]).contains(&product), "{product}");
            }
            let settings = &target["settings"]["base"];
            assert!(app().join(text(&settings["INFOPLIST_FILE"])).is_file());
            let assets = app().join("Assets.xcassets");
            for (setting, kind) in [
                ("ASSETCATALOG_COMPILER_APPICON_NAME", "appiconset"),
                ("ASSETCATALOG_COMPILER_GLOBAL_ACCENT_COLOR_NAME", "colorset"),
            ] {
                let folder = assets.join(format!("{}.{kind}", text(&settings[setting])));
                let contents: serde_json::Value =
                    serde_json::from_str(&read(&folder.join("Contents.json"))).expect("JSON");
                for image in contents["images"].as_array().into_iter().flatten() {
                    assert!(folder.join(image["filename"].as_str().expect("a file")).is_file(), "{image}");
                }
            }
        }
        for scheme in project["schemes"].as_mapping().expect("schemes").values() {
            for (target, _) in scheme["build"]["targets"].as_mapping().expect("its targets") {
                assert!(targets.contains_key(target), "{target:?}");
            }
        }
        let version = &project["settings"]["base"]["MARKETING_VERSION"];
        assert_eq!(text(version), env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn the_app_declares_what_it_does() {
        let info = read(&app().join("Info.plist"));
        let locales = fs::read_dir(shell::root().join("core/src/text/locales")).expect("the core's languages");
        let mut languages: Vec<_> = locales
            .flatten()
            .filter_map(|file| file.file_name().to_str()?.strip_suffix(".ftl").map(str::to_owned))
            .collect();
        languages.sort();
        assert_eq!(listed(&info, "CFBundleLocalizations"), languages);

        // The system refuses a task that is not declared, without a word.
        let refresh = read(&app().join("BackgroundRefresh.swift"));
        let identifiers = listed(&info, "BGTaskSchedulerPermittedIdentifiers");
        assert_eq!(identifiers.len(), 1);
        assert!(refresh.contains(&format!("identifier = \"{}\"", identifiers[0])));
        assert_eq!(listed(&info, "UIBackgroundModes"), ["fetch"]);

        // The server comes from the build settings; cleartext is for this device alone.
        assert_eq!(listed(&info, "MemberServer"), ["$(MEMBER_SERVER)"]);
        assert!(read(&app().join("Host.swift")).contains("\"MemberServer\""));
        assert!(info.contains("<key>NSAllowsLocalNetworking</key>") && !info.contains("NSAllowsArbitraryLoads"));
        let configurations = project()["settings"]["configs"].clone();
        assert!(text(&configurations["Debug"]["MEMBER_SERVER"]).starts_with("http://127.0.0.1:"));
        assert_eq!(text(&configurations["Release"]["MEMBER_SERVER"]), "");
    }

    #[test]
    fn texts_of_a_property_list_are_found() {
        let list =
            "<key>a</key>\n<array>\n<string>x</string>\n<string>y</string>\n</array><key>b</key><string>z</string>";
        assert_eq!(listed(list, "a"), ["x", "y"]);
        assert_eq!(listed(list, "b"), ["z"]);
    }
}
