//! Backups: both databases of a data folder in one file, written beside a running sale, and how a folder is made of it
//! again.
//!
//! The file is a tar archive that is compressed with zstd. Its first entry is the [`Manifest`], which has the size and the
//! SHA-256 hash of every other entry. Each database is a copy as of one moment; so what is sold after [`Manifest::made_at`]
//! is not in it. The key file is not in it either: who gets hold of a backup cannot forge a ticket.

use crate::domain::Timestamp;
use crate::domain::text::hex;
use crate::house::InvariantCheck;
use crate::store::{self, Fault, Outcome};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The databases of a data folder. The first one has the sale, the second one the sign-ins.
const DATABASES: [&str; 2] = ["encore.db", "sessions.db"];
const MANIFEST: &str = "manifest.json";
/// The version of the format.
const FORMAT: u32 = 1;
/// How strongly a backup is compressed: fast, so that a sale beside it is not slowed down.
const LEVEL: i32 = 3;
/// The largest manifest that is read, in bytes.
const MAX_MANIFEST: u64 = 64 * 1024;

/// What a backup has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// When the copy of the first database was made.
    pub made_at: Timestamp,
    /// How many tickets were sold by then and not cancelled, and when the last purchase was.
    pub tickets: i64,
    pub last_purchase_at: Option<Timestamp>,
    pub files: Vec<Entry>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub name: String,
    pub bytes: u64,
    /// Its SHA-256 hash, in hexadecimal digits.
    pub sha256: String,
}

/// Why a backup was not written or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error("{0} exists already")]
    Exists(PathBuf),
    #[error("{0} is not empty: restore into a new folder")]
    NotEmpty(PathBuf),
    #[error("there is no encore.db in {0}")]
    NoDatabase(PathBuf),
    #[error("{0} is not a backup of this program, or was cut off")]
    NotABackup(PathBuf),
    #[error("{0} was changed or damaged since it was written: {1} is not what its manifest says")]
    Damaged(PathBuf, String),
    #[error(transparent)]
    Fault(#[from] Fault),
}

type Result<T> = std::result::Result<T, BackupError>;

/// Says at which file an error of the operating system happened.
fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |error| BackupError::File(path, error)
}

/// Writes a backup of a data folder to a new file. A server may run meanwhile. The file appears only once it is whole and
/// durable.
///
/// # Errors
/// See [`BackupError`]. No part of a backup stays behind.
pub fn write(folder: &Path, file: &Path, now: Timestamp) -> Result<Manifest> {
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    if !folder.join(DATABASES[0]).exists() {
        return Err(BackupError::NoDatabase(folder.to_owned()));
    }
    let target = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The copies are made beside the file, where there must be space for it anyway. They are deleted with the folder.
    let scratch = tempfile::Builder::new().prefix(".encore-backup-").tempdir_in(target).map_err(at(target))?;
    let mut files = vec![];
    for name in DATABASES {
        let from = folder.join(name);
        if from.exists() {
            let copy = scratch.path().join(name);
            store::copy_database(&from, &copy)?;
            let (bytes, sha256) = hash(File::open(&copy).map_err(at(&copy))?).map_err(at(&copy))?;
            files.push(Entry { name: name.to_owned(), bytes, sha256 });
        }
    }
    let (tickets, last_purchase_at) = store::sales_in(scratch.path())?;
    let manifest = Manifest { format: FORMAT, made_at: now, tickets, last_purchase_at, files };
    let part = scratch.path().join("backup");
    pack(&manifest, scratch.path(), &part).map_err(at(&part))?;
    std::fs::rename(&part, file).map_err(at(file))?;
    File::open(target).and_then(|target| target.sync_all()).map_err(at(target))?;
    Ok(manifest)
}

fn pack(manifest: &Manifest, scratch: &Path, part: &Path) -> io::Result<()> {
    let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(part)?;
    let mut archive = tar::Builder::new(zstd::Encoder::new(file, LEVEL)?);
    let json = serde_json::to_vec_pretty(manifest)?;
    archive.append_data(&mut header(json.len() as u64), MANIFEST, &*json)?;
    for Entry { name, bytes, .. } in &manifest.files {
        archive.append_data(&mut header(*bytes), name, File::open(scratch.join(name))?)?;
    }
    archive.into_inner()?.finish()?.sync_all()
}

fn header(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header
}

/// The size and the SHA-256 hash, in hexadecimal digits, of what is read.
fn hash(mut from: impl Read) -> io::Result<(u64, String)> {
    let mut digest = Sha256::new();
    let bytes = io::copy(&mut from, &mut digest)?;
    Ok((bytes, hex(&digest.finalize())))
}

/// Makes a data folder from a backup. The folder must not exist, or be empty. It is complete only if this returns `Ok`.
///
/// # Errors
/// See [`BackupError`].
pub fn restore(file: &Path, folder: &Path) -> Result<Manifest> {
    if folder.read_dir().is_ok_and(|mut files| files.next().is_some()) {
        return Err(BackupError::NotEmpty(folder.to_owned()));
    }
    let not_a_backup = |_| BackupError::NotABackup(file.to_owned());
    let backup = File::open(file).map_err(at(file))?;
    let mut archive = tar::Archive::new(zstd::Decoder::new(backup).map_err(not_a_backup)?);
    let mut entries = archive.entries().map_err(not_a_backup)?;
    let mut next = || entries.next().and_then(|entry| entry.ok());
    let first = next().filter(|entry| entry.path_bytes().as_ref() == MANIFEST.as_bytes());
    let first = first.ok_or_else(|| BackupError::NotABackup(file.to_owned()))?;
    let manifest: Manifest = serde_json::from_reader(first.take(MAX_MANIFEST))
        .ok()
        .filter(|manifest: &Manifest| manifest.format == FORMAT)
        .ok_or_else(|| BackupError::NotABackup(file.to_owned()))?;
    store::prepare(folder, &[])?;
    for Entry { name, bytes, sha256 } in &manifest.files {
        // A backup has no other names, and so writes nowhere else.
        let name = DATABASES.into_iter().find(|known| known == name);
        let name = name.ok_or_else(|| BackupError::NotABackup(file.to_owned()))?;
        let damaged = || BackupError::Damaged(file.to_owned(), name.to_owned());
        let mut entry = next().filter(|entry| entry.path_bytes().as_ref() == name.as_bytes()).ok_or_else(damaged)?;
        let path = folder.join(name);
        let mut to = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path).map_err(at(&path))?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        let mut read_bytes = 0;
        loop {
            match entry.read(&mut buffer).map_err(|_| damaged())? {
                0 => break,
                count => {
                    digest.update(&buffer[..count]);
                    to.write_all(&buffer[..count]).map_err(at(&path))?;
                    read_bytes += count as u64;
                }
            }
        }
        to.sync_all().map_err(at(&path))?;
        if read_bytes != *bytes || hex(&digest.finalize()) != *sha256 {
            return Err(damaged());
        }
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
    Ok(manifest)
}

/// Checks every invariant of a backup: restores it into a folder beside it, which is deleted again. `cap` is as for
/// [`house::check`](crate::house::check).
///
/// # Errors
/// As [`restore`], and what [`house::check`](crate::house::check) returns.
pub fn check(file: &Path, cap: u32, now: Timestamp) -> Result<Vec<InvariantCheck>> {
    let target = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let scratch = tempfile::Builder::new().prefix(".encore-check-").tempdir_in(target).map_err(at(target))?;
    let folder = scratch.path().join("data");
    restore(file, &folder)?;
    let checked: Outcome<_> = store::sweep_folder(&folder, cap, now);
    checked.map_err(|denied| match denied {
        crate::Denied::Fault(fault) => fault.into(),
        crate::Denied::Refused(_) => Fault::Broken("the copy could not be read").into(),
    })
}

/// Deletes the oldest backups in a folder, so that `keep` are left. Backups are the files whose names [`file_name`] makes.
///
/// # Errors
/// A file that cannot be deleted.
pub fn forget_old(folder: &Path, keep: usize) -> Result<()> {
    let files = folder.read_dir().map_err(at(folder))?.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let mut backups: Vec<_> = files.filter(|name| is_file_name(name)).collect();
    // The names have the time first, so their order is that of the times.
    backups.sort_unstable();
    for name in backups.iter().rev().skip(keep) {
        let path = folder.join(name);
        std::fs::remove_file(&path).map_err(at(&path))?;
    }
    Ok(())
}

/// The name of a backup that is made at `now`: `encore-20261129T013000Z.backup`.
pub fn file_name(now: Timestamp) -> String {
    now.to_utc().format("encore-%Y%m%dT%H%M%SZ.backup").to_string()
}

fn is_file_name(name: &str) -> bool {
    let time = name.strip_prefix("encore-").and_then(|rest| rest.strip_suffix("Z.backup"));
    time.is_some_and(|time| chrono::NaiveDateTime::parse_from_str(time, "%Y%m%dT%H%M%S").is_ok())
}
