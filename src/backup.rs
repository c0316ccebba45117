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
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The databases of a data folder. The first one has the sale, the second one the sign-ins.
const DATABASES: [&str; 2] = ["encore.db", "sessions.db"];
const MANIFEST: &str = "manifest.json";
/// The version of the format.
const FORMAT: u32 = 1;
/// How strongly a backup is compressed: fast, so that a sale beside it is not slowed down.
const LEVEL: i32 = 3;
/// How the names of folders begin that last only as long as a backup is made or checked.
const SCRATCH: &str = ".encore-backup-";
/// The largest manifest that is read, in bytes.
const MAX_MANIFEST: u64 = 64 * 1024;

/// What a backup has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// When the copy of the first database was made.
    pub made_at: Timestamp,
    /// How many tickets were sold by then and not cancelled, and when the last purchase was. `None` if another version of
    /// the program wrote the database.
    pub tickets: Option<i64>,
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
    let scratch = scratch_beside(file)?;
    let mut files = vec![];
    // The sign-ins are copied first, so that each of them has its device in the copy of the sale.
    for name in DATABASES.into_iter().rev() {
        let from = folder.join(name);
        if from.exists() {
            let copy = scratch.path().join(name);
            store::copy_database(&from, &copy)?;
            let copied = File::open(&copy).and_then(|copy| copy_hashed(copy, io::sink()));
            let (bytes, sha256) = copied.map_err(at(&copy))?;
            files.push(Entry { name: name.to_owned(), bytes, sha256 });
        }
    }
    // A backup is also made just before an upgrade, of a schema that this program does not know.
    let (tickets, last_purchase_at) = match store::sales_in(scratch.path()) {
        Ok((tickets, last)) => (Some(tickets), last),
        Err(Fault::OtherSchema) => (None, None),
        Err(fault) => return Err(fault.into()),
    };
    let manifest = Manifest { format: FORMAT, made_at: now, tickets, last_purchase_at, files };
    let part = scratch.path().join("backup");
    pack(&manifest, scratch.path(), &part).map_err(at(&part))?;
    std::fs::rename(&part, file).map_err(at(file))?;
    sync_folder(parent(file))?;
    Ok(manifest)
}

fn parent(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder beside a backup, where there must be space for it anyway. The folder is deleted when it is dropped.
fn scratch_beside(file: &Path) -> Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix(SCRATCH).tempdir_in(parent(file)).map_err(at(parent(file)))
}

fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
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

/// Copies what is read. Returns its size in bytes, and its SHA-256 hash in hexadecimal digits.
fn copy_hashed(from: impl Read, mut to: impl io::Write) -> io::Result<(u64, String)> {
    let mut from = Hashed { from, digest: Sha256::new() };
    let bytes = io::copy(&mut from, &mut to)?;
    Ok((bytes, hex(&from.digest.finalize())))
}

/// A reader that hashes what is read.
struct Hashed<R> {
    from: R,
    digest: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.digest.update(&buffer[..count]);
        Ok(count)
    }
}

/// Makes a data folder from a backup. The folder must not exist, or be empty. It is complete only if this returns `Ok`.
///
/// # Errors
/// See [`BackupError`].
pub fn restore(file: &Path, folder: &Path) -> Result<Manifest> {
    if folder.read_dir().is_ok_and(|mut files| files.next().is_some()) {
        return Err(BackupError::NotEmpty(folder.to_owned()));
    }
    let not_a_backup = || BackupError::NotABackup(file.to_owned());
    let backup = File::open(file).map_err(at(file))?;
    let mut archive = tar::Archive::new(zstd::Decoder::new(backup).map_err(|_| not_a_backup())?);
    let mut entries = archive.entries().map_err(|_| not_a_backup())?;
    let mut next = || entries.next().and_then(|entry| entry.ok());
    let first = next().filter(|entry| entry.path_bytes().as_ref() == MANIFEST.as_bytes());
    let first = first.ok_or_else(not_a_backup)?;
    let manifest: Manifest = serde_json::from_reader(first.take(MAX_MANIFEST))
        .ok()
        .filter(|manifest: &Manifest| manifest.format == FORMAT)
        .ok_or_else(not_a_backup)?;
    if !manifest.files.iter().any(|entry| entry.name == DATABASES[0]) {
        return Err(not_a_backup());
    }
    store::prepare(folder, &[])?;
    let part = |name: &str| folder.join(format!("{name}.part"));
    let restored = manifest.files.iter().try_for_each(|entry| {
        // A backup has no other names, and so writes nowhere else.
        let name = DATABASES.into_iter().find(|known| *known == entry.name);
        let name = name.ok_or_else(not_a_backup)?;
        let damaged = || BackupError::Damaged(file.to_owned(), name.to_owned());
        let found = next().filter(|found| found.path_bytes().as_ref() == name.as_bytes()).ok_or_else(damaged)?;
        let path = part(name);
        let to = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path).map_err(at(&path))?;
        // One byte more than there should be, so that a longer file is noticed.
        let (bytes, sha256) = copy_hashed(found.take(entry.bytes + 1), &to).map_err(|_| damaged())?;
        to.sync_all().map_err(at(&path))?;
        if (bytes, &sha256) == (entry.bytes, &entry.sha256) { Ok(()) } else { Err(damaged()) }
    });
    // The names appear only once all files are what they should be.
    for name in DATABASES {
        let part = part(name);
        match &restored {
            Ok(()) if part.exists() => std::fs::rename(&part, folder.join(name)).map_err(at(&part))?,
            _ => drop(std::fs::remove_file(&part)),
        }
    }
    restored?;
    sync_folder(folder)?;
    Ok(manifest)
}

/// Checks every invariant of a backup: restores it into a folder beside it, which is deleted again. `cap` is as for
/// [`house::check`](crate::house::check).
///
/// # Errors
/// As [`restore`], and what [`house::check`](crate::house::check) returns.
pub fn check(file: &Path, cap: u32, now: Timestamp) -> Result<Vec<InvariantCheck>> {
    let scratch = scratch_beside(file)?;
    let folder = scratch.path().join("data");
    restore(file, &folder)?;
    let checked: Outcome<_> = store::sweep_folder(&folder, cap, now);
    checked.map_err(|denied| match denied {
        crate::Denied::Fault(fault) => fault.into(),
        crate::Denied::Refused(_) => Fault::Broken("the copy could not be read").into(),
    })
}

/// For how many days the last backup of each day is kept.
const DAYS_KEPT: usize = 30;
/// How old what an interrupted backup has left must be before it is deleted: no backup takes this long.
const LEFTOVER_AGE: std::time::Duration = std::time::Duration::from_secs(3_600);

/// The backups in a folder, by their names ([`file_name`]), the newest first. Other files are left out.
///
/// # Errors
/// The folder cannot be read.
pub fn list(folder: &Path) -> Result<Vec<String>> {
    let files = folder.read_dir().map_err(at(folder))?.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let mut backups: Vec<_> = files.filter(|name| is_file_name(name)).collect();
    // The names have the time first, so their order is that of the times.
    backups.sort_unstable_by(|one, other| other.cmp(one));
    Ok(backups)
}

/// Deletes old backups in a folder: the newest `keep` stay, and the last of each day for 30 days. Also deletes
/// what a backup that was interrupted has left.
///
/// # Errors
/// A file that cannot be deleted.
pub fn forget_old(folder: &Path, keep: usize) -> Result<()> {
    let mut days: Vec<String> = vec![];
    for (number, name) in list(folder)?.into_iter().enumerate() {
        // The day is in front of the time: `encore-20261129T013000Z.backup`.
        let day = name.split('T').next().unwrap_or_default().to_owned();
        let is_last_of_day = days.last() != Some(&day);
        if is_last_of_day {
            days.push(day);
        }
        if number >= keep && !(is_last_of_day && days.len() <= DAYS_KEPT) {
            let path = folder.join(name);
            std::fs::remove_file(&path).map_err(at(&path))?;
        }
    }
    for entry in folder.read_dir().map_err(at(folder))?.filter_map(std::result::Result::ok) {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(SCRATCH));
        let age = entry.metadata().and_then(|entry| entry.modified()).ok().and_then(|at| at.elapsed().ok());
        if is_ours && age.is_some_and(|age| age > LEFTOVER_AGE) {
            std::fs::remove_dir_all(entry.path()).map_err(at(&entry.path()))?;
        }
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
