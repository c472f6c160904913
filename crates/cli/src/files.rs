//! Patterns of files' names, and the files that the program writes: each is replaced whole or not at all, and never the data that a fit was read from.

use crate::error::{Error, Result};
use crate::signals;
use crate::table::STANDARD_INPUT;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Refuses to write to `path` if it could not be written after a long fit, or is a file of the data itself, by whatever name.
pub fn spare_data(path: &Path, data: impl IntoIterator<Item = impl AsRef<Path>>) -> Result<()> {
    check_place(path)?;
    data.into_iter().try_for_each(|file| spare_file(path, file.as_ref()))
}

fn spare_file(path: &Path, data: &Path) -> Result<()> {
    if data == Path::new(STANDARD_INPUT) {
        return match is_standard_input(path) {
            true => Err(Error::file(
                path,
                "is the data file on the standard input, which would be lost; choose another name",
            )),
            false => Ok(()),
        };
    }
    let regular = |path: &Path| fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    // Only files: to look at a pipe would wait for its other end.
    if regular(path) && regular(data) && same_file::is_same_file(path, data).unwrap_or(false) {
        return Err(Error::file(path, "is the data file, which would be lost; choose another name"));
    }
    Ok(())
}

/// Refuses to write into a folder of data, where the file would be taken as one of them.
pub fn spare_folder(path: &Path, data: &Path) -> Result<()> {
    if data.is_dir() && same_file::is_same_file(folder_of(path), data).unwrap_or(false) {
        return Err(Error::file(
            path,
            "lies in the folder of the data, as one of whose files it would be read; choose another folder",
        ));
    }
    Ok(())
}

/// Refuses a folder for the pictures of a fit that could not be made or written into after it.
pub fn check_folder(path: &Path) -> Result<()> {
    let there = path.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    if !there.is_dir() {
        return Err(Error::file(there, "is a file; name a folder"));
    }
    let refused =
        |error: io::Error| Error::file(there, format!("can't be written into: {}", data::why_unwritten(&error)));
    new_beside(&there.join("picture")).map(drop).map_err(refused)
}

/// Refuses a file that could not be written after a long fit: a folder, or one in a folder that isn't there.
fn check_place(path: &Path) -> Result<()> {
    match () {
        () if path.is_dir() => Err(Error::file(path, "is a directory; name a file")),
        () if !folder_of(path).is_dir() => {
            Err(Error::file(path, "can't be written: its folder isn't there; make it, or choose another"))
        }
        () => Ok(()),
    }
}

/// The folder that a file lies in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// Whether a path is a pattern of several files' names.
pub fn is_pattern(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.contains(['*', '?', '[']))
}

/// What to do where the parser met files that a shell has made of a pattern.
pub fn expanded_pattern(message: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(argument)) = message.get(ContextKind::InvalidArg) else { return None };
    let path = Path::new(argument);
    let is_second = message.kind() == ErrorKind::UnknownArgument && path.is_file();
    let pattern = path.with_file_name("*").with_extension(path.extension().unwrap_or_default());
    is_second.then(|| {
        format!(
            "`{argument}` is one file too many; name several by their folder, or by a pattern in quotes, such as '{}': without quotes the shell writes out its files",
            pattern.display()
        )
    })
}

/// The files of a folder or a pattern, which are of one kind: by the first of another, a wrong one would be blamed on the others.
pub fn of_one_kind(path: &Path) -> Result<Vec<PathBuf>> {
    let files = data::files(path)?;
    let kind = |file: &Path| file.extension().map(|extension| extension.to_ascii_lowercase());
    let other = files.iter().find(|file| kind(file) != kind(&files[0]));
    match other {
        None => Ok(files),
        Some(other) => {
            let [first, other] = [&files[0], other].map(|file| file.file_name().unwrap_or_default().display());
            let folder = if path.is_dir() { path } else { folder_of(path) };
            Err(Error::file(
                path,
                format!(
                    "names files of several kinds, such as `{first}` and `{other}`; give a pattern of one kind, such as '{}/*.csv'",
                    folder.display()
                ),
            ))
        }
    }
}

/// Whether the standard input comes from this file.
fn is_standard_input(path: &Path) -> bool {
    let same = same_file::Handle::stdin().and_then(|stdin| Ok(stdin == same_file::Handle::from_path(path)?));
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) && same.unwrap_or(false)
}

/// Replaces what a file holds, whole or not at all: the new content is written beside it, brought to the disk, and given
/// its name.
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let failed = |error: io::Error| unwritten(path, &error);
    match fs::metadata(path) {
        Ok(old) if old.is_dir() => Err(Error::file(path, "is a directory; name a file")),
        // A terminal, a pipe or a device has nothing to lose, and no other file can take its place.
        Ok(old) if !old.is_file() => {
            let mut out = File::options().write(true).open(path).map_err(failed)?;
            match out.write_all(content) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                written => written.map_err(failed),
            }
        }
        Ok(old) if old.permissions().readonly() => Err(Error::file(path, "is read-only; choose another name")),
        Ok(old) => {
            // The file that a link leads to, not the link.
            let target = fs::canonicalize(path).map_err(failed)?;
            put(&target, content, Some(&old), path)
        }
        Err(_) => put(path, content, None, path),
    }
}

/// The error of a file that can't be written, by the name that was asked for.
fn unwritten(path: &Path, error: &io::Error) -> Error {
    Error::file(path, format!("can't be written: {}", data::why_unwritten(error)))
}

/// Gives this file its content; messages call it by the name that was `asked` for.
fn put(path: &Path, content: &[u8], old: Option<&Metadata>, asked: &Path) -> Result<()> {
    let failed = |error: io::Error| unwritten(asked, &error);
    let beside = new_beside(path).map_err(failed)?;
    if let Some(old) = old {
        beside.as_file().set_permissions(old.permissions()).map_err(failed)?;
    }
    // Not `beside` itself, whose errors name it.
    let mut file = beside.as_file();
    file.write_all(content).and_then(|()| file.sync_all()).map_err(failed)?;
    signals::check()?;
    beside.persist(path).map(drop).map_err(|error| failed(error.error))
}

/// A file in the same directory, which is removed unless it is given a name.
fn new_beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".glm-").suffix(".tmp");
    #[cfg(unix)]
    {
        // As any new file: readable by whom the user's mask allows.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder_of(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_leaves_nothing_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.json");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_permissions_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let directory = tempfile::tempdir().unwrap();
        let (path, link) = (directory.path().join("model.json"), directory.path().join("link.json"));
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("model.json", &link).unwrap();
        replace(&link, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
