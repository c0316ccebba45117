//! A virtual file system for SQLite (<https://sqlite.org/vfs.html>) that passes everything on to the usual one, and
//! records what is written to the files of certain folders, in order. From such a recording a test builds what a disk may
//! have after a power cut.

use rusqlite::ffi;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

/// What happened to a file, or a note of the test.
#[derive(Debug, Clone)]
pub enum Event {
    Write {
        file: Arc<str>,
        offset: usize,
        data: Vec<u8>,
    },
    Truncate {
        file: Arc<str>,
        size: usize,
    },
    Delete {
        file: Arc<str>,
        /// Whether the folder is synced at once, so that the file stays deleted.
        is_synced: bool,
    },
    /// All that was written to the file before is on the disk.
    Sync {
        file: Arc<str>,
    },
    /// The test has noted that the operation with this number was answered.
    Answer(usize),
}

/// What happened in one folder.
pub struct Recording {
    folder: PathBuf,
    events: Mutex<Vec<Event>>,
}

/// The folders that are recorded, from their first call of [`Recording::of`] on, for as long as the process runs.
static RECORDINGS: Mutex<Vec<Arc<Recording>>> = Mutex::new(Vec::new());

impl Recording {
    /// Records what SQLite writes to the files of a folder from now on.
    pub fn of(folder: &Path) -> Arc<Self> {
        static REGISTERED: Once = Once::new();
        REGISTERED.call_once(register);
        let recording = Arc::new(Self { folder: folder.to_owned(), events: Mutex::default() });
        RECORDINGS.lock().unwrap_or_else(PoisonError::into_inner).push(recording.clone());
        recording
    }

    pub fn events(&self) -> MutexGuard<'_, Vec<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name_in(&self, path: &Path) -> Option<Arc<str>> {
        let is_in = path.parent() == Some(&self.folder);
        path.file_name().and_then(OsStr::to_str).filter(|_| is_in).map(Arc::from)
    }
}

/// The recording of the folder in which the file `name` is, and the name of the file in it.
unsafe fn recorded(name: *const c_char) -> Option<(Arc<Recording>, Arc<str>)> {
    if name.is_null() {
        return None;
    }
    // SAFETY: SQLite gives a text that ends with a zero.
    let path = Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()));
    let recordings = RECORDINGS.lock().unwrap_or_else(PoisonError::into_inner);
    recordings.iter().find_map(|recording| Some((recording.clone(), recording.name_in(path)?)))
}

/// A recorded file. Behind it, in the same memory, is the file of the usual system.
#[repr(C)]
struct Shim {
    base: ffi::sqlite3_file,
    /// Made by [`Box::into_raw`]; ends with the file.
    of: *mut (Arc<Recording>, Arc<str>),
}

/// The file of the usual system.
unsafe fn usual(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: `szOsFile` has made room for both, and `open` has put it there.
    unsafe { file.cast::<Shim>().add(1).cast() }
}

unsafe fn parts<'a>(file: *mut ffi::sqlite3_file) -> (&'a Recording, Arc<str>) {
    // SAFETY: only files that `open` has made have these methods.
    let (recording, name) = unsafe { &*(*file.cast::<Shim>()).of };
    (recording, name.clone())
}

/// Calls a method of the file of the usual system.
macro_rules! forward {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: SQLite calls a method of a file that is open, with the arguments of this method.
        unsafe {
            let usual = usual($file);
            match (*(*usual).pMethods).$method {
                Some(method) => method(usual $(, $argument)*),
                None => ffi::SQLITE_IOERR,
            }
        }
    }};
}

macro_rules! forwarding {
    ($($name:ident as $method:ident($($argument:ident: $type:ty),*);)+) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $argument: $type)*) -> c_int {
            forward!(file, $method $(, $argument)*)
        }
    )+};
}

forwarding! {
    read as xRead(to: *mut c_void, count: c_int, at: ffi::sqlite3_int64);
    file_size as xFileSize(size: *mut ffi::sqlite3_int64);
    lock as xLock(level: c_int);
    unlock as xUnlock(level: c_int);
    check_reserved_lock as xCheckReservedLock(is_reserved: *mut c_int);
    file_control as xFileControl(what: c_int, argument: *mut c_void);
    sector_size as xSectorSize();
    device_characteristics as xDeviceCharacteristics();
    shm_map as xShmMap(page: c_int, size: c_int, extend: c_int, at: *mut *mut c_void);
    shm_lock as xShmLock(offset: c_int, count: c_int, flags: c_int);
    shm_unmap as xShmUnmap(delete: c_int);
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: as in `forward`.
    unsafe {
        let usual = usual(file);
        if let Some(barrier) = (*(*usual).pMethods).xShmBarrier {
            barrier(usual);
        }
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    data: *const c_void,
    count: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives `count` bytes.
    let (bytes, (recording, name)) = unsafe { (std::slice::from_raw_parts(data.cast(), count as usize), parts(file)) };
    // The lock is kept until it is written, so that two connections are recorded in the order of their writes.
    let mut events = recording.events();
    events.push(Event::Write { file: name, offset: at as usize, data: bytes.to_vec() });
    forward!(file, xWrite, data, count, at)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: see `parts`.
    let (recording, name) = unsafe { parts(file) };
    let mut events = recording.events();
    events.push(Event::Truncate { file: name, size: size as usize });
    forward!(file, xTruncate, size)
}

/// Only records: the machine of the test keeps its power.
unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: see `parts`.
    let (recording, file) = unsafe { parts(file) };
    recording.events().push(Event::Sync { file });
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let closed = forward!(file, xClose);
    // SAFETY: SQLite closes a file once.
    drop(unsafe { Box::from_raw((*file.cast::<Shim>()).of) });
    closed
}

/// Without `xFetch`, so that SQLite maps no file into memory.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe fn usual_system(vfs: *mut ffi::sqlite3_vfs) -> *mut ffi::sqlite3_vfs {
    // SAFETY: `register` has set it.
    unsafe { (*vfs).pAppData.cast() }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives room for `szOsFile` bytes, and a name that lives as long as the file.
    unsafe {
        let system = usual_system(vfs);
        let Some(open) = (*system).xOpen else { return ffi::SQLITE_CANTOPEN };
        // Other files are those of the usual system alone.
        let Some(of) = recorded(name) else { return open(system, name, file, flags, out_flags) };
        let opened = open(system, name, usual(file), flags, out_flags);
        let shim = file.cast::<Shim>();
        (*shim).base.pMethods = ptr::null();
        if opened == ffi::SQLITE_OK {
            (*shim).base.pMethods = &METHODS;
            (*shim).of = Box::into_raw(Box::new(of));
        }
        opened
    }
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: as in `open`.
    unsafe {
        if let Some((recording, file)) = recorded(name) {
            recording.events().push(Event::Delete { file, is_synced: sync != 0 });
        }
        let system = usual_system(vfs);
        (*system).xDelete.map_or(ffi::SQLITE_IOERR, |delete| delete(system, name, sync))
    }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    result: *mut c_int,
) -> c_int {
    // SAFETY: as in `open`.
    unsafe {
        let system = usual_system(vfs);
        (*system).xAccess.map_or(ffi::SQLITE_IOERR, |access| access(system, name, flags, result))
    }
}

unsafe extern "C" fn full_pathname(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    size: c_int,
    to: *mut c_char,
) -> c_int {
    // SAFETY: as in `open`.
    unsafe {
        let system = usual_system(vfs);
        (*system).xFullPathname.map_or(ffi::SQLITE_IOERR, |full| full(system, name, size, to))
    }
}

/// Makes this system the one that SQLite uses by default. Its other functions are those of the usual system.
fn register() {
    // SAFETY: the structure lives as long as the process, and the usual system is that of SQLite itself.
    unsafe {
        let system = ffi::sqlite3_vfs_find(ptr::null());
        let vfs = ffi::sqlite3_vfs {
            szOsFile: size_of::<Shim>() as c_int + (*system).szOsFile,
            pNext: ptr::null_mut(),
            zName: c"recording".as_ptr(),
            pAppData: system.cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            ..*system
        };
        let registered = ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 1);
        assert_eq!(registered, ffi::SQLITE_OK);
    }
}
