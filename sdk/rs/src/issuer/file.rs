//! Issuer keys in files: only their owner may read them, and none is written over.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

use super::{IssuerKey, KeyError};

/// Longest file that is looked at, in bytes.
const MAX_FILE_BYTES: u64 = 16 * 1024;

impl IssuerKey {
    /// Reads a key from a file: PKCS#8 PEM, 32 raw bytes, or the text `PRIVATE+KEY+...` of a log's key.
    ///
    /// # Errors
    ///
    /// [`KeyError::Exposed`] on Unix for a file that others than its owner may read or write, before it is read.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let file = File::open(path)?;
        if is_exposed(&file)? {
            return Err(KeyError::Exposed);
        }
        // Room for the longest from the beginning: a buffer that grew would leave copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_FILE_BYTES as usize + 1));
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(KeyError::Malformed);
        }
        Self::from_file_bytes(&bytes)
    }

    pub(super) fn from_file_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        if let Ok(seed) = bytes.try_into() {
            return Ok(Self::from_seed(seed));
        }
        let text = str::from_utf8(bytes).map_err(|_| KeyError::Malformed)?;
        match Self::from_note_key(text.strip_suffix('\n').unwrap_or(text)) {
            Some(key) => Ok(key),
            None => Self::from_pem(text),
        }
    }

    /// Writes the key to a new file as PKCS#8 PEM, with mode 0600 on Unix.
    ///
    /// # Errors
    ///
    /// [`KeyError::Io`], also when there is a file of this name already.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), KeyError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(self.to_pem().as_bytes())?;
        Ok(file.sync_all()?)
    }
}

#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &File) -> io::Result<bool> {
    Ok(false)
}
