//! `cargo xtask apk`: the Android app as a file that a device installs, put together without Gradle: D8, aapt2's package, aligned, signed
//! with a key for debugging. Knows the parts of an APK, not what the app does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::{android, bindings, shell};

/// Programs beside Maven and the JDK, which Debian has in packages of the same names.
const PROGRAMS: [&str; 4] = ["zip", "unzip", "zipalign", "apksigner"];
/// Of the parts of devices that JNA knows, those that Android still has.
const ABIS: [&str; 4] = ["arm64-v8a", "armeabi-v7a", "x86", "x86_64"];
/// What a class path carries beside classes that no device needs.
const LEFT_OUT: [&str; 9] = [
    "*.class",
    "META-INF/MANIFEST.MF",
    "META-INF/*.kotlin_module",
    "META-INF/versions/*",
    "META-INF/proguard/*",
    "META-INF/com.android.tools/*",
    "META-INF/maven/*",
    "*.knm",
    "com/sun/jna/*",
];

/// Builds the APK and says what is in it.
pub(crate) fn run() -> ExitCode {
    match prepare().and_then(|()| make()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn prepare() -> Result<(), String> {
    android::prepare()?;
    let missing: Vec<_> = PROGRAMS.into_iter().filter(|name| !there(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let root = shell::output(shell::program("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if root && there("apt-get") {
        println!("{} missing: installing with apt-get", missing.join(", "));
        shell::run(shell::program("apt-get").arg("update"))?;
        let mut install = shell::program("apt-get");
        install.args(["install", "-y", "--no-install-recommends"]).args(&missing);
        shell::run(install.env("DEBIAN_FRONTEND", "noninteractive"))?;
        if missing.iter().all(|name| there(name)) {
            return Ok(());
        }
    }
    Err(format!("An APK is put together with {}, and these are missing: {}.", PROGRAMS.join(", "), missing.join(", ")))
}

fn there(program: &str) -> bool {
    shell::succeeds(shell::program("sh").args(["-c", &format!("command -v {program}")]))
}

fn make() -> Result<(), String> {
    bindings::generate(&bindings::build(&[])?)?;
    let target = android::app().join("target");
    android::remove(&target.join("classes"))?;
    shell::run(&mut android::maven("process-classes"))?;

    let pom = read(&android::app().join("pom.xml"))?;
    let of_pom = |name: &str| android::property(&pom, name).ok_or_else(|| format!("pom.xml has no {name}"));
    let min = of_pom("android.minSdk")?;
    let work = target.join("android");
    let out = work.join("apk");
    android::remove(&out)?;
    fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;

    let class_path = read(&work.join("runtime-classpath.txt"))?;
    dex(&work, &out, &target.join("classes"), &class_path, &min, &of_pom("r8.version")?)?;
    let unaligned = out.join("unaligned.apk");
    let resources = work.join("main/resources.ap_");
    fs::copy(&resources, &unaligned).map_err(|error| format!("{}: {error}", resources.display()))?;
    add(&unaligned, &out, &["-q", "-X"], "classes*.dex")?;
    if work.join("main/assets").read_dir().is_ok_and(|mut assets| assets.next().is_some()) {
        add(&unaligned, &work.join("main"), &["-q", "-X", "-D", "-r"], "assets")?;
    }
    add(&unaligned, &java_resources(&out, &class_path)?, &["-q", "-X", "-D", "-r"], ".")?;
    let ours = native_libraries(&out, &work)?;
    // Stored, so that Android maps them from the file; zipalign puts them on pages.
    add(&unaligned, &out.join("native"), &["-q", "-X", "-D", "-r", "-0"], "lib")?;

    let apk = out.join("member-debug.apk");
    shell::run(shell::program("zipalign").args(["-f", "-p", "4"]).args([&unaligned, &apk]))?;
    sign(&target, &apk, &min)?;
    shell::run(shell::program("zipalign").args(["-c", "-p", "4"]).arg(&apk))?;
    shell::run(shell::program("apksigner").args(["verify", "--min-sdk-version", &min]).arg(&apk))?;
    let size = fs::metadata(&apk).map_err(|error| format!("{}: {error}", apk.display()))?.len();
    println!("{}: {size} bytes, aligned, signed with a key for debugging, {ours}", apk.display());
    Ok(())
}

/// Classes as Android runs them.
fn dex(work: &Path, out: &Path, classes: &Path, class_path: &str, min: &str, r8: &str) -> Result<(), String> {
    let tools = work.join("tools");
    let mut maven = shell::program("mvn");
    maven.args(["--batch-mode", "--quiet", "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy"]);
    maven.arg(format!("-Dartifact=com.android.tools:r8:{r8}"));
    shell::run(maven.arg(format!("-DoutputDirectory={}", tools.display())))?;
    let jar = out.join("app.jar");
    add(&jar, classes, &["-q", "-X", "-D", "-r"], ".")?;
    let framework = read(&work.join("framework.txt"))?;
    let mut d8 = shell::program("java");
    d8.args(["-Xmx2g", "-cp"]).arg(tools.join(format!("r8-{r8}.jar")));
    d8.args(["com.android.tools.r8.D8", "--release", "--min-api", min]);
    // The framework has no java.* of its own.
    d8.arg("--lib").arg(java_home()?).args(["--lib", framework.trim(), "--output"]).arg(out).arg(&jar);
    println!("D8 turns the classes into those of Android, which takes 2 to 3 minutes");
    shell::run(d8.args(class_path.lines()))
}

/// The folder of the JDK that `java` is of.
fn java_home() -> Result<PathBuf, String> {
    let mut java = shell::program("sh");
    java.args(["-c", "java -XshowSettings:properties -version 2>&1"]);
    let said = shell::output(&mut java)?;
    let home = said.lines().find_map(|line| line.trim().strip_prefix("java.home = "));
    home.map(PathBuf::from).ok_or_else(|| "java does not say where it is".to_owned())
}

/// What libraries carry beside their classes, such as lists of services; the first of a name counts.
fn java_resources(out: &Path, class_path: &str) -> Result<PathBuf, String> {
    let folder = out.join("java");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for jar in class_path.lines() {
        // It fails where nothing is left of an archive, which is no failure here.
        let mut unzip = shell::program("unzip");
        unzip.args(["-qno", jar, "-d"]).arg(&folder).arg("-x").args(LEFT_OUT);
        shell::succeeds(&mut unzip);
    }
    Ok(folder)
}

/// JNA's own libraries, and the core for those devices for which it was built. Says for which.
fn native_libraries(out: &Path, work: &Path) -> Result<String, String> {
    let mut ours = Vec::new();
    let core = shell::root().join("target/package-work/jni");
    for abi in ABIS {
        let to = out.join("native/lib").join(abi);
        fs::create_dir_all(&to).map_err(|error| format!("{}: {error}", to.display()))?;
        let archives = fs::read_dir(work.join("aar")).into_iter().flatten().flatten();
        let folders = archives.map(|aar| aar.path().join("jni").join(abi)).chain([core.join(abi)]);
        for file in folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
            let name = file.file_name();
            if name.to_string_lossy().contains("member_ffi") {
                ours.push(abi);
            }
            fs::copy(file.path(), to.join(&name)).map_err(|error| format!("{}: {error}", file.path().display()))?;
        }
    }
    Ok(if ours.is_empty() {
        "without the core, which `cargo xtask package` builds for devices where there is an NDK".to_owned()
    } else {
        format!("with the core for {}", ours.join(", "))
    })
}

fn sign(target: &Path, apk: &Path, min: &str) -> Result<(), String> {
    // A key of this machine and of no value: what is signed with it is for trying out.
    let key = target.join("debug.keystore");
    if !key.exists() {
        let mut keytool = shell::program("keytool");
        keytool
            .args(["-genkeypair", "-keystore"])
            .arg(&key)
            .args("-storepass android -keypass android -alias debug".split(' '));
        keytool.args("-keyalg RSA -keysize 2048 -validity 10000 -dname CN=debug".split(' '));
        shell::run(&mut keytool)?;
    }
    let mut signer = shell::program("apksigner");
    signer.args(["sign", "--ks"]).arg(&key).args(["--ks-pass", "pass:android", "--min-sdk-version", min]);
    shell::run(signer.arg(apk))
}

/// Adds what `from` names in `folder` to the archive.
fn add(archive: &Path, folder: &Path, options: &[&str], from: &str) -> Result<(), String> {
    let mut zip = shell::program("sh");
    // A shell, for the names of several files.
    let command = format!("exec zip {} \"$0\" {from}", options.join(" "));
    shell::run(zip.args(["-c", &command]).arg(archive).current_dir(folder))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
