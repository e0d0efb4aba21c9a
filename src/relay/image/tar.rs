//! Tar archives (POSIX ustar); equal files produce equal bytes.

/// An archive of these files: name, mode, content.
pub(crate) fn tar(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, mode, content) in files {
        archive.extend_from_slice(&header(name, *mode, content.len()));
        archive.extend_from_slice(content);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    // Two empty blocks end an archive.
    archive.resize(archive.len() + 1024, 0);
    archive
}

/// Owner and time stay zero, so that equal files produce equal bytes.
fn header(name: &str, mode: u32, size: usize) -> [u8; 512] {
    let mut header = [0; 512];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, format!("{mode:07o}").as_bytes());
    put(108, b"0000000");
    put(116, b"0000000");
    put(124, format!("{size:011o}").as_bytes());
    put(136, b"00000000000");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    // The checksum is computed with spaces in its own field.
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn an_archive_is_read_as_it_was_written() {
        let long = [7; 513];
        let files: [(&str, u32, &[u8]); 3] = [
            ("one", 0o444, b"content"),
            ("a/directory/empty", 0o755, b""),
            ("long", 0o400, &long),
        ];
        let archive = tar(&files);
        assert_eq!(archive.len() % 512, 0);
        assert_eq!(archive[archive.len() - 1024..], [0; 1024]);
        let mut archive = ::tar::Archive::new(archive.as_slice());
        let mut read = Vec::new();
        for entry in archive.entries().expect("an archive") {
            let mut entry = entry.expect("an entry");
            let name = entry.path().expect("a name").display().to_string();
            let mode = entry.header().mode().expect("a mode");
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("its content");
            read.push((name, mode, content));
        }
        let written = files.map(|(name, mode, content)| (name.to_owned(), mode, content.to_vec()));
        assert_eq!(read, written);
    }
}
