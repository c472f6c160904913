//! Why a file can't be written, and what to do.

use std::io::{Error, ErrorKind};

/// Why a file can't be written, in the system's words, and what to do where that is known: a full disk, a quota or a limit that is reached, a place
/// that can't be written to. It names no file: an error of a temporary one would name that.
///
/// ```
/// let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
/// assert_eq!(data::why_unwritten(&full), "no storage space: free some space on that disk, or choose a place on another");
/// ```
pub fn why_unwritten(error: &Error) -> String {
    // Made from its kind where it wraps another: that may name a temporary file.
    let plain = if error.get_ref().is_some() { Error::from(error.kind()) } else { clone(error) };
    let advice = match error.kind() {
        ErrorKind::StorageFull => "free some space on that disk, or choose a place on another",
        ErrorKind::QuotaExceeded => "remove files of your own from that disk, or choose a place on another",
        ErrorKind::FileTooLarge => {
            "raise the limit of a file's size (ulimit -f), or choose a disk that takes larger files"
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => "choose a place that you may write to",
        _ => return plain.to_string(),
    };
    format!("{plain}: {advice}")
}

fn clone(error: &Error) -> Error {
    error.raw_os_error().map_or_else(|| Error::from(error.kind()), Error::from_raw_os_error)
}
