//! The workflows under .github, as far as they can be held to the tree without running them: they parse, take only what is
//! pinned, may do no more than they must, and call tasks that exist. Knows nothing of what the tasks do.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clap::Parser as _;
use serde_norway::Value;

use crate::{Arguments, shell};

/// The files by their names.
fn workflows() -> BTreeMap<String, String> {
    let folder = shell::root().join(".github/workflows");
    let entries = fs::read_dir(folder).expect("the folder of workflows").flatten();
    let text = |path: &Path| fs::read_to_string(path).expect("a workflow");
    entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), text(&entry.path()))).collect()
}

fn parsed(text: &str) -> Value {
    serde_norway::from_str(text).expect("YAML")
}

/// The steps of all jobs; a job that calls another workflow has none.
fn steps(workflow: &Value) -> Vec<&Value> {
    let jobs = workflow["jobs"].as_mapping().expect("jobs");
    jobs.values().filter_map(|job| job["steps"].as_sequence()).flatten().collect()
}

fn findings(workflow: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    if workflow["permissions"] != parsed("contents: read") {
        findings.push("a workflow may read the tree, and a job says what else it needs".to_owned());
    }
    for job in workflow["jobs"].as_mapping().expect("jobs").values() {
        if job["uses"].is_null() && job["timeout-minutes"].is_null() {
            findings.push("a job without an end".to_owned());
        }
    }
    for step in steps(workflow) {
        if let Some(action) = step["uses"].as_str() {
            let version = action.split_once('@').map(|(_, version)| version).unwrap_or_default();
            let major = version.strip_prefix('v').is_some_and(|number| number.parse::<u32>().is_ok());
            let commit = version.len() == 40 && version.chars().all(|c| c.is_ascii_hexdigit());
            if !major && !commit {
                findings.push(format!("{action} is not pinned"));
            }
            if action.starts_with("actions/checkout@") && step["with"]["persist-credentials"] != Value::Bool(false) {
                findings.push(format!("{action} leaves a token behind"));
            }
        }
        for path in step["run"].as_str().unwrap_or_default().split_whitespace().map(Path::new) {
            if path.extension().is_some_and(|end| end == "yml") && !shell::root().join(path).is_file() {
                findings.push(format!("{} is not there", path.display()));
            }
        }
        for line in step["run"].as_str().unwrap_or_default().lines().filter(|line| line.contains("cargo xtask")) {
            if let Err(error) = Arguments::try_parse_from(line.split_whitespace().skip(1)) {
                findings.push(format!("`{line}`: {}", error.kind()));
            }
        }
    }
    findings
}

#[test]
fn workflows_take_what_is_pinned_and_call_what_exists() {
    let bad = parsed(
        "permissions: write-all\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@main\n      - run: cargo xtask fly\n      \
         - run: some tool/of.yml\n",
    );
    assert_eq!(findings(&bad).len(), 6, "{:?}", findings(&bad));
    let workflows = workflows();
    assert_eq!(workflows.keys().collect::<Vec<_>>(), ["release.yml", "test.yml"]);
    for (name, text) in workflows {
        let workflow = parsed(&text);
        assert!(steps(&workflow).len() > 3, "{name}");
        assert_eq!(findings(&workflow), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn gradle_is_that_of_the_wrapper() {
    let properties = shell::root().join("android/gradle/wrapper/gradle-wrapper.properties");
    let properties = fs::read_to_string(properties).expect("the wrapper's properties");
    let release = parsed(&workflows()["release.yml"]);
    let versions: Vec<_> = steps(&release).iter().filter_map(|step| step["with"]["gradle-version"].as_str()).collect();
    assert_eq!(versions.len(), 1);
    assert!(properties.contains(&format!("/gradle-{}-bin.zip", versions[0])), "{versions:?}");
}
