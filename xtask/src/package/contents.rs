//! What is in a library, by crate: the sizes of its symbols, and of what has no symbol. Knows how names are mangled, not what a
//! crate is for.

use std::collections::BTreeMap;

use goblin::elf::{Elf, section_header, sym};

use super::grouped;

/// Crates that are smaller than this, in bytes, stand in one line together.
const SMALL: usize = 16_384;

/// A table of everything that is in the stripped file of `size` bytes, out of the same library with its symbols.
///
/// A generic function counts for the crate that it is written in, not for the one that made use of it.
pub(super) fn table(library: &[u8], size: usize) -> Result<Vec<String>, String> {
    let elf = Elf::parse(library).map_err(|error| format!("not a readable ELF file: {error}"))?;
    if elf.syms.is_empty() {
        return Err("the library has no symbols to count".to_owned());
    }
    let mut owners: BTreeMap<String, usize> = BTreeMap::new();
    // What the symbols leave over, for each section that is loaded from the file.
    let mut left: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, section) in elf.section_headers.iter().enumerate() {
        let loaded = section.sh_flags & u64::from(section_header::SHF_ALLOC) != 0;
        if loaded && section.sh_type != section_header::SHT_NOBITS {
            left.insert(index, usize::try_from(section.sh_size).unwrap_or(0));
        }
    }
    let mut file = "";
    let mut last = None;
    let mut symbols: Vec<_> = Vec::new();
    for symbol in &elf.syms {
        let name = elf.strtab.get_at(symbol.st_name).unwrap_or_default();
        if symbol.st_type() == sym::STT_FILE {
            file = name;
        } else {
            let of = if symbol.st_bind() == sym::STB_LOCAL { file } else { "" };
            symbols.push((symbol.st_shndx, symbol.st_value, symbol.st_size, symbol.st_type(), name, of));
        }
    }
    // Several names for one function count once.
    symbols.sort_unstable();
    for (section, value, bytes, kind, name, file) in symbols {
        let counted = kind == sym::STT_FUNC || kind == sym::STT_OBJECT;
        if !counted || bytes == 0 || last == Some((section, value)) {
            continue;
        }
        if let Some(rest) = left.get_mut(&section) {
            let bytes = usize::try_from(bytes).unwrap_or(0).min(*rest);
            *rest -= bytes;
            *owners.entry(owner(name, file)).or_default() += bytes;
            last = Some((section, value));
        }
    }
    for (index, bytes) in left {
        let name = elf.shdr_strtab.get_at(elf.section_headers[index].sh_name).unwrap_or_default();
        *owners.entry(unnamed(name).to_owned()).or_default() += bytes;
    }
    Ok(lines(owners, size))
}

/// What a section holds that has no symbols.
fn unnamed(section: &str) -> &'static str {
    match section {
        ".eh_frame" | ".eh_frame_hdr" | ".gcc_except_table" => "(tables for unwinding)",
        ".rodata" => "(texts and constants without a name)",
        ".rela.dyn" | ".rel.dyn" | ".relr.dyn" => "(relocations)",
        ".data.rel.ro" => "(tables of functions)",
        ".dynsym" | ".dynstr" | ".gnu.hash" => "(names of what is exported)",
        _ => "(the rest of the file)",
    }
}

/// The largest first, and what was not counted at the end, so that the whole file is accounted for.
fn lines(owners: BTreeMap<String, usize>, size: usize) -> Vec<String> {
    let (mut large, small): (Vec<_>, Vec<_>) =
        owners.into_iter().partition(|(name, bytes)| *bytes >= SMALL && name != "(the rest of the file)");
    let counted = large.iter().map(|(_, bytes)| bytes).sum::<usize>();
    let crates = small.iter().filter(|(name, _)| !name.starts_with('('));
    let (count, together) = crates.fold((0, 0), |(count, sum), (_, bytes)| (count + 1, sum + bytes));
    large.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    large.push((format!("({count} smaller crates)"), together));
    large.push(("(the rest of the file)".to_owned(), size.saturating_sub(counted + together)));
    let share = |bytes: usize| (bytes * 1_000 + size / 2) / size.max(1);
    large
        .into_iter()
        .map(|(name, bytes)| {
            let share = share(bytes);
            format!("{name:<38}{:>11}{:>4}.{} %", grouped(bytes), share / 10, share % 10)
        })
        .collect()
}

/// The crate of a symbol, for C the library that it is from. `file` is the source that a local symbol stands under.
fn owner(name: &str, file: &str) -> String {
    if let Some(rest) = name.strip_prefix("_ZN") {
        // A type parameter, such as `T`, is no crate.
        let found = legacy(rest).filter(|name| !name.starts_with(|c: char| c.is_ascii_uppercase()));
        return found.unwrap_or("(code for any type)").to_owned();
    }
    if name.starts_with("_R") {
        return v0(name).unwrap_or("(code for any type)").to_owned();
    }
    let bridge = ["uniffi_", "ffi_member_ffi", "UNIFFI_META"].iter().any(|prefix| name.starts_with(prefix));
    let sqlite = name.starts_with("sqlite3") || name.starts_with("sqlcipher") || file == "provider.c";
    if bridge {
        "member_ffi, what is exported".to_owned()
    } else if name.starts_with("member_cipher") {
        "sqlcipher_sys".to_owned()
    } else if sqlite {
        "SQLCipher, C".to_owned()
    } else if file.contains("-cgu.") || name.starts_with("rust_") || name.starts_with("__rust") {
        "std".to_owned()
    } else {
        // There is no other C; its assembler names no source.
        "ring, C and assembler".to_owned()
    }
}

/// `4core3ptr49drop_in_place$LT$jiff..Error$GT$17h...` and its like: the first crate that says whose it is.
fn legacy(mut rest: &str) -> Option<&str> {
    let mut found = None;
    while let Some((length, more)) = number(rest) {
        let part = more.get(..length)?;
        let candidate = first_crate(part)?;
        let dropped = part.starts_with("drop_in_place$LT$");
        if dropped {
            // Whose value is dropped says more than that it is core which drops.
            return first_crate(&part["drop_in_place$LT$".len()..]).or(found);
        }
        found = found.or(Some(candidate));
        // Only paths into core's own modules may hide somebody else's type.
        if found != Some("core") {
            return found;
        }
        rest = &more[length..];
    }
    found
}

/// Within a part such as `_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..fmt..Debug$GT$`: the first name.
fn first_crate(part: &str) -> Option<&str> {
    let mut rest = part;
    loop {
        rest = rest.trim_start_matches(['_', '.', '(', '[', '&']);
        let Some(escaped) = rest.strip_prefix('$') else { break };
        let (escape, more) = escaped.split_once('$')?;
        // `&mut `, `dyn `, `*const `: words that stand before a path.
        let word = ["mut", "dyn", "const"].iter().find(|word| more.starts_with(&format!("{word}$u20$")));
        rest = word.map_or(more, |word| &more[word.len() + "$u20$".len()..]);
        if escape.is_empty() {
            return None;
        }
    }
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

/// The first crate root in a name of the newer scheme: `C`, a disambiguator, and a counted name.
fn v0(name: &str) -> Option<&str> {
    name.match_indices('C').find_map(|(at, _)| {
        let mut rest = &name[at + 1..];
        if let Some(more) = rest.strip_prefix('s') {
            rest = more.split_once('_')?.1;
        }
        let (length, more) = number(rest)?;
        let name = more.strip_prefix('_').unwrap_or(more).get(..length)?;
        let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        (length > 1 && plain).then_some(name)
    })
}

/// A number, and what follows it.
fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text.get(..end)?.parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn symbols_belong_to_the_crate_that_they_are_written_in() {
        for (name, file, owned) in [
            ("_ZN11member_core4sync6driver3run28_$u7b$$u7b$closure$u7d$$u7d$17he94ab6f5f6724815E", "", "member_core"),
            ("_ZN61_$LT$jiff..error..ErrorKind$u20$as$u20$core..fmt..Display$GT$3fmt17h381a67248e7d49c7E", "", "jiff"),
            ("_ZN42_$LT$$RF$T$u20$as$u20$core..fmt..Debug$GT$3fmt17h381a67248e7d49c7E", "", "(code for any type)"),
            ("_ZN4core3ptr34drop_in_place$LT$rustls..Error$GT$17h381a67248e7d49c7E", "", "rustls"),
            ("_ZN4core3ptr42drop_in_place$LT$$RF$mut$u20$url..Url$GT$17h381a67248e7d49c7E", "", "url"),
            ("_ZN4core3fmt9Formatter3pad17h381a67248e7d49c7E", "", "core"),
            ("_RNvMs0_NtNtNtCsjrHSEGnQ3l9_3std12backtrace_rs9symbolize5gimliNtB6_5Cache", "", "std"),
            ("_RNvNtNtNtCsgEmfK2I1SDS_4core3num7dec2flt5table17POWER_OF_FIVE_128", "", "core"),
            ("walCheckpoint", "provider.c", "SQLCipher, C"),
            ("sqlite3Select", "", "SQLCipher, C"),
            ("member_cipher_kdf", "", "sqlcipher_sys"),
            ("ring_core_0_17_14__k25519Precomp", "curve25519.c", "ring, C and assembler"),
            ("uniffi_member_ffi_fn_func_labels", "", "member_ffi, what is exported"),
        ] {
            assert_eq!(owner(name, file), owned, "{name}");
        }
    }

    #[test]
    fn every_byte_of_the_file_is_in_the_table() {
        let owners =
            [("url", 40_000), ("core", 60_000), ("(relocations)", 20_000), ("http", 10), ("(the rest of the file)", 9)];
        let table = lines(owners.map(|(name, bytes)| (name.to_owned(), bytes)).into(), 160_000);
        expect![[r"
            core                                       60,000  37.5 %
            url                                        40,000  25.0 %
            (relocations)                              20,000  12.5 %
            (1 smaller crates)                             10   0.0 %
            (the rest of the file)                     39,990  25.0 %"]]
        .assert_eq(&table.join("\n"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_real_library_is_counted() {
        let folder = tempfile::tempdir().expect("a folder");
        let (source, library) = (folder.path().join("some.c"), folder.path().join("libsome.so"));
        std::fs::write(&source, "const char sqlite3_table[20000] = {1}; int sqlite3_f(void) { return 1; }\n")
            .expect("a file");
        let mut compiler = std::process::Command::new("cc");
        crate::shell::output(compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source)).expect("cc");
        let bytes = std::fs::read(&library).expect("the library");
        let table = table(&bytes, bytes.len()).expect("a table");
        assert!(table[0].starts_with("SQLCipher, C") && table[0].contains("20,0"), "{table:?}");
        assert!(super::table(b"", 1).is_err());
    }
}
