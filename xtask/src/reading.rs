//! The step `reading` and the benchmark `read`: pictures of codes on telephones are given to decoders that are not ours. Knows the
//! decoders, not what is in the pictures.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{debian, kotlin, shell};

/// Where the figures stand.
const PAGE: &str = "docs/card-reading.md";
/// What stands before them, up to this line.
const BEGIN: &str = "<!-- Written by `cargo xtask bench read` from here on. -->";

/// Maven and a JDK for ZXing, and zbar; installed where that is possible.
pub(crate) fn prepare() -> Result<(), String> {
    kotlin::prepare()?;
    debian::need(
        "zbar",
        &["zbar-tools"],
        has_zbar,
        "Codes are read by zbar too, and `zbarimg --version` does not run: install it (Debian and Ubuntu: \
         `apt-get install zbar-tools`; macOS: `brew install zbar`).",
    )
}

fn has_zbar() -> bool {
    shell::succeeds(shell::program("zbarimg").arg("--version"))
}

/// The share that nothing disturbs: every decoder must read every code of a kind that it knows.
pub(crate) fn check() -> Result<(), String> {
    let folder = read(&["--share"])?;
    shell::run(example().args(["table".as_ref(), folder.as_os_str(), "--all-read".as_ref()]))
}

/// All pictures, and the page of what was read of them.
pub(crate) fn bench() -> Result<Vec<String>, String> {
    prepare()?;
    let folder = read(&[])?;
    let table = shell::output(example().args(["table".as_ref(), folder.as_os_str()]))?;
    let path = shell::root().join(PAGE);
    let page = fs::read_to_string(&path).map_err(|error| format!("{PAGE}: {error}"))?;
    let (words, _) = page.split_once(BEGIN).ok_or_else(|| format!("{PAGE} has no line `{BEGIN}`"))?;
    let page = format!("{words}{BEGIN}\n\n{}\n", table.trim());
    fs::write(&path, page).map_err(|error| format!("{PAGE}: {error}"))?;
    Ok(vec![format!("read rates in {PAGE}, pictures in {}", folder.display())])
}

/// Pictures, and beside them what each decoder read.
fn read(what: &[&str]) -> Result<PathBuf, String> {
    let folder = shell::target().join("reading");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    shell::run(example().arg("pictures").arg(&folder).args(what))?;
    zxing(&folder)?;
    zbar(&folder)?;
    Ok(folder)
}

fn example() -> std::process::Command {
    shell::cargo("run --quiet --locked -p member-card --example reading --".split(' '))
}

/// Its own library on the JVM, of the version that the Kotlin tests have.
fn zxing(folder: &Path) -> Result<(), String> {
    let pom = shell::root().join("bindings/kotlin/pom.xml");
    let text = fs::read_to_string(&pom).map_err(|error| format!("{}: {error}", pom.display()))?;
    let version = text.split_once("<zxing.version>").and_then(|(_, rest)| rest.split('<').next());
    let version = version.ok_or_else(|| format!("{} has no zxing.version", pom.display()))?;
    let mut maven = shell::program("mvn");
    maven.args(["--batch-mode", "--quiet", "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy"]);
    maven.arg(format!("-Dartifact=com.google.zxing:core:{version}"));
    maven.arg(format!("-DoutputDirectory={}", folder.display())).arg("-Dmdep.stripVersion=true");
    shell::run(&mut maven)?;
    let mut java = shell::program("java");
    java.args(["-Djava.awt.headless=true", "-cp"]).arg(folder.join("core.jar"));
    shell::run(java.arg(shell::root().join("card/tests/reading/Read.java")).arg(folder))
}

fn zbar(folder: &Path) -> Result<(), String> {
    let list = folder.join("pictures.tsv");
    let list = fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
    let names: Vec<&str> = list.lines().filter_map(|line| line.split('\t').next()).collect();
    let mut found = String::new();
    println!("$ zbarimg --xml --quiet --nodbus ... ({} pictures)", names.len());
    for names in names.chunks(200) {
        let mut command = shell::program("zbarimg");
        command.current_dir(folder).args(["--xml", "--quiet", "--nodbus"]).args(names);
        let output = command.output().map_err(|error| format!("zbarimg cannot be started: {error}"))?;
        // 4 says that a picture has no code that it reads.
        if !matches!(output.status.code(), Some(0 | 4)) {
            return Err(format!("zbarimg failed: {}", String::from_utf8_lossy(&output.stderr).trim_end()));
        }
        found.push_str(&found_by_zbar(&String::from_utf8_lossy(&output.stdout)));
    }
    let path = folder.join("zbar.tsv");
    fs::write(&path, found).map_err(|error| format!("{}: {error}", path.display()))
}

/// The first code of each picture, out of what `zbarimg --xml` says.
fn found_by_zbar(said: &str) -> String {
    let mut found = String::new();
    for source in said.split("<source href='").skip(1) {
        let name = source.split('\'').next().unwrap_or_default();
        let data = source.split_once("<![CDATA[").and_then(|(_, rest)| rest.split("]]>").next());
        if let Some(text) = data {
            // Writing to a String cannot fail.
            let _ = writeln!(found, "{name}\t{text}");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_code_of_each_picture_is_found() {
        let said = "<barcodes xmlns='x'>\n<source href='1.png'>\n<index num='0'>\n\
                    <symbol type='QR-Code' quality='1'><data><![CDATA[982]]></data></symbol>\n\
                    <symbol type='EAN-13' quality='9'><data><![CDATA[7]]></data></symbol>\n</index>\n</source>\n\
                    <source href='2.png'>\n</source>\n<source href='3.png'>\n\
                    <index num='0'><symbol><data><![CDATA[A]]></data></symbol></index></source></barcodes>";
        assert_eq!(found_by_zbar(said), "1.png\t982\n3.png\tA\n");
        assert_eq!(found_by_zbar(""), "");
    }
}
