//! One argument for the linker. Knows nothing of what is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A shared library may be linked with symbols that nothing brings, and fail when it is loaded. Say so here instead.
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os == "linux" || os == "android" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,defs");
    }
}
