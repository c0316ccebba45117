//! The arguments of the command line, and the settings of the environment.

use app::components::seller::Seller;
use app::jobs::backups::BackupPlan;
use app::jobs::beacon::BeaconNodes;
use app::jobs::mail_server::MailServer;
use app::rehearse::DemoHall;
use app::server::DEFAULT_TIME_ZONE;
use app::server::limits::SIGN_UPS_PER_ADDRESS;
use app::server::proof::{JOINS_WITHOUT_PROOF, SIGN_UPS_WITHOUT_PROOF};
use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand};
use encore::domain::account::Duty;
use encore::{Clock, Denied, House, Settings, keys};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// A concert box office on one small machine.
#[derive(Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Subcommand)]
pub enum Command {
    /// Serve the box office (the default).
    Serve,
    /// Fill an empty database with demo data.
    Demo {
        /// Open the demo sale that has not started in this many seconds, with its lobby open at once, instead of
        /// in a week.
        #[arg(long)]
        opens_in: Option<u32>,
    },
    /// Manage the people who run the sale.
    Staff {
        #[command(subcommand)]
        command: StaffCommand,
    },
    /// Try the mail server.
    Mail {
        #[command(subcommand)]
        command: MailCommand,
    },
    /// Manage the secret keys.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Simulate a rush of fans on a temporary database, and report how many this machine can carry.
    Rehearse(Rehearsal),
    /// Write a backup of both databases to a new file. This also works while a server is running.
    Backup { file: PathBuf },
    /// Make the data folder from a backup. It must not exist, or be empty.
    Restore { file: PathBuf },
    /// Check every invariant of the database. This also works while a server is running.
    Check,
}

#[derive(Subcommand)]
pub enum StaffCommand {
    /// Make an existing account staff.
    Add {
        email: String,
        /// The account's duty: owner, box_office or door.
        #[arg(long = "as", default_value = "owner", value_parser = duty)]
        duty: Duty,
    },
    /// Print a link with which the owner of an account sets a new password, within an hour.
    Reset {
        email: String,
        /// Also end the second step and the passkeys of the account, whose owner has lost them.
        #[arg(long)]
        second_step: bool,
    },
}

#[derive(Subcommand)]
pub enum MailCommand {
    /// Send a mail to this address, to see that the mail server takes it.
    Test { address: String },
}

#[derive(Subcommand)]
pub enum KeyCommand {
    /// Sign what is sold from now on with a new key, because somebody else may have the old one. The server must be
    /// stopped.
    Rotate,
}

#[derive(Args)]
pub struct Rehearsal {
    /// Number of simulated fans.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub fans: u32,
    /// Percentage of the fans who are in the lobby before the opening. Half of the others come in the moment of the
    /// opening, and the rest in the second after it.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub early_percent: u32,
    /// The demo hall that is sold.
    #[arg(long, default_value = "theatre")]
    pub hall: DemoHall,
    /// Print the report as JSON.
    #[arg(long)]
    pub json: bool,
    /// Use a server that is already running at this address on this machine, with the folder of --data. Warning: the
    /// simulated fans really buy its seats.
    #[arg(long, requires = "schedule", value_parser = loopback)]
    pub running: Option<SocketAddr>,
    /// The id of the schedule that the fans buy from on that server.
    #[arg(long, requires = "running")]
    pub schedule: Option<i64>,
    /// The process id of that server, to report the CPU time and memory that it used.
    #[arg(long, requires = "running")]
    pub pid: Option<u32>,
}

/// Parses an address of this machine. Any other address is an error: a rehearsal must never be aimed at another
/// machine.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "an address looks like 127.0.0.1:3000".to_owned())?;
    if address.ip().is_loopback() { Ok(address) } else { Err("a rehearsal is played on this machine only".to_owned()) }
}

/// How the log is written, one line for each event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people, with colours on a terminal.
    Text,
    Json,
}

#[derive(Args)]
pub struct Options {
    /// Address and port to listen on.
    #[arg(long, env = "ENCORE_ADDR", default_value = "127.0.0.1:3000", global = true)]
    pub addr: SocketAddr,
    /// Folder with encore.db and sessions.db.
    #[arg(long, env = "ENCORE_DATA", default_value = "./data", global = true)]
    pub data: PathBuf,
    /// File with the secret keys. Made at the first start. Without this it is encore.key in the folder of --data.
    #[arg(long, env = "ENCORE_KEY_FILE", global = true)]
    pub key_file: Option<PathBuf>,
    /// The public origin: scheme, host and, if it is not the default, port.
    #[arg(long, env = "ENCORE_ORIGIN", default_value = "http://127.0.0.1:3000", value_parser = origin, global = true)]
    pub origin: String,
    /// How long a hold lasts, in seconds.
    #[arg(long, env = "ENCORE_HOLD_SECONDS", default_value_t = Settings::DEFAULT.hold_seconds, value_parser = clap::value_parser!(u32).range(1..=86_400), global = true)]
    pub hold_seconds: u32,
    /// How long seats that came back are offered to somebody on a waitlist, in seconds.
    #[arg(long, env = "ENCORE_OFFER_SECONDS", default_value_t = Settings::DEFAULT.offer_seconds, value_parser = clap::value_parser!(u32).range(60..=604_800), global = true)]
    pub offer_seconds: u32,
    /// The most seats that one fan may hold and own together in a schedule, unless staff set another number for it.
    #[arg(long, env = "ENCORE_SEATS_PER_FAN", default_value_t = Settings::DEFAULT.seats_per_fan, value_parser = clap::value_parser!(u32).range(1..=100), global = true)]
    pub seats_per_fan: u32,
    /// The most fans admitted to one schedule at the same time, unless staff set another number for it.
    #[arg(long, env = "ENCORE_ACTIVE_FANS", default_value_t = Settings::DEFAULT.active_fans, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub active_fans: u32,
    /// How long an admission lasts, in seconds.
    #[arg(long, env = "ENCORE_ADMISSION_SECONDS", default_value_t = Settings::DEFAULT.admission_seconds, value_parser = clap::value_parser!(u32).range(1..=86_400), global = true)]
    pub admission_seconds: u32,
    /// The most fans admitted to one schedule per minute, unless staff set another number for it. Without it, only
    /// --active-fans limits admissions.
    #[arg(long, env = "ENCORE_ADMISSIONS_A_MINUTE", value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub admissions_a_minute: Option<u32>,
    /// The most places in the queue of one schedule that may be taken from one address, such as an office.
    #[arg(long, env = "ENCORE_PLACES_PER_ADDRESS", default_value_t = Settings::DEFAULT.places_per_address, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub places_per_address: u32,
    /// The most seats of one schedule that may be held from one address at the same time.
    #[arg(long, env = "ENCORE_HELD_PER_ADDRESS", default_value_t = Settings::DEFAULT.held_per_address, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub held_per_address: u32,
    /// The most points that a member of staff may adjust within 24 hours without a second one.
    #[arg(long, env = "ENCORE_POINTS_A_DAY", default_value_t = Settings::DEFAULT.points_a_day, value_parser = clap::value_parser!(i64).range(0..=1_000_000_000_000), global = true)]
    pub points_a_day: i64,
    /// How long the draw of a lobby is computed at least, in seconds, so that nobody can try out which list gives which order.
    #[arg(long, env = "ENCORE_DRAW_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=25), global = true)]
    pub draw_seconds: u32,
    /// Nodes of the public randomness beacon drand, such as https://api.drand.sh, separated by commas: a round of it is mixed
    /// into every draw.
    #[arg(long, env = "ENCORE_BEACON", value_delimiter = ',', global = true)]
    pub beacon: Vec<String>,
    /// Connections come from a trusted reverse proxy: the client's address is the last one in X-Forwarded-For.
    #[arg(long, env = "ENCORE_BEHIND_PROXY", global = true)]
    pub behind_proxy: bool,
    /// How many accounts may be made from one address at once, and then a minute.
    #[arg(long, env = "ENCORE_SIGN_UPS_A_MINUTE", default_value_t = SIGN_UPS_PER_ADDRESS, global = true)]
    pub sign_ups_a_minute: NonZeroU32,
    /// How many accounts may be made from one address at once, and then a minute, without a proof of work.
    #[arg(long, env = "ENCORE_SIGN_UPS_WITHOUT_PROOF", default_value_t = SIGN_UPS_WITHOUT_PROOF, global = true)]
    pub sign_ups_without_proof: NonZeroU32,
    /// How many places in queues may be taken from one address at once, and then a minute, without a proof of work.
    #[arg(long, env = "ENCORE_JOINS_WITHOUT_PROOF", default_value_t = JOINS_WITHOUT_PROOF, global = true)]
    pub joins_without_proof: NonZeroU32,
    /// The mail server: smtps://user:password@host, smtp://user:password@host?tls=required (STARTTLS) or, on this machine,
    /// smtp://127.0.0.1.
    /// Without it, mails stay in the outbox, where owners read them.
    #[arg(long, env = "ENCORE_SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<String>,
    /// Whether a fan has to show that the email address of the account is theirs before they join a queue. Without this, it
    /// is so if there is a mail server.
    #[arg(long, env = "ENCORE_VERIFY_ADDRESSES", global = true)]
    pub verify_addresses: Option<bool>,
    /// The sender of the mails, such as "Encore <tickets@example.org>".
    #[arg(long, env = "ENCORE_MAIL_FROM", global = true)]
    pub mail_from: Option<String>,
    #[command(flatten)]
    pub seller: Seller,
    /// The folder to which a server writes backups. It should be on another disk.
    #[arg(long, env = "ENCORE_BACKUP_TO", global = true)]
    pub backup_to: Option<PathBuf>,
    /// How often a server writes a backup, in minutes.
    #[arg(long, env = "ENCORE_BACKUP_EVERY", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=1_440), global = true)]
    pub backup_every: u32,
    /// How many of the newest backups are kept.
    #[arg(long, env = "ENCORE_BACKUP_KEEP", default_value = "48", value_parser = clap::value_parser!(u32).range(1..=100_000), global = true)]
    pub backup_keep: u32,
    /// How the log is written, to standard error.
    #[arg(long, env = "ENCORE_LOG", default_value = "text", global = true)]
    pub log: LogFormat,
    /// What a monitoring program on another machine sends as `Authorization: Bearer …` to read /metrics and /readyz.
    /// Without it, only programs on this machine can.
    #[arg(long, env = "ENCORE_METRICS_TOKEN", hide_env_values = true, global = true)]
    pub metrics_token: Option<String>,
    /// The time zone of everything that belongs to no concert, such as statements and the log of staff.
    #[arg(long, env = "ENCORE_TIME_ZONE", default_value_t = DEFAULT_TIME_ZONE, global = true)]
    pub time_zone: Tz,
    /// Folder of the built site, which contains pkg and the static files. Without it, the site in the program or, if it has
    /// none, target/site.
    #[arg(long, env = "LEPTOS_SITE_ROOT", global = true)]
    pub site_root: Option<String>,
}

fn duty(text: &str) -> Result<Duty, String> {
    Duty::from_word(text).ok_or_else(|| "a duty is owner, box_office or door".to_owned())
}

/// Accepts an origin: the scheme http or https, a host with or without a port, and nothing after it.
fn origin(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains('/') => Ok(text.to_owned()),
        _ => Err("an origin looks like https://tickets.example.org".to_owned()),
    }
}

impl Options {
    pub fn settings(&self) -> Settings {
        Settings {
            hold_seconds: self.hold_seconds,
            offer_seconds: self.offer_seconds,
            seats_per_fan: self.seats_per_fan,
            active_fans: self.active_fans,
            admission_seconds: self.admission_seconds,
            admissions_a_minute: self.admissions_a_minute,
            places_per_address: self.places_per_address,
            held_per_address: self.held_per_address,
            points_a_day: self.points_a_day,
            has_beacon: !self.beacon.is_empty(),
            verifies_addresses: self.verify_addresses.unwrap_or(self.smtp_url.is_some()),
            ..Settings::DEFAULT
        }
    }

    pub fn key_file(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| self.data.join(keys::KEY_FILE))
    }

    pub fn open(&self) -> Result<House, Denied> {
        self.open_with(self.settings())
    }

    pub fn open_with(&self, settings: Settings) -> Result<House, Denied> {
        Ok(House::open_with_keys(&self.data, &self.key_file(), settings, Clock::system())?)
    }

    /// The mail server, if one is set.
    pub fn mail_server(&self) -> Result<Option<MailServer>, String> {
        let Some(url) = &self.smtp_url else { return Ok(None) };
        let from = self.mail_from.as_deref().ok_or("set ENCORE_MAIL_FROM too: the sender of the mails")?;
        MailServer::new(url, from, &self.origin).map(Some)
    }

    /// The nodes of the beacon.
    ///
    /// # Errors
    /// As [`BeaconNodes::new`], or if the draw is so short that no round could be fetched during it.
    pub fn beacon(&self) -> Result<BeaconNodes, String> {
        const SHORTEST_DRAW: u32 = 15;
        if !self.beacon.is_empty() && self.draw_seconds < SHORTEST_DRAW {
            return Err(format!("with a beacon, ENCORE_DRAW_SECONDS has to be {SHORTEST_DRAW} at least"));
        }
        BeaconNodes::new(&self.beacon)
    }

    /// Where and how often a server writes backups, if it does.
    pub fn backups(&self) -> Option<BackupPlan> {
        let every = Duration::from_secs(60 * u64::from(self.backup_every));
        let keep = self.backup_keep as usize;
        self.backup_to.clone().map(|to| BackupPlan { to, every, keep })
    }

    /// Checks that the data folder has a database, for commands that must not make one.
    pub fn check_database(&self) -> Result<(), String> {
        let exists = self.data.join("encore.db").exists();
        exists.then_some(()).ok_or_else(|| format!("there is no encore.db in {}", self.data.display()))
    }
}
