//! Zip archives with the same bytes every time: names in order, no times, one way to compress. Knows nothing of what is packed.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::{Compression, Crc, write::DeflateEncoder};

/// One file of an archive.
pub(super) struct Entry {
    /// With `/` between folders.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

impl Entry {
    pub(super) fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }

    /// The file at `path` under this name.
    pub(super) fn file(name: impl Into<String>, path: &Path) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self::new(name, bytes))
    }

    /// Everything in `folder`, under `prefix`. Links are not followed: there are none in what is packed.
    pub(super) fn folder(prefix: &str, folder: &Path) -> Result<Vec<Self>, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        let mut entries = Vec::new();
        for found in fs::read_dir(folder).map_err(failed)? {
            let found = found.map_err(failed)?;
            let name = format!("{prefix}/{}", found.file_name().to_string_lossy());
            let kind = found.file_type().map_err(failed)?;
            if kind.is_dir() {
                entries.extend(Self::folder(&name, &found.path())?);
            } else if kind.is_file() {
                entries.push(Self::file(name, &found.path())?);
            } else {
                return Err(format!("{} is neither a file nor a folder", found.path().display()));
            }
        }
        Ok(entries)
    }
}

/// 1 January 1980, midnight: the first moment that a zip can name, as MS-DOS date and time.
const DATE: u16 = (1 << 5) | 1;
const TIME: u16 = 0;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
const DEFLATED: u16 = 8;
/// Version 2.0 is what deflating needs; made on Unix (3), so that the mode counts.
const NEEDED: u16 = 20;
const MADE: u16 = (3 << 8) | NEEDED;
/// A regular file of mode 0644, where Unix looks for it.
const ATTRIBUTES: u32 = 0o100_644 << 16;

/// The archive of these entries, in the order of their names.
pub(super) fn archive(mut entries: Vec<Entry>) -> Result<Vec<u8>, String> {
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    if let Some(pair) = entries.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(format!("{} is twice in one archive", pair[0].name));
    }
    let mut file = Vec::new();
    let mut directory = Vec::new();
    for entry in &entries {
        let packed = deflated(&entry.bytes)?;
        let mut crc = Crc::new();
        crc.update(&entry.bytes);
        let name_size = u16::try_from(entry.name.len()).map_err(|_| format!("{}: the name is too long", entry.name))?;
        let offset = small(file.len(), &entry.name)?;

        // Both headers hold these.
        let mut common = Vec::new();
        for value in [NEEDED, FLAGS, DEFLATED, TIME, DATE] {
            common.extend(value.to_le_bytes());
        }
        for value in [crc.sum(), small(packed.len(), &entry.name)?, small(entry.bytes.len(), &entry.name)?] {
            common.extend(value.to_le_bytes());
        }
        // The length of the name, and no extra field.
        common.extend(name_size.to_le_bytes());
        common.extend(0_u16.to_le_bytes());

        file.extend(0x0403_4b50_u32.to_le_bytes());
        file.extend(&common);
        file.extend(entry.name.as_bytes());
        file.extend(&packed);

        directory.extend(0x0201_4b50_u32.to_le_bytes());
        directory.extend(MADE.to_le_bytes());
        directory.extend(&common);
        // No comment, the first disk, binary.
        directory.extend([0; 6]);
        directory.extend(ATTRIBUTES.to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let count = u16::try_from(entries.len()).map_err(|_| "more files than a plain zip holds".to_owned())?;
    let begin = small(file.len(), "the archive")?;
    let size = small(directory.len(), "the directory")?;
    file.extend(directory);
    file.extend(0x0605_4b50_u32.to_le_bytes());
    // This disk and the one of the directory: the first.
    file.extend([0; 4]);
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(size.to_le_bytes());
    file.extend(begin.to_le_bytes());
    file.extend([0; 2]);
    Ok(file)
}

/// Zip64 is not written: nothing here comes near 4 GB.
fn small(size: usize, what: &str) -> Result<u32, String> {
    u32::try_from(size).map_err(|_| format!("{what} is too large for a plain zip"))
}

fn deflated(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|error| format!("deflating failed: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::DeflateDecoder;

    use super::*;

    /// Reads an archive as a program would that trusts only its directory.
    fn entries(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
        let u16_at = |at: usize| usize::from(u16::from_le_bytes([archive[at], archive[at + 1]]));
        let u32_at = |at: usize| u32::from_le_bytes(archive[at..at + 4].try_into().expect("four bytes"));
        let at = |at: usize| usize::try_from(u32_at(at)).expect("a small file");
        let end = archive.len() - 22;
        assert_eq!(u32_at(end), 0x0605_4b50);
        let mut here = at(end + 16);
        let mut found = Vec::new();
        for _ in 0..u16_at(end + 10) {
            assert_eq!(u32_at(here), 0x0201_4b50);
            let (crc, packed, size, name_size) = (u32_at(here + 16), at(here + 20), at(here + 24), u16_at(here + 28));
            let name = String::from_utf8(archive[here + 46..here + 46 + name_size].to_vec()).expect("UTF-8");
            let local = at(here + 42);
            assert_eq!(u32_at(local), 0x0403_4b50);
            let data = local + 30 + u16_at(local + 26) + u16_at(local + 28);
            let mut bytes = Vec::new();
            DeflateDecoder::new(&archive[data..data + packed]).read_to_end(&mut bytes).expect("deflated");
            assert_eq!(bytes.len(), size);
            let mut sum = Crc::new();
            sum.update(&bytes);
            assert_eq!(sum.sum(), crc);
            found.push((name, bytes));
            here += 46 + name_size;
        }
        assert_eq!(here, end);
        found
    }

    #[test]
    fn what_was_packed_comes_out() {
        let zeros = vec![0; 100_000];
        let packed = archive(vec![
            Entry::new("jni/x86_64/b.so", zeros.clone()),
            Entry::new("R.txt", ""),
            Entry::new("a.txt", "čeština"),
        ])
        .expect("an archive");
        assert!(packed.len() < 1_000, "{}", packed.len());
        let expected = [("R.txt", Vec::new()), ("a.txt", "čeština".into()), ("jni/x86_64/b.so", zeros)];
        assert_eq!(entries(&packed), expected.map(|(name, bytes)| (name.to_owned(), bytes)));
    }

    #[test]
    fn the_order_and_the_time_of_packing_do_not_show() {
        let one = || Entry::new("one", "1");
        let two = || Entry::new("two", "2");
        assert_eq!(archive(vec![one(), two()]), archive(vec![two(), one()]));
        assert!(archive(vec![one(), one()]).is_err_and(|error| error.contains("twice")));
    }

    #[test]
    fn folders_are_packed_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("inner")).expect("a folder");
        fs::write(folder.path().join("inner/file"), "x").expect("a file");
        let packed = Entry::folder("outer", folder.path()).expect("entries");
        assert_eq!(packed.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["outer/inner/file"]);
    }
}
