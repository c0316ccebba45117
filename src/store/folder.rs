//! The data folder. Only its owner may read it: its files have the names of people and what they bought, and usually the
//! keys that sign tickets. Only one server at a time may use it.

use super::Fault;
use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The name of the file that a server locks.
const LOCK: &str = "server.lock";

/// The rights of everybody except the owner of a file.
const OTHERS: u32 = 0o077;

/// Creates the folder and its files `names` if they do not exist, for their owner only, whatever the umask is. An empty
/// folder is made private.
///
/// # Errors
/// [`Fault::Exposed`] if others may enter a folder that has files already: they may have read them.
pub fn prepare(folder: &Path, names: &[&str]) -> Result<(), Fault> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mode = folder.metadata()?.permissions().mode();
    if mode & OTHERS != 0 {
        let mut files = folder.read_dir()?;
        if files.any(|file| file.is_ok_and(|file| file.file_name() != LOCK)) {
            return Err(Fault::Exposed(folder.to_owned()));
        }
        std::fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    for name in names {
        // SQLite gives the files that it creates beside a database the rights of the database.
        OpenOptions::new().create(true).append(true).mode(0o600).open(folder.join(name))?;
    }
    Ok(())
}

/// The lock of a server on its folder. The operating system releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct FolderLock(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

/// Locks a folder for a server. Commands such as `encore check`, which work beside a server, do not lock it.
///
/// # Errors
/// [`Fault::Locked`] if a server uses the folder already.
pub fn lock(folder: &Path) -> Result<FolderLock, Fault> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(folder.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(FolderLock(file)),
        Err(TryLockError::WouldBlock) => Err(Fault::Locked(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().expect("is there").permissions().mode() & 0o777
    }

    #[test]
    fn a_folder_and_its_files_are_for_their_owner_only() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = scratch.path().join("data");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::set_permissions(&folder, Permissions::from_mode(0o755)).expect("is open to others");
        let _lock = lock(&folder).expect("is locked");
        prepare(&folder, &["encore.db"]).expect("is prepared");
        assert_eq!((mode(&folder), mode(&folder.join("encore.db"))), (0o700, 0o600));

        std::fs::set_permissions(&folder, Permissions::from_mode(0o750)).expect("is open to a group");
        assert!(matches!(prepare(&folder, &["encore.db"]), Err(Fault::Exposed(_))));
    }

    #[test]
    fn only_one_server_uses_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = lock(folder.path()).expect("is free");
        assert!(matches!(lock(folder.path()), Err(Fault::Locked(_))));
        drop(first);
        lock(folder.path()).expect("is free again");
    }
}
