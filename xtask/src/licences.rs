//! The licences step: what deny.toml allows, held against everything that `cargo metadata` finds, on all platforms.
//!
//! cargo-deny reads the same file in the public workflow and adds advisories; it takes minutes to install and needs the
//! network, so it is not part of every run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cargo_metadata::semver::{Version, VersionReq};
use cargo_metadata::{CargoOpt, MetadataCommand};
use spdx::{Expression, Licensee, ParseMode};
use toml::{Table, Value};

/// What deny.toml says.
struct Policy {
    allow: Vec<Licensee>,
    /// More licences for one crate: its name and what it may have.
    exceptions: Vec<(String, Vec<Licensee>)>,
    skip: Vec<Skip>,
}

/// A second version of a crate that is put up with.
struct Skip {
    /// As it stands in deny.toml: `name`, `name@1.2.3` or `name:1.2`.
    spec: String,
    name: String,
    versions: VersionReq,
}

/// A package that is built into something of ours.
struct Dependency {
    name: String,
    version: Version,
    license: Option<String>,
}

/// Fails with every finding at once.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let policy = Policy::parse(&read(&root.join("deny.toml"))?)?;
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let dependencies: Vec<_> = metadata
        .packages
        .iter()
        .map(|package| Dependency {
            name: package.name.to_string(),
            version: package.version.clone(),
            license: package.license.clone(),
        })
        .collect();
    let members = metadata
        .workspace_packages()
        .iter()
        .map(|package| Ok((package.name.to_string(), parse_toml(&read(package.manifest_path.as_std_path())?)?)))
        .collect::<Result<Vec<_>, String>>()?;

    let mut findings = policy.licence_findings(&dependencies);
    findings.extend(policy.duplicate_findings(&dependencies));
    findings.extend(declaration_findings(&parse_toml(&read(&root.join("Cargo.toml"))?)?, &members));
    if findings.is_empty() {
        println!("{} packages: licences, versions and declarations are in order", dependencies.len());
        Ok(())
    } else {
        Err(format!("{} findings\n  {}", findings.len(), findings.join("\n  ")))
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

fn parse_toml(text: &str) -> Result<Table, String> {
    text.parse().map_err(|error| format!("malformed TOML: {error}"))
}

impl Policy {
    fn parse(deny_toml: &str) -> Result<Self, String> {
        let file = parse_toml(deny_toml)?;
        let list = |section: &str, key: &str| -> Vec<Value> {
            file.get(section).and_then(|s| s.get(key)).and_then(Value::as_array).cloned().unwrap_or_default()
        };
        let mut exceptions = Vec::new();
        for entry in list("licenses", "exceptions") {
            let allowed = entry.get("allow").and_then(Value::as_array).cloned().unwrap_or_default();
            exceptions.push((text(&entry, "crate")?, licensees(&allowed)?));
        }
        let mut skip = Vec::new();
        for entry in list("bans", "skip") {
            text(&entry, "reason")?;
            skip.push(Skip::parse(&text(&entry, "crate")?)?);
        }
        Ok(Self { allow: licensees(&list("licenses", "allow"))?, exceptions, skip })
    }

    fn licence_findings(&self, dependencies: &[Dependency]) -> Vec<String> {
        let mut findings = Vec::new();
        let mut used = BTreeSet::new();
        for Dependency { name, version, license } in dependencies {
            let Some(license) = license else {
                findings.push(format!("{name} {version} states no licence"));
                continue;
            };
            let expression = match Expression::parse_mode(license, ParseMode::LAX) {
                Ok(expression) => expression,
                Err(error) => {
                    findings.push(format!("{name} {version}: {license:?} is no SPDX expression: {}", error.reason));
                    continue;
                }
            };
            let special =
                self.exceptions.iter().filter(|(crate_name, _)| crate_name == name).flat_map(|(_, allow)| allow);
            let allowed: Vec<_> = self.allow.iter().chain(special).collect();
            for licensee in &allowed {
                if expression.requirements().any(|requirement| licensee.satisfies(&requirement.req)) {
                    used.insert(licensee.to_string());
                }
            }
            if !expression.evaluate(|requirement| allowed.iter().any(|licensee| licensee.satisfies(requirement))) {
                findings.push(format!("{name} {version}: `{license}` cannot be met by what deny.toml allows"));
            }
        }
        for licensee in self.allow.iter().map(ToString::to_string).filter(|name| !used.contains(name)) {
            findings.push(format!("deny.toml allows {licensee}, which no dependency has any more"));
        }
        for (name, _) in self.exceptions.iter().filter(|(name, _)| !dependencies.iter().any(|d| d.name == *name)) {
            findings.push(format!("deny.toml makes an exception for {name}, which is no dependency any more"));
        }
        findings
    }

    fn duplicate_findings(&self, dependencies: &[Dependency]) -> Vec<String> {
        let mut versions: BTreeMap<&str, Vec<&Version>> = BTreeMap::new();
        for dependency in dependencies {
            versions.entry(&dependency.name).or_default().push(&dependency.version);
        }
        let mut findings = Vec::new();
        for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
            let skipped = |version: &Version| self.skip.iter().any(|s| s.name == *name && s.versions.matches(version));
            let left = versions.iter().filter(|version| !skipped(version)).count();
            if left > 1 {
                let all: Vec<_> = versions.iter().map(ToString::to_string).collect();
                findings.push(format!(
                    "{name} is there in versions {}: `cargo tree -i {name}@{}` shows why; agree on one, or list one in [bans] skip \
                     of deny.toml with the reason",
                    all.join(", "),
                    all[0]
                ));
            }
        }
        for skip in &self.skip {
            let there = versions.get(&*skip.name).cloned().unwrap_or_default();
            if there.len() < 2 || !there.iter().any(|version| skip.versions.matches(version)) {
                findings.push(format!("deny.toml skips {}, which is no second version any more", skip.spec));
            }
        }
        findings
    }
}

impl Skip {
    /// cargo-deny's package specs: `name`, `name@1.2.3` (exactly), `name:1.2` (a version requirement).
    fn parse(spec: &str) -> Result<Self, String> {
        let (name, requirement) = match (spec.split_once('@'), spec.split_once(':')) {
            (Some((name, version)), _) => (name, format!("={version}")),
            (None, Some((name, requirement))) => (name, requirement.to_owned()),
            (None, None) => (spec, "*".to_owned()),
        };
        let versions =
            VersionReq::parse(&requirement).map_err(|error| format!("deny.toml: {spec:?} has no version: {error}"))?;
        Ok(Self { spec: spec.to_owned(), name: name.to_owned(), versions })
    }
}

fn text(entry: &Value, key: &str) -> Result<String, String> {
    let value = entry.get(key).and_then(Value::as_str).filter(|value| !value.trim().is_empty());
    value.map(str::to_owned).ok_or_else(|| format!("deny.toml: `{key}` is missing in {entry}"))
}

fn licensees(names: &[Value]) -> Result<Vec<Licensee>, String> {
    names
        .iter()
        .map(|name| {
            let name = name.as_str().ok_or_else(|| format!("deny.toml: {name} is no licence"))?;
            Licensee::parse(name).map_err(|error| format!("deny.toml: {name:?} is no licence: {}", error.reason))
        })
        .collect()
}

/// Every dependency is declared once, in the workspace: members only say `workspace = true`, or are themselves with more
/// features (for their tests). And what is declared there is used.
fn declaration_findings(workspace: &Table, members: &[(String, Table)]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut used = BTreeSet::new();
    for (member, manifest) in members {
        for (name, declaration) in declarations(manifest) {
            if declaration.get("workspace").and_then(Value::as_bool) == Some(true) {
                used.insert(name.clone());
            } else if name != member || declaration.get("path").and_then(Value::as_str) != Some(".") {
                findings.push(format!("{member} declares {name} itself: put it into [workspace.dependencies]"));
            }
        }
    }
    let declared = workspace.get("workspace").and_then(|w| w.get("dependencies")).and_then(Value::as_table);
    for name in declared.into_iter().flat_map(Table::keys).filter(|name| !used.contains(*name)) {
        findings.push(format!("[workspace.dependencies] has {name}, which no member uses"));
    }
    findings
}

/// All dependencies of a manifest, also those for one platform, for the build and for tests.
fn declarations(manifest: &Table) -> Vec<(&String, &Value)> {
    let platforms = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    std::iter::once(manifest)
        .chain(platforms.filter_map(Value::as_table))
        .flat_map(|table| ["dependencies", "dev-dependencies", "build-dependencies"].map(|kind| table.get(kind)))
        .flatten()
        .filter_map(Value::as_table)
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const DENY: &str = r#"
        [licenses]
        allow = ["MIT", "Apache-2.0", "ISC"]
        exceptions = [{ crate = "sqlite", allow = ["blessing"] }]
        [bans]
        skip = [{ crate = "syn:2", reason = "not moved yet" }]
    "#;

    fn dependencies(list: &[(&str, &str, Option<&str>)]) -> Vec<Dependency> {
        list.iter()
            .map(|(name, version, license)| Dependency {
                name: (*name).to_owned(),
                version: version.parse().expect("a version"),
                license: license.map(str::to_owned),
            })
            .collect()
    }

    #[expect(clippy::needless_pass_by_value, reason = "`check(input, expect![...])` reads as the sample that it is")]
    fn check_findings(list: &[(&str, &str, Option<&str>)], expect: Expect) {
        let policy = Policy::parse(DENY).expect("a policy");
        let list = dependencies(list);
        expect.assert_eq(&[policy.licence_findings(&list), policy.duplicate_findings(&list)].concat().join("\n"));
    }

    #[test]
    fn expressions_are_met_or_not() {
        check_findings(
            &[
                ("a", "1.0.0", Some("MIT OR GPL-3.0-only")),
                ("b", "1.0.0", Some("MIT/Apache-2.0")),
                ("c", "1.0.0", Some("(MIT OR Apache-2.0) AND ISC")),
                ("sqlite", "1.0.0", Some("MIT AND blessing")),
                ("syn", "2.0.0", Some("MIT")),
                ("syn", "3.0.0", Some("MIT")),
            ],
            expect![""],
        );
        check_findings(
            &[
                ("a", "1.0.0", Some("MIT AND GPL-3.0-only")),
                ("b", "1.0.0", Some("blessing")),
                ("c", "1.0.0", Some("as you like")),
                ("d", "1.0.0", None),
                ("sqlite", "1.0.0", Some("ISC OR Apache-2.0")),
                ("syn", "2.0.0", Some("MIT")),
                ("syn", "3.0.0", Some("MIT")),
            ],
            expect![[r#"
                a 1.0.0: `MIT AND GPL-3.0-only` cannot be met by what deny.toml allows
                b 1.0.0: `blessing` cannot be met by what deny.toml allows
                c 1.0.0: "as you like" is no SPDX expression: unknown term
                d 1.0.0 states no licence"#]],
        );
    }

    #[test]
    fn duplicates_need_a_reason() {
        check_findings(
            &[
                ("a", "1.0.0", Some("MIT OR Apache-2.0 OR ISC")),
                ("a", "2.0.0", Some("MIT")),
                ("sqlite", "1.0.0", Some("MIT")),
                ("syn", "2.0.0", Some("MIT")),
                ("syn", "3.0.0", Some("MIT")),
                ("syn", "4.0.0", Some("MIT")),
            ],
            expect![[r"
                a is there in versions 1.0.0, 2.0.0: `cargo tree -i a@1.0.0` shows why; agree on one, or list one in [bans] skip of deny.toml with the reason
                syn is there in versions 2.0.0, 3.0.0, 4.0.0: `cargo tree -i syn@2.0.0` shows why; agree on one, or list one in [bans] skip of deny.toml with the reason"]],
        );
        assert!(
            Policy::parse("[bans]\nskip = [{ crate = \"syn:2\" }]").is_err_and(|e| e.contains("`reason` is missing"))
        );
    }

    #[test]
    fn entries_that_are_not_needed_any_more() {
        check_findings(
            &[("a", "1.0.0", Some("MIT OR Apache-2.0")), ("syn", "3.0.0", Some("MIT"))],
            expect![[r"
                deny.toml allows ISC, which no dependency has any more
                deny.toml makes an exception for sqlite, which is no dependency any more
                deny.toml skips syn:2, which is no second version any more"]],
        );
    }

    #[test]
    fn package_specs() {
        let matches = |spec: &str, version: &str| {
            Skip::parse(spec).expect("a spec").versions.matches(&version.parse().expect("a version"))
        };
        assert!(matches("a", "7.0.0"));
        assert!(matches("a@1.2.3", "1.2.3") && !matches("a@1.2.3", "1.2.4"));
        assert!(matches("a:0.2", "0.2.17") && !matches("a:0.2", "0.3.0"));
        assert!(Skip::parse("a@latest").is_err());
    }

    #[test]
    fn dependencies_are_declared_once() {
        let workspace = parse_toml("[workspace.dependencies]\nserde = \"1\"\nunused = \"2\"").expect("TOML");
        let member = parse_toml(
            "[dependencies]\nserde.workspace = true\nurl = \"2\"\n\
             [dev-dependencies]\nmine = { path = \".\", features = [\"x\"] }\nother = { path = \"../other\" }\n\
             [target.'cfg(unix)'.dependencies]\nlibc = { version = \"0.2\" }",
        )
        .expect("TOML");
        expect![[r"
            mine declares url itself: put it into [workspace.dependencies]
            mine declares other itself: put it into [workspace.dependencies]
            mine declares libc itself: put it into [workspace.dependencies]
            [workspace.dependencies] has unused, which no member uses"]]
        .assert_eq(&declaration_findings(&workspace, &[("mine".to_owned(), member)]).join("\n"));
    }
}
