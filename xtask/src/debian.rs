//! Installs Debian's packages for the steps that need a program. Knows no step.

use crate::shell;

/// Sees to it that a program is there: installs these packages where that is possible, as root on Debian. The error is `advice`.
pub(crate) fn need(program: &str, packages: &[&str], there: fn() -> bool, advice: &str) -> Result<(), String> {
    if there() {
        return Ok(());
    }
    let root = shell::output(shell::program("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if root && shell::succeeds(shell::program("apt-get").arg("--version")) {
        println!("{program} is missing: installing {} with apt-get", packages.join(" and "));
        shell::run(shell::program("apt-get").arg("update"))?;
        let install = ["install", "-y", "--no-install-recommends"];
        shell::run(shell::program("apt-get").args(install).args(packages).env("DEBIAN_FRONTEND", "noninteractive"))?;
        if there() {
            return Ok(());
        }
    }
    Err(advice.to_owned())
}
