use std::fs;

use tempfile::TempDir;

use super::*;

const LINE: &str = r#"{"Time":"t","Verdict":"passed","Rule":null,"Module":"s3","Operation":"GetObject","Actions":[],"Resources":[],"Region":null,"Status":200,"Error":null,"RequestId":null,"Attempt":null,"BytesSent":0,"BytesReceived":0,"Milliseconds":0}"#;

/// A file with this text.
fn file(directory: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, text).expect("written");
    path
}

fn at(number: usize) -> String {
    LINE.replace(r#""t""#, &format!(r#""{number}""#)) + "\n"
}

/// The run and the time of each line.
fn all(files: &[PathBuf]) -> (Vec<(usize, String)>, Vec<Skipped>) {
    let mut lines = Vec::new();
    let skipped = read(files, |run, line| lines.push((run, line.time.into_owned())));
    (lines, skipped.expect("readable"))
}

#[test]
fn the_lines_of_several_files_are_several_runs() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = file(&directory, "a", &(at(1) + "\n" + &at(2)));
    let second = file(&directory, "b", &at(3));
    let (lines, skipped) = all(&[first, second]);
    let expected = [(0, "1"), (0, "2"), (1, "3")].map(|(run, time)| (run, time.to_owned()));
    assert_eq!((lines, skipped), (expected.to_vec(), Vec::new()));
}

#[test]
fn a_file_that_was_put_aside_is_the_beginning_of_its_run() {
    let directory = tempfile::tempdir().expect("a directory");
    let earlier = file(&directory, "a.1", &at(1));
    let path = file(&directory, "a", &at(2));
    // Another's file can have that name.
    let (lines, skipped) = all(std::slice::from_ref(&path));
    assert_eq!((lines, skipped), (vec![(0, "2".to_owned())], Vec::new()));
    let continued = at(2).replacen('{', r#"{"LinesPutAside":1,"#, 1);
    let path = file(&directory, "a", &continued);
    let expected = [(0, "1"), (0, "2")].map(|(run, time)| (run, time.to_owned()));
    let (lines, skipped) = all(std::slice::from_ref(&path));
    assert_eq!(lines, expected);
    assert_eq!(
        skipped,
        [Skipped::Earlier {
            path: earlier.clone()
        }]
    );
    // Named as well, it is not read twice.
    for files in [[path.clone(), earlier.clone()], [earlier, path]] {
        let (lines, skipped) = all(&files);
        assert_eq!((lines.len(), skipped), (2, Vec::new()));
        assert_eq!(lines[0].0, lines[1].0);
    }
}

#[test]
fn a_file_is_read_once_whatever_it_is_called() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = file(&directory, "a", &at(1));
    let link = directory.path().join("link");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    let other = directory.path().join(".").join("a");
    let (lines, _) = all(&[path.clone(), link, other, path]);
    assert_eq!(lines, [(0, "1".to_owned())]);
}

#[test]
fn a_last_line_that_is_cut_is_left_out_and_said() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = file(&directory, "a", &(at(1) + &LINE[..40]));
    let (lines, skipped) = all(std::slice::from_ref(&path));
    assert_eq!(lines.len(), 1);
    assert_eq!(skipped, [Skipped::CutLine { path, number: 2 }]);
    let whole = file(&directory, "b", LINE);
    assert_eq!(all(&[whole]).0.len(), 1);
}

#[test]
fn another_broken_line_is_refused_with_its_place() {
    let directory = tempfile::tempdir().expect("a directory");
    for broken in [
        "{}\n",
        "nonsense\n",
        "[]\n",
        "{\"Time\":\"t\"}\n",
        "\u{0}\n",
    ] {
        let path = file(&directory, "a", &(at(1) + broken + &at(3)));
        let refused = read(std::slice::from_ref(&path), |_, _| {}).expect_err(broken);
        assert_eq!(
            refused.to_string(),
            format!("{}:2 is not a line of a record", path.display())
        );
    }
}

#[test]
fn a_line_without_end_is_refused() {
    let refused = read(&["/dev/zero".into()], |_, _| {}).expect_err("too long");
    assert!(
        matches!(refused, PolicyError::Long { number: 1, .. }),
        "{refused}"
    );
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let directory = tempfile::tempdir().expect("a directory");
    for path in [directory.path().to_owned(), directory.path().join("none")] {
        let refused = read(std::slice::from_ref(&path), |_, _| {}).expect_err("refused");
        assert!(refused.to_string().ends_with(&path.display().to_string()));
    }
}

#[test]
fn a_newer_credruns_keys_are_no_error() {
    let directory = tempfile::tempdir().expect("a directory");
    let newer = LINE.replacen('{', r#"{"Newer":[1],"#, 1) + "\n";
    assert_eq!(all(&[file(&directory, "a", &newer)]).0.len(), 1);
}

#[test]
fn what_is_no_record_is_named_for_what_it_is() {
    let directory = tempfile::tempdir().expect("a directory");
    let why = |text: &[u8]| {
        let path = directory.path().join("record");
        fs::write(&path, text).expect("written");
        match read(&[path], |_, _| {}).expect_err("no record") {
            PolicyError::Line { number, source, .. } => (number, source.to_string()),
            other => panic!("{other}"),
        }
    };
    let pretty = at(1) + &LINE.replace(",\"", ",\n\"");
    let of = |number, text: &str| (number, text.to_owned());
    assert_eq!(
        why(pretty.as_bytes()),
        of(2, "it is JSON over several lines")
    );
    assert_eq!(why(b"\x7fELF\xff\xfe"), of(1, "it is not text"));
    assert_eq!(why(b"a\0b\n"), of(1, "it is not text"));
    assert_eq!(why(b"x\n"), of(1, "expected value"));
}
