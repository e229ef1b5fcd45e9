//! What a built shared library says of itself: what it needs, what it exports, how it is aligned. Knows ELF, not who ships it.

use std::collections::BTreeSet;

use goblin::elf::{Elf, dynamic, program_header, sym};

/// The figures of one library.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// The libraries that the system must have.
    pub(super) needed: Vec<String>,
    /// The functions and data that others may use, without the version of the symbol.
    pub(super) exported: BTreeSet<String>,
    /// Symbols that must come from elsewhere, but of no library in particular.
    pub(super) unbound: BTreeSet<String>,
    /// The smallest alignment of a segment that is loaded.
    pub(super) alignment: u64,
    /// Whether the table of all symbols is still there.
    pub(super) symbols: bool,
    /// The newest version of the C library that it asks for, as `(2, 34)`.
    pub(super) glibc: Option<(u32, u32)>,
}

/// Reads a library.
pub(super) fn facts(bytes: &[u8]) -> Result<Facts, String> {
    let elf = Elf::parse(bytes).map_err(|error| format!("not a readable ELF file: {error}"))?;
    let mut facts = Facts {
        needed: elf.libraries.iter().map(|name| (*name).to_owned()).collect(),
        symbols: !elf.syms.is_empty(),
        ..Facts::default()
    };
    let loaded = elf.program_headers.iter().filter(|header| header.p_type == program_header::PT_LOAD);
    facts.alignment = loaded.map(|header| header.p_align).min().unwrap_or(0);
    if let Some(versions) = &elf.verneed {
        for library in versions {
            for version in &library {
                let name = elf.dynstrtab.get_at(version.vna_name).unwrap_or_default();
                facts.glibc = facts.glibc.max(glibc_version(name));
            }
        }
    }
    for (index, symbol) in elf.dynsyms.iter().enumerate() {
        let name = elf.dynstrtab.get_at(symbol.st_name).unwrap_or_default();
        if name.is_empty() || symbol.st_bind() == sym::STB_LOCAL {
            continue;
        }
        if symbol.st_shndx != 0 {
            facts.exported.insert(name.to_owned());
        } else if symbol.st_bind() != sym::STB_WEAK {
            // 0 is local, 1 global: neither names the library that has it.
            let version = elf.versym.as_ref().and_then(|versions| versions.get_at(index));
            if version.is_none_or(|version| version.vs_val & 0x7fff < 2) {
                facts.unbound.insert(name.to_owned());
            }
        }
    }
    // A library without `DT_SYMTAB` is not one that can be loaded.
    let dynamic = elf.dynamic.as_ref().is_some_and(|list| list.dyns.iter().any(|tag| tag.d_tag == dynamic::DT_SYMTAB));
    if dynamic { Ok(facts) } else { Err("not a shared library".to_owned()) }
}

/// `GLIBC_2.34` is `(2, 34)`.
fn glibc_version(name: &str) -> Option<(u32, u32)> {
    let mut parts = name.strip_prefix("GLIBC_")?.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

/// What a library of ours may be.
pub(super) struct Rules {
    /// The libraries that every system of this kind has.
    pub(super) may_need: &'static [&'static str],
    /// The least alignment of its segments, in bytes.
    pub(super) alignment: u64,
    /// Whether symbols of the system's libraries carry versions, so that an unbound one is one that nothing brings.
    pub(super) versioned: bool,
}

impl Rules {
    /// For the target of this triple, if it is one that has ELF files.
    pub(super) fn of(target: &str) -> Option<Self> {
        if target.contains("-android") {
            // Android 15 has devices with pages of 16 KB, and loads nothing there that is aligned to less.
            let may_need = &["libc.so", "libm.so", "libdl.so", "liblog.so"];
            Some(Self { may_need, alignment: 16_384, versioned: false })
        } else if target.contains("-linux-gnu") {
            let may_need =
                &["libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"];
            Some(Self { may_need, alignment: 4_096, versioned: true })
        } else {
            None
        }
    }

    /// What is wrong with a library that is about to be shipped.
    pub(super) fn findings(&self, facts: &Facts) -> Vec<String> {
        let mut findings = Vec::new();
        let missing = self.may_need.iter().copied().collect::<BTreeSet<_>>();
        for name in facts.needed.iter().filter(|name| !missing.contains(name.as_str())) {
            findings.push(format!("it needs {name}, which not every system of its kind has"));
        }
        if facts.exported.is_empty() {
            findings.push("it exports nothing".to_owned());
        }
        for name in facts.exported.iter().filter(|name| !is_ours(name)) {
            findings.push(format!("it exports {name}, which is not the bridge's"));
        }
        for name in facts.unbound.iter().filter(|_| self.versioned) {
            findings.push(format!("nothing brings the symbol {name}"));
        }
        if facts.alignment < self.alignment {
            findings.push(format!("segments are aligned to {} bytes, not to {}", facts.alignment, self.alignment));
        }
        if facts.symbols {
            findings.push("it still has its symbols: it was not stripped".to_owned());
        }
        findings
    }
}

/// Only what UniFFI calls from the other side, and what SQLCipher's C calls within the library: rustc exports every function
/// that C can name.
fn is_ours(name: &str) -> bool {
    ["ffi_member_ffi_", "uniffi_member_ffi_", "UNIFFI_META_", "member_cipher_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_library_is_held_to_the_rules_of_its_target() {
        let good = Facts {
            needed: vec!["libc.so".to_owned()],
            exported: ["ffi_member_ffi_rustbuffer_free".to_owned()].into(),
            alignment: 16_384,
            ..Facts::default()
        };
        let android = Rules::of("armv7-linux-androideabi").expect("rules");
        assert_eq!(android.findings(&good), Vec::<String>::new());
        let bad = Facts {
            needed: vec!["libc++_shared.so".to_owned(), "libc.so".to_owned()],
            exported: ["sqlite3_open".to_owned()].into(),
            alignment: 4_096,
            symbols: true,
            ..Facts::default()
        };
        expect![[r"
            it needs libc++_shared.so, which not every system of its kind has
            it exports sqlite3_open, which is not the bridge's
            segments are aligned to 4096 bytes, not to 16384
            it still has its symbols: it was not stripped"]]
        .assert_eq(&android.findings(&bad).join("\n"));

        let linux = Rules::of("x86_64-unknown-linux-gnu").expect("rules");
        let unbound = Facts { unbound: ["sqlite3_open".to_owned()].into(), alignment: 4_096, ..Facts::default() };
        expect![[r"
            it exports nothing
            nothing brings the symbol sqlite3_open"]]
        .assert_eq(&linux.findings(&unbound).join("\n"));
        assert!(Rules::of("aarch64-apple-ios").is_none());
    }

    /// A library that a linker made from C, with what the rules look for in it.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_real_library_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let source = folder.path().join("some.c");
        std::fs::write(
            &source,
            "int somewhere_else(void); void *malloc(unsigned long);\n\
             void *ffi_member_ffi_a(void) { return malloc(somewhere_else()); }\n\
             __attribute__((visibility(\"hidden\"))) int inner(void) { return 1; }\n",
        )
        .expect("a file");
        let library = folder.path().join("libsome.so");
        let mut compiler = std::process::Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-Wl,-z,max-page-size=65536", "-o"]).arg(&library).arg(&source);
        crate::shell::output(&mut compiler).expect("cc");
        let facts = facts(&std::fs::read(&library).expect("the library")).expect("facts");
        assert_eq!(facts.needed, ["libc.so.6"]);
        assert!(facts.exported.contains("ffi_member_ffi_a") && !facts.exported.contains("inner"), "{facts:?}");
        assert_eq!(facts.unbound, ["somewhere_else".to_owned()].into());
        assert_eq!(facts.alignment, 65_536);
        assert!(facts.symbols);
        assert!(facts.glibc.is_some_and(|version| version >= (2, 2)), "{facts:?}");
    }

    #[test]
    fn versions_of_the_c_library_are_in_order() {
        assert!(glibc_version("GLIBC_2.4") < glibc_version("GLIBC_2.34"));
        assert_eq!(glibc_version("GLIBC_2.3.4"), Some((2, 3)));
        assert_eq!(glibc_version("GCC_3.0"), None);
        assert!(facts(b"no library").is_err());
    }
}
