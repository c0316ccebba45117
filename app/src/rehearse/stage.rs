//! The stage of a rehearsal: the data folder, and the server on it.

use super::{DemoHall, RehearsalPlan, Running};
use encore::domain::{ScheduleId, Timestamp};
use encore::keys::KEY_FILE;
use encore::{Clock, House, demo};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::Instant;

/// The data folder of a rehearsal, and the schedule that the fans buy from.
pub struct RehearsalHouse {
    pub folder: PathBuf,
    key_file: PathBuf,
    pub schedule: ScheduleId,
    running: Option<Running>,
    settings: encore::Settings,
    _scratch: Option<tempfile::TempDir>,
}

impl RehearsalHouse {
    /// Fills a temporary folder with demo data, or takes the folder of the server that is already running.
    pub async fn prepare(plan: &RehearsalPlan) -> Result<Self, Box<dyn Error>> {
        let settings = plan.settings;
        if let Some(running) = plan.running.clone() {
            let (folder, key_file) = (running.data.clone(), running.key_file.clone());
            let schedule = running.schedule;
            return Ok(Self { folder, key_file, schedule, running: Some(running), settings, _scratch: None });
        }
        let scratch = tempfile::tempdir()?;
        let folder = scratch.path().to_owned();
        let house = House::open(&folder, settings, Clock::system())?;
        let demo = demo::fill(&house).await?;
        let schedule = match plan.hall {
            DemoHall::Club => demo.club,
            DemoHall::Theatre => demo.theatre,
            DemoHall::Arena => demo.arena,
        };
        let key_file = folder.join(KEY_FILE);
        Ok(Self { folder, key_file, schedule, running: None, settings, _scratch: Some(scratch) })
    }

    /// Opens the data folder. Drop the result soon, because a server has the same folder open, or is about to open it.
    pub fn house(&self) -> Result<House, Box<dyn Error>> {
        Ok(House::open_with_keys(&self.folder, &self.key_file, self.settings, Clock::system())?)
    }

    /// Sets the opening of the sale so that there is time to start the server, then for a lobby of the length `lobby`, and
    /// returns when it is. On a server that is already running nothing is changed: its sale is assumed to be open now.
    pub async fn schedule_opening(&self, lobby: Duration) -> Result<Instant, Box<dyn Error>> {
        if self.running.is_some() {
            return Ok(Instant::now());
        }
        const START: Duration = Duration::from_secs(2);
        let house = self.house()?;
        let wait = START + lobby;
        let opening = Instant::now() + wait;
        let opens = Timestamp(house.clock().now().0 + i64::try_from(wait.as_millis())?);
        demo::open_sale(&house, self.schedule, opens, Some(lobby.as_secs())).await?;
        Ok(opening)
    }

    /// Starts a server process of this program on the folder, or returns the server that is already running.
    pub async fn serve(&self, plan: &RehearsalPlan) -> Result<Server, Box<dyn Error>> {
        if let Some(running) = &self.running {
            return Ok(Server { address: running.address, pid: running.pid, child: None });
        }
        let settings = &plan.settings;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("serve")
            .env("ENCORE_DATA", &self.folder)
            .env("ENCORE_KEY_FILE", &self.key_file)
            .env("ENCORE_ADDR", "127.0.0.1:0")
            .env("ENCORE_ORIGIN", "http://127.0.0.1")
            .env("ENCORE_HOLD_SECONDS", settings.hold_seconds.to_string())
            .env("ENCORE_SEATS_PER_FAN", settings.seats_per_fan.to_string())
            .env("ENCORE_ACTIVE_FANS", settings.active_fans.to_string())
            .env("ENCORE_ADMISSION_SECONDS", settings.admission_seconds.to_string())
            // The lobby of a rehearsal is short, and what is measured is the sale.
            .env("ENCORE_DRAW_SECONDS", "0")
            .env("ENCORE_PLACES_PER_ADDRESS", settings.places_per_address.to_string())
            .env("ENCORE_HELD_PER_ADDRESS", settings.held_per_address.to_string())
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped());
        if let Some(a_minute) = settings.admissions_a_minute {
            command.env("ENCORE_ADMISSIONS_A_MINUTE", a_minute.to_string());
        }
        let mut child = command.spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("the server has no output")?).read_line(&mut line)?;
        let address = line.rsplit_once("listening on ").map(|(_, address)| address.trim_end().trim_end_matches(')'));
        let address = address.ok_or("the server did not start")?.parse()?;
        Ok(Server { address, pid: Some(child.id()), child: Some(child) })
    }
}

/// The server to which the fans send their requests.
pub struct Server {
    pub address: SocketAddr,
    pid: Option<u32>,
    child: Option<Child>,
}

impl Server {
    /// The CPU time and memory that the server's process and this process have used so far.
    pub fn usage(&self) -> Usage {
        let server = self.pid.and_then(Process::of);
        Usage { server, player: Process::of(std::process::id()) }
    }

    /// Stops the server, if the rehearsal started it.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            // A committed sale survives a kill, and the folder is temporary, so the server need not stop gracefully.
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// The CPU time and memory that the server's process and this process have used. `None` if a process is not known.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    pub server: Option<Process>,
    pub player: Option<Process>,
}

impl Usage {
    /// The CPU time used since `before`. The memory is still the peak since the start of each process.
    pub fn since(self, before: &Self) -> Self {
        let since = |now: Option<Process>, before: Option<Process>| {
            now.zip(before).map(|(now, before)| Process { cpu_seconds: now.cpu_seconds - before.cpu_seconds, ..now })
        };
        Self { server: since(self.server, before.server), player: since(self.player, before.player) }
    }
}

/// The CPU time and memory that one process has used.
#[derive(Debug, Clone, Copy)]
pub struct Process {
    pub cpu_seconds: f64,
    /// The peak resident memory of the process, in bytes.
    pub peak_bytes: u64,
}

impl Process {
    /// Reads `/proc` (proc(5)), where the kernel states CPU time in hundredths of a second and memory in units of 1,024
    /// bytes. Returns `None` if there is no such process.
    fn of(pid: u32) -> Option<Self> {
        const TICKS_A_SECOND: f64 = 100.0;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The second field, the name in parentheses, may contain anything, so the fields are counted from the third on.
        // In the whole line, utime and stime are the fields 14 and 15; here they have the indices 11 and 12.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok());
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let peak_kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().ok()?;
        Some(Self { cpu_seconds: (ticks(11)? + ticks(12)?) / TICKS_A_SECOND, peak_bytes: peak_kilobytes * 1024 })
    }
}
