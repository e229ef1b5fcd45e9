//! Compiles SQLCipher's amalgamation together with the provider in `provider.c`.

use std::env;

/// rusqlite needs none of what is left out here, and no statement of ours: JSON, dates and authorisers in SQL, statistics for the
/// planner. Without them the library is 76 KB smaller. `SQLCIPHER_OMIT_LOG` keeps SQLCipher off stderr and logcat.
const FLAGS: &[&str] = &[
    "SQLITE_CORE",
    "SQLITE_HAS_CODEC",
    "SQLITE_THREADSAFE=1",
    "SQLITE_DEFAULT_FOREIGN_KEYS=1",
    "SQLITE_DQS=0",
    "SQLITE_DEFAULT_MEMSTATUS=0",
    "SQLITE_OMIT_AUTHORIZATION",
    "SQLITE_OMIT_DATETIME_FUNCS",
    "SQLITE_OMIT_JSON",
    "SQLITE_OMIT_LOAD_EXTENSION",
    "SQLITE_OMIT_DEPRECATED",
    "SQLITE_OMIT_SHARED_CACHE",
    "SQLITE_EXTRA_INIT=sqlcipher_extra_init",
    "SQLITE_EXTRA_SHUTDOWN=sqlcipher_extra_shutdown",
    "SQLCIPHER_CRYPTO_CUSTOM=member_sqlcipher_setup",
    "SQLCIPHER_OMIT_LOG",
    "SQLCIPHER_OMIT_LOG_DEVICE",
    "HAVE_STDINT_H=1",
    "HAVE_USLEEP=1",
    "HAVE_ISNAN",
    "HAVE_LOCALTIME_R",
    "_POSIX_THREAD_SAFE_FUNCTIONS",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=provider.c");
    let android = env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("android");
    let amalgamation = sqlcipher_src::source_dir().join(sqlcipher_src::SOURCE_FILE);

    let mut build = cc::Build::new();
    build.file("provider.c").warnings(false);
    // The profile gives this crate opt-level 3 for the provider; the C code stays small.
    build.opt_level_str("s");
    build.define("SQLCIPHER_AMALGAMATION", format!("\"{}\"", amalgamation.display()).as_str());
    for flag in FLAGS {
        let (name, value) = flag.split_once('=').map_or((*flag, None), |(name, value)| (name, Some(value)));
        build.define(name, value);
    }
    // Temporary tables stay in memory: on the disk they would be in the clear.
    build.define("SQLITE_TEMP_STORE", if android { "3" } else { "2" });
    build.cargo_metadata(false).compile("member_sqlcipher");

    let out_dir = env::var("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    println!("cargo:rustc-link-search=native={out_dir}");
    // libsqlite3-sys does not depend on this crate, so the order on the link line must not matter.
    println!("cargo:rustc-link-lib=static:+whole-archive=member_sqlcipher");
}
