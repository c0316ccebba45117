//! The secret keys of an installation, in a file of their own. A copy of the database contains no key: with the database
//! alone, nobody can forge a ticket or compute the result of a lottery before it is run.
//!
//! The file has one secret of 256 bits for each rotation (`encore key rotate`), and each purpose has a key of its own
//! that is derived from a secret with HKDF-SHA256 (RFC 5869). The code of a ticket is signed with the secret that was
//! the newest when the seat was held, so codes from before a rotation stay valid, and a stolen old secret signs no
//! ticket that was sold afterwards.

use crate::domain::Timestamp;
use crate::domain::text::{from_hex, hex};
use crate::store::{Fault, KeyRecord};
use hkdf::Hkdf;
use sha2::Sha256;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::ops::Range;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The name of the file in the data folder, unless the operator sets another path.
pub const KEY_FILE: &str = "encore.key";

const HEAD: &str = "# The secret keys of this box office. Keep this file private, and a copy of it apart from the copies of the\n\
    # database. Each line: the version, since when the key is used (milliseconds since 1970), the secret.\n";

/// How keys are derived from a secret, and which codes of tickets they sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    /// A secret from an earlier version of the program, in the database then. It is used as it is, and signs codes with
    /// 40 bits.
    First,
    /// Keys are derived with HKDF. Codes are signed with 65 bits.
    Second,
}

/// One secret, and what is derived from it.
#[derive(Clone, PartialEq, Eq)]
struct Secret {
    version: Version,
    since: Timestamp,
    bytes: [u8; 32],
}

impl Secret {
    fn key(&self, purpose: &str) -> [u8; 32] {
        match self.version {
            Version::First => self.bytes,
            Version::Second => derive(&self.bytes, purpose),
        }
    }

    fn line(&self) -> String {
        let version = match self.version {
            Version::First => "v1",
            Version::Second => "v2",
        };
        format!("{version} {} {}\n", self.since.0, hex(&self.bytes))
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let version = match words.next()? {
            "v1" => Version::First,
            "v2" => Version::Second,
            _ => return None,
        };
        let since = Timestamp(words.next()?.parse().ok()?);
        let bytes = from_hex(words.next()?)?.try_into().ok()?;
        words.next().is_none().then_some(Self { version, since, bytes })
    }

    /// A text by which a secret is recognised, and from which it cannot be computed.
    fn fingerprint(&self) -> String {
        hex(&derive(&self.bytes, "fingerprint")[..8])
    }
}

/// The key that signs the codes of the tickets whose seats were held in a certain time.
#[derive(Clone)]
pub(crate) struct CodeKey {
    pub bytes: [u8; 32],
    /// When the seats of its tickets were held.
    pub held: Range<Timestamp>,
    /// How many digits of five bits the signature of a code has.
    pub digits: usize,
}

/// The keys of an installation.
pub struct Keys {
    /// The oldest first; never empty.
    secrets: Vec<Secret>,
    numbers: [u8; 32],
    messages: [u8; 32],
    codes: Vec<CodeKey>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    fn of(secrets: Vec<Secret>) -> Result<Self, Fault> {
        let (Some(oldest), Some(newest)) = (secrets.first(), secrets.last()) else {
            return Err(Fault::Broken("the key file has no key"));
        };
        let ends = secrets.iter().skip(1).map(|next| next.since).chain([Timestamp(i64::MAX)]);
        let codes = secrets.iter().zip(ends).map(|(secret, end)| CodeKey {
            bytes: secret.key("ticket codes"),
            held: secret.since..end,
            digits: match secret.version {
                Version::First => 8,
                Version::Second => 13,
            },
        });
        let (numbers, messages) = (oldest.key("numbers"), newest.key("messages"));
        Ok(Self { numbers, messages, codes: codes.collect(), secrets })
    }

    /// Opens the key file of a database. If neither the file nor the database has a key yet, makes one from `fresh`. A
    /// key that an earlier version stored in the database is moved into the file. `record` is what the database knows of
    /// its keys, and `keep` stores there what it is to know from now on.
    ///
    /// # Errors
    /// [`Fault::WrongKey`] if the file is missing, or has not the keys of this database; [`Fault::ExposedKey`] if others
    /// can read it; a fault if it cannot be read or written.
    pub fn open(
        file: &Path,
        record: KeyRecord,
        (fresh, now): ([u8; 32], Timestamp),
        keep: impl FnOnce(&str) -> Result<(), Fault>,
    ) -> Result<Self, Fault> {
        let begin = Timestamp(0);
        let moved = record.key.map(|bytes| Secret { version: Version::First, since: begin, bytes });
        let secrets = match read(file)? {
            Some(secrets) => secrets,
            None if record.fingerprint.is_some() => return Err(Fault::WrongKey(file.to_owned())),
            None => {
                let since = if moved.is_some() { now } else { begin };
                let new = Secret { version: Version::Second, since, bytes: fresh };
                let secrets: Vec<_> = moved.iter().cloned().chain([new]).collect();
                write(file, &secrets)?;
                secrets
            }
        };
        let keys = Self::of(secrets)?;
        let known = record.fingerprint.or_else(|| moved.map(|secret| format!("{0}-{0}", secret.fingerprint())));
        if known.as_deref().is_some_and(|known| !keys.has(known)) {
            return Err(Fault::WrongKey(file.to_owned()));
        }
        let fingerprint = keys.fingerprint();
        if known.as_ref() != Some(&fingerprint) || record.key.is_some() {
            keep(&fingerprint)?;
        }
        Ok(keys)
    }

    /// The fingerprints of the oldest and the newest secret.
    fn fingerprint(&self) -> String {
        let of = |secret: Option<&Secret>| secret.map(Secret::fingerprint).unwrap_or_default();
        format!("{}-{}", of(self.secrets.first()), of(self.secrets.last()))
    }

    /// Whether these are the keys of a database that stores `known`, perhaps with newer ones.
    fn has(&self, known: &str) -> bool {
        let Some((oldest, newest)) = known.split_once('-') else { return false };
        self.secrets.first().is_some_and(|secret| secret.fingerprint() == oldest)
            && self.secrets.iter().any(|secret| secret.fingerprint() == newest)
    }

    /// The key that encrypts the numbers of orders and tickets ([`crate::reference`]). It never changes, because people
    /// have the numbers on paper.
    pub const fn numbers(&self) -> &[u8; 32] {
        &self.numbers
    }

    /// The key that signs what is valid for minutes: line passes, and the cookies in which messages travel.
    pub const fn messages(&self) -> &[u8; 32] {
        &self.messages
    }

    /// Computes the secret of a link from what its row says, as 32 hexadecimal digits. A new key ends all
    /// links.
    pub(crate) fn link_secret(&self, row: &str) -> String {
        let key = self.secrets.last().map_or([0; 32], |secret| secret.key("links"));
        hex(&derive(&key, row)[..16])
    }

    /// The key that signs the code of a ticket whose seat was held at the instant `held`.
    pub(crate) fn code_key(&self, held: Timestamp) -> &CodeKey {
        let of_then = self.codes.iter().rfind(|key| key.held.contains(&held));
        // The first key is used from the beginning of time in every file that this program writes.
        of_then.unwrap_or(&self.codes[0])
    }

    /// All keys that sign codes, the newest first.
    pub(crate) fn code_keys(&self) -> impl Iterator<Item = &CodeKey> {
        self.codes.iter().rev()
    }

    /// Makes a seal: a text from which a secret is computed, and nobody without the keys can. It names the newest key by its
    /// `since`, and has `random`, random bits in hexadecimal digits.
    pub(crate) fn seal(&self, random: &str) -> String {
        format!("{}.{random}", self.secrets.last().map_or(0, |secret| secret.since.0))
    }

    /// Computes the secret of a lottery from its seal, as 64 hexadecimal digits.
    ///
    /// # Errors
    /// A fault if the file no longer has the key of this seal.
    pub(crate) fn lottery_secret(&self, seal: &str) -> Result<String, Fault> {
        let key = self.sealed(seal, "lotteries")?;
        Ok(hex(&derive(&key, seal)))
    }

    /// The key (Ed25519) that signs the receipts of a lobby, whose lottery has this seal. It is the same for all lobbies
    /// until the keys are rotated, so that it can be compared.
    ///
    /// # Errors
    /// A fault if the file no longer has the key of this seal.
    pub(crate) fn receipt_key(&self, seal: &str) -> Result<[u8; 32], Fault> {
        self.sealed(seal, "lottery receipts")
    }

    /// Computes a secret of a second step from a seal and what it is for, such as the number of a recovery code.
    ///
    /// # Errors
    /// A fault if the file no longer has the key of this seal.
    pub(crate) fn second_step_secret(&self, seal: &str, what: &str) -> Result<[u8; 32], Fault> {
        let key = self.sealed(seal, "second steps")?;
        Ok(derive(&key, &format!("{what} {seal}")))
    }

    /// The key for `purpose` that a seal names.
    fn sealed(&self, seal: &str, purpose: &str) -> Result<[u8; 32], Fault> {
        let secret = self.secrets.iter().rfind(|secret| seal.split('.').next() == Some(&secret.since.0.to_string()));
        Ok(secret.ok_or(Fault::Broken("the key file does not have the key of this secret"))?.key(purpose))
    }
}

/// Adds a new secret to the key file of a database: tickets whose seats are held from `now` on are signed with it. No
/// server may use the database meanwhile.
///
/// # Errors
/// [`Fault::WrongKey`] if there is no such file; a fault if it cannot be read or written.
pub fn rotate(file: &Path, (fresh, now): ([u8; 32], Timestamp)) -> Result<(), Fault> {
    let mut secrets = read(file)?.ok_or_else(|| Fault::WrongKey(file.to_owned()))?;
    if secrets.last().is_some_and(|newest| newest.since >= now) {
        return Err(Fault::Broken("the newest key is not older than this moment: is the clock right?"));
    }
    secrets.push(Secret { version: Version::Second, since: now, bytes: fresh });
    write(file, &secrets)
}

/// Derives a key for one purpose.
#[expect(clippy::expect_used, reason = "HKDF gives up to 8,160 bytes")]
fn derive(secret: &[u8; 32], purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, secret).expand(purpose.as_bytes(), &mut key).expect("32 bytes are not too many");
    key
}

/// Reads the secrets of a key file, the oldest first. `None` if there is no such file.
fn read(file: &Path) -> Result<Option<Vec<Secret>>, Fault> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Fault::KeyFile(file.to_owned(), error)),
    };
    let of_file = |error| Fault::KeyFile(file.to_owned(), error);
    if file.metadata().map_err(of_file)?.permissions().mode() & 0o077 != 0 {
        return Err(Fault::ExposedKey(file.to_owned()));
    }
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let secrets = lines.map(Secret::read).collect::<Option<Vec<_>>>();
    secrets.map(Some).ok_or(Fault::Broken("a line of the key file cannot be read"))
}

/// Replaces a key file, so that after a crash either the old or the new one is there.
fn write(file: &Path, secrets: &[Secret]) -> Result<(), Fault> {
    replace(file, secrets).map_err(|error| Fault::KeyFile(file.to_owned(), error))
}

fn replace(file: &Path, secrets: &[Secret]) -> std::io::Result<()> {
    // A link stays one: what it leads to is replaced.
    let file = if file.exists() { file.canonicalize()? } else { file.to_owned() };
    let new = file.with_extension("key.new");
    let mut opened = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
    opened.write_all(HEAD.as_bytes())?;
    opened.write_all(secrets.iter().map(Secret::line).collect::<String>().as_bytes())?;
    opened.sync_all()?;
    std::fs::rename(&new, &file)?;
    // The folder has the new name only once it is on the disk too.
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
impl Keys {
    /// Keys for a test, derived from a secret of one repeated byte.
    pub(crate) fn of_byte(byte: u8) -> Self {
        let secret = Secret { version: Version::Second, since: Timestamp(0), bytes: [byte; 32] };
        Self::of(vec![secret]).expect("has a key")
    }

    /// Keys of an installation that an earlier version began, and that has a new key since `since`.
    pub(crate) fn moved_at(since: Timestamp) -> Self {
        let old = Secret { version: Version::First, since: Timestamp(0), bytes: [7; 32] };
        Self::of(vec![old, Secret { version: Version::Second, since, bytes: [8; 32] }]).expect("has keys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    /// A database that knows its keys, as far as these tests need one.
    #[derive(Default)]
    struct Database {
        key: RefCell<Option<[u8; 32]>>,
        fingerprint: RefCell<Option<String>>,
    }

    impl Database {
        fn open(&self, file: &Path, fresh: u8) -> Result<Keys, Fault> {
            let record = KeyRecord { key: *self.key.borrow(), fingerprint: self.fingerprint.borrow().clone() };
            Keys::open(file, record, ([fresh; 32], Timestamp(1_000)), |fingerprint| {
                self.fingerprint.replace(Some(fingerprint.to_owned()));
                self.key.replace(None);
                Ok(())
            })
        }
    }

    #[test]
    fn the_keys_are_made_once_for_their_owner_only_and_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, database) = (folder.path().join(KEY_FILE), Database::default());
        let made = database.open(&file, 1).expect("is made");
        let mode = file.metadata().expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = database.open(&file, 2).expect("is opened");
        assert!(made.secrets == again.secrets);
        let different = [*made.numbers(), *made.messages(), made.code_key(Timestamp(5)).bytes, made.secrets[0].bytes];
        for (at, key) in different.iter().enumerate() {
            assert!(!different[..at].contains(key), "each purpose has a key of its own");
        }
    }

    #[test]
    fn a_database_is_not_opened_with_other_keys_or_without_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, other, database) = (folder.path().join(KEY_FILE), folder.path().join("other"), Database::default());
        database.open(&file, 1).expect("is made");
        assert!(matches!(database.open(&other, 2), Err(Fault::WrongKey(_))), "no file");
        assert!(!other.exists());
        Database::default().open(&other, 2).expect("is another database's");
        assert!(matches!(database.open(&other, 2), Err(Fault::WrongKey(_))), "another file");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("is open to a group");
        assert!(matches!(database.open(&file, 1), Err(Fault::ExposedKey(_))));
    }

    #[test]
    fn a_rotation_changes_what_is_signed_from_then_on_and_no_number() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, database) = (folder.path().join(KEY_FILE), Database::default());
        let before = database.open(&file, 1).expect("is made");
        let at = Timestamp(5_000);
        rotate(&file, ([2; 32], at)).expect("is rotated");
        assert!(rotate(&file, ([3; 32], at)).is_err(), "a clock that was set back");
        let copy = folder.path().join("copy");
        std::fs::copy(&file, &copy).expect("is copied");
        rotate(&file, ([3; 32], Timestamp(9_000))).expect("is rotated again");
        let after = database.open(&file, 1).expect("has newer keys");

        assert_eq!(before.numbers(), after.numbers());
        assert_ne!(before.messages(), after.messages());
        let key = |keys: &Keys, held: i64| keys.code_key(Timestamp(held)).bytes;
        assert_eq!(key(&before, 4_999), key(&after, 4_999));
        assert_ne!(key(&before, 5_000), key(&after, 5_000));
        assert_eq!(after.code_keys().count(), 3);
        let seal = before.seal("00ff");
        assert_eq!(before.lottery_secret(&seal).ok(), after.lottery_secret(&seal).ok(), "a lobby that is open");
        assert_ne!(after.lottery_secret(&after.seal("00ff")).ok(), before.lottery_secret(&seal).ok());
        assert!(before.lottery_secret(&after.seal("00ff")).is_err(), "a key that is not there");
        assert!(matches!(database.open(&copy, 1), Err(Fault::WrongKey(_))), "a copy from before the last rotation");
    }

    #[test]
    fn the_key_of_an_earlier_version_is_moved_out_of_the_database() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, database) = (folder.path().join(KEY_FILE), Database::default());
        database.key.replace(Some([7; 32]));
        let keys = database.open(&file, 1).expect("is moved");
        assert_eq!(
            (keys.numbers(), keys.code_key(Timestamp(999)).digits),
            (&[7; 32], 8),
            "what was signed stays valid"
        );
        assert_eq!(keys.code_key(Timestamp(1_000)).digits, 13, "what is sold from now on has the new key");
        assert_eq!(*database.key.borrow(), None);

        // The program ended after it had written the file, and before the database.
        database.key.replace(Some([7; 32]));
        database.fingerprint.replace(None);
        database.open(&file, 2).expect("is finished");
        assert_eq!(*database.key.borrow(), None);
        database.key.replace(Some([9; 32]));
        database.fingerprint.replace(None);
        assert!(matches!(database.open(&file, 2), Err(Fault::WrongKey(_))), "another database's file");
    }
}
