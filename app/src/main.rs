//! The command line: serve, demo, staff, mail, key, backup, restore, check, rehearse.

use app::components::seller::Seller;
use app::components::site::Site;
use app::jobs::backups::BackupPlan;
use app::jobs::mail_server::MailServer;
use app::paths::{invitation_path, password_path};
use app::rehearse::{self, DemoHall, RehearsalPlan, Running};
use app::routes::router;
use app::server::capacity::{Capacity, Places};
use app::server::limits::{SIGN_UPS_PER_ADDRESS, SignInLimits};
use app::server::proof::{JOINS_WITHOUT_PROOF, Proofs, SIGN_UPS_WITHOUT_PROOF};
use app::server::{App, DEFAULT_TIME_ZONE, listen};
use app::{jobs, mails};
use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand};
use encore::backup::{self, Manifest};
use encore::domain::account::Duty;
use encore::domain::mail::Answer;
use encore::domain::{ScheduleId, Timestamp};
use encore::{Clock, Denied, House, Settings, back_office, box_office, demo, house, keys, waiting_room};
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Requests make and free many small allocations. With the system's allocator, that takes an eighth of the CPU time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A concert box office on one small machine.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Command {
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
enum StaffCommand {
    /// Make an existing account staff.
    Add {
        email: String,
        /// The account's duty: owner, box_office or door.
        #[arg(long = "as", default_value = "owner", value_parser = duty)]
        duty: Duty,
    },
    /// Print a link with which the owner of an account sets a new password, within an hour.
    Reset { email: String },
}

#[derive(Subcommand)]
enum MailCommand {
    /// Send a mail to this address, to see that the mail server takes it.
    Test { address: String },
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Sign what is sold from now on with a new key, because somebody else may have the old one. The server must be
    /// stopped.
    Rotate,
}

#[derive(Args)]
struct Rehearsal {
    /// Number of simulated fans.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    fans: u32,
    /// Percentage of the fans who are in the lobby before the opening. Half of the others come in the moment of the
    /// opening, and the rest in the second after it.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=100))]
    early_percent: u32,
    /// The demo hall that is sold.
    #[arg(long, default_value = "theatre")]
    hall: DemoHall,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
    /// Use a server that is already running at this address on this machine, with the folder of --data. Warning: the
    /// simulated fans really buy its seats.
    #[arg(long, requires = "schedule", value_parser = loopback)]
    running: Option<SocketAddr>,
    /// The id of the schedule that the fans buy from on that server.
    #[arg(long, requires = "running")]
    schedule: Option<i64>,
    /// The process id of that server, to report the CPU time and memory that it used.
    #[arg(long, requires = "running")]
    pid: Option<u32>,
}

/// Parses an address of this machine. Any other address is an error: a rehearsal must never be aimed at another
/// machine.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "an address looks like 127.0.0.1:3000".to_owned())?;
    if address.ip().is_loopback() { Ok(address) } else { Err("a rehearsal is played on this machine only".to_owned()) }
}

/// How the log is written, one line for each event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LogFormat {
    /// For people, with colours on a terminal.
    Text,
    Json,
}

#[derive(Args)]
struct Options {
    /// Address and port to listen on.
    #[arg(long, env = "ENCORE_ADDR", default_value = "127.0.0.1:3000", global = true)]
    addr: SocketAddr,
    /// Folder with encore.db and sessions.db.
    #[arg(long, env = "ENCORE_DATA", default_value = "./data", global = true)]
    data: PathBuf,
    /// File with the secret keys. Made at the first start. Without this it is encore.key in the folder of --data.
    #[arg(long, env = "ENCORE_KEY_FILE", global = true)]
    key_file: Option<PathBuf>,
    /// The public origin: scheme, host and, if it is not the default, port.
    #[arg(long, env = "ENCORE_ORIGIN", default_value = "http://127.0.0.1:3000", value_parser = origin, global = true)]
    origin: String,
    /// How long a hold lasts, in seconds.
    #[arg(long, env = "ENCORE_HOLD_SECONDS", default_value_t = Settings::DEFAULT.hold_seconds, value_parser = clap::value_parser!(u32).range(1..=86_400), global = true)]
    hold_seconds: u32,
    /// The most seats that one fan may hold and own together in a schedule, unless staff set another number for it.
    #[arg(long, env = "ENCORE_SEATS_PER_FAN", default_value_t = Settings::DEFAULT.seats_per_fan, value_parser = clap::value_parser!(u32).range(1..=100), global = true)]
    seats_per_fan: u32,
    /// The most fans admitted to one schedule at the same time, unless staff set another number for it.
    #[arg(long, env = "ENCORE_ACTIVE_FANS", default_value_t = Settings::DEFAULT.active_fans, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    active_fans: u32,
    /// How long an admission lasts, in seconds.
    #[arg(long, env = "ENCORE_ADMISSION_SECONDS", default_value_t = Settings::DEFAULT.admission_seconds, value_parser = clap::value_parser!(u32).range(1..=86_400), global = true)]
    admission_seconds: u32,
    /// The most fans admitted to one schedule per minute, unless staff set another number for it. Without it, only
    /// --active-fans limits admissions.
    #[arg(long, env = "ENCORE_ADMISSIONS_A_MINUTE", value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    admissions_a_minute: Option<u32>,
    /// The most places in the queue of one schedule that may be taken from one address, such as an office.
    #[arg(long, env = "ENCORE_PLACES_PER_ADDRESS", default_value_t = Settings::DEFAULT.places_per_address, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    places_per_address: u32,
    /// The most seats of one schedule that may be held from one address at the same time.
    #[arg(long, env = "ENCORE_HELD_PER_ADDRESS", default_value_t = Settings::DEFAULT.held_per_address, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    held_per_address: u32,
    /// The most points that a member of staff may adjust within 24 hours without a second one.
    #[arg(long, env = "ENCORE_POINTS_A_DAY", default_value_t = Settings::DEFAULT.points_a_day, value_parser = clap::value_parser!(i64).range(0..=1_000_000_000_000), global = true)]
    points_a_day: i64,
    /// Connections come from a trusted reverse proxy: the client's address is the last one in X-Forwarded-For.
    #[arg(long, env = "ENCORE_BEHIND_PROXY", global = true)]
    behind_proxy: bool,
    /// How many accounts may be made from one address at once, and then a minute.
    #[arg(long, env = "ENCORE_SIGN_UPS_A_MINUTE", default_value_t = SIGN_UPS_PER_ADDRESS, global = true)]
    sign_ups_a_minute: NonZeroU32,
    /// How many accounts may be made from one address at once, and then a minute, without a proof of work.
    #[arg(long, env = "ENCORE_SIGN_UPS_WITHOUT_PROOF", default_value_t = SIGN_UPS_WITHOUT_PROOF, global = true)]
    sign_ups_without_proof: NonZeroU32,
    /// How many places in queues may be taken from one address at once, and then a minute, without a proof of work.
    #[arg(long, env = "ENCORE_JOINS_WITHOUT_PROOF", default_value_t = JOINS_WITHOUT_PROOF, global = true)]
    joins_without_proof: NonZeroU32,
    /// The mail server: smtps://user:password@host, smtp://user:password@host?tls=required (STARTTLS) or smtp://host.
    /// Without it, mails stay in the outbox, where owners read them.
    #[arg(long, env = "ENCORE_SMTP_URL", hide_env_values = true, global = true)]
    smtp_url: Option<String>,
    /// Whether a fan has to show that the email address of the account is theirs before they join a queue. Without this, it
    /// is so if there is a mail server.
    #[arg(long, env = "ENCORE_VERIFY_ADDRESSES", global = true)]
    verify_addresses: Option<bool>,
    /// The sender of the mails, such as "Encore <tickets@example.org>".
    #[arg(long, env = "ENCORE_MAIL_FROM", global = true)]
    mail_from: Option<String>,
    #[command(flatten)]
    seller: Seller,
    /// The folder to which a server writes backups. It should be on another disk.
    #[arg(long, env = "ENCORE_BACKUP_TO", global = true)]
    backup_to: Option<PathBuf>,
    /// How often a server writes a backup, in minutes.
    #[arg(long, env = "ENCORE_BACKUP_EVERY", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=1_440), global = true)]
    backup_every: u32,
    /// How many of the newest backups are kept.
    #[arg(long, env = "ENCORE_BACKUP_KEEP", default_value = "48", value_parser = clap::value_parser!(u32).range(1..=100_000), global = true)]
    backup_keep: u32,
    /// How the log is written, to standard error.
    #[arg(long, env = "ENCORE_LOG", default_value = "text", global = true)]
    log: LogFormat,
    /// What a monitoring program on another machine sends as `Authorization: Bearer …` to read /metrics and /readyz.
    /// Without it, only programs on this machine can.
    #[arg(long, env = "ENCORE_METRICS_TOKEN", hide_env_values = true, global = true)]
    metrics_token: Option<String>,
    /// The time zone of everything that belongs to no concert, such as statements and the log of staff.
    #[arg(long, env = "ENCORE_TIME_ZONE", default_value_t = DEFAULT_TIME_ZONE, global = true)]
    time_zone: Tz,
    /// Folder of the built site, which contains pkg and the static files.
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site", global = true)]
    site_root: String,
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
    fn settings(&self) -> Settings {
        Settings {
            hold_seconds: self.hold_seconds,
            seats_per_fan: self.seats_per_fan,
            active_fans: self.active_fans,
            admission_seconds: self.admission_seconds,
            admissions_a_minute: self.admissions_a_minute,
            places_per_address: self.places_per_address,
            held_per_address: self.held_per_address,
            points_a_day: self.points_a_day,
            verifies_addresses: self.verify_addresses.unwrap_or(self.smtp_url.is_some()),
        }
    }

    fn key_file(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| self.data.join(keys::KEY_FILE))
    }

    fn open(&self) -> Result<House, Denied> {
        Ok(House::open_with_keys(&self.data, &self.key_file(), self.settings(), Clock::system())?)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    // A log that cannot be written, for example on a full disk, must not stop the program.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    match cli.options.log {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
    let outcome = match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(&cli.options).await,
        Command::Demo { opens_in } => fill(&cli.options, opens_in).await,
        Command::Staff { command: StaffCommand::Add { email, duty } } => appoint(&cli.options, &email, duty).await,
        Command::Staff { command: StaffCommand::Reset { email } } => reset_password(&cli.options, &email).await,
        Command::Mail { command: MailCommand::Test { address } } => test_mail(&cli.options, &address).await,
        Command::Key { command: KeyCommand::Rotate } => rotate_key(&cli.options),
        Command::Rehearse(rehearsal) => rehearse(&cli.options, rehearsal).await,
        Command::Backup { file } => back_up(&cli.options, &file),
        Command::Restore { file } => restore(&cli.options, &file),
        Command::Check => check(&cli.options),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("encore: {error}");
        ExitCode::FAILURE
    })
}

type CommandResult = Result<ExitCode, Box<dyn std::error::Error>>;

async fn fill(options: &Options, opens_in: Option<u32>) -> CommandResult {
    let house = options.open()?;
    let demo = demo::fill(&house).await?;
    if let Some(seconds) = opens_in {
        let opens = house.clock().now().plus_seconds(seconds.into());
        demo::open_sale(&house, demo.not_yet_open, opens).await?;
    }
    println!("The demo house is in {}.", options.data.display());
    println!("Fans: {} and {}; staff: {}; password: {}", demo::MINA, demo::JOON, demo::STAFF, demo::PASSWORD);
    Ok(ExitCode::SUCCESS)
}

async fn appoint(options: &Options, email: &str, duty: Duty) -> CommandResult {
    back_office::appoint(&options.open()?, email, duty).await.map_err(|denied| match denied {
        Denied::Refused(_) => format!("no account has the address {email}: sign up first"),
        Denied::Fault(fault) => fault.to_string(),
    })?;
    println!("{email} is staff.");
    Ok(ExitCode::SUCCESS)
}

async fn reset_password(options: &Options, email: &str) -> CommandResult {
    options.check_database()?;
    let token = box_office::password_link(&options.open()?, email).await.map_err(|denied| match denied {
        Denied::Refused(_) => format!("no account has the address {email}"),
        Denied::Fault(fault) => fault.to_string(),
    })?;
    println!("Whoever opens this link within an hour sets the password of {email}:");
    println!("{}{}", options.origin, password_path(&token));
    Ok(ExitCode::SUCCESS)
}

async fn test_mail(options: &Options, address: &str) -> CommandResult {
    let mut server = options.mail_server()?.ok_or("set ENCORE_SMTP_URL and ENCORE_MAIL_FROM first")?;
    let id = Clock::system().random_key();
    match server.send(address, &id, mails::write_test(&options.origin, &options.seller)).await {
        Answer::Taken => println!("The mail server has taken a mail to {address}."),
        Answer::NotTaken { error, .. } | Answer::Unwritable { error } => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

impl Options {
    /// The mail server, if one is set.
    fn mail_server(&self) -> Result<Option<MailServer>, String> {
        let Some(url) = &self.smtp_url else { return Ok(None) };
        let from = self.mail_from.as_deref().ok_or("set ENCORE_MAIL_FROM too: the sender of the mails")?;
        MailServer::new(url, from, &self.origin).map(Some)
    }

    /// Checks that the data folder has a database, for commands that must not make one.
    fn check_database(&self) -> Result<(), String> {
        let exists = self.data.join("encore.db").exists();
        exists.then_some(()).ok_or_else(|| format!("there is no encore.db in {}", self.data.display()))
    }
}

fn check(options: &Options) -> CommandResult {
    options.check_database()?;
    Ok(report(house::check(&options.data, options.settings(), &Clock::system())?))
}

/// Prints the result of each check, and returns whether all hold.
fn report(sweeps: Vec<house::InvariantCheck>) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for sweep in sweeps {
        match sweep.broken {
            0 => println!("ok      {}", sweep.invariant),
            broken => {
                println!("BROKEN  {} ({broken})", sweep.invariant);
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

fn back_up(options: &Options, file: &Path) -> CommandResult {
    let now = Clock::system().now();
    let manifest = backup::write(&options.data, file, now)?;
    let code = match manifest.tickets {
        Some(_) => report(backup::check(file, options.active_fans, now)?),
        None => {
            println!("It is not checked: the schema of the database is not this program's.");
            ExitCode::SUCCESS
        }
    };
    println!("{} has {}.", file.display(), sold_until(&manifest));
    println!("The keys are not in it: keep a copy of {} apart.", options.key_file().display());
    Ok(code)
}

fn restore(options: &Options, file: &Path) -> CommandResult {
    let manifest = backup::restore(file, &options.data)?;
    let code = check(options)?;
    println!("{} has {}.", options.data.display(), sold_until(&manifest));
    println!("What was sold after that is not in it: those seats are for sale again.");
    if !options.key_file().exists() {
        println!("Put the key file to {} before you start the server.", options.key_file().display());
    }
    Ok(code)
}

/// What a backup has, in words.
fn sold_until(Manifest { made_at, tickets, last_purchase_at, .. }: &Manifest) -> String {
    let time = |at: Timestamp| at.to_utc().format("%Y-%m-%d %H:%M:%S UTC").to_string();
    let last = last_purchase_at.map_or_else(|| "none yet".to_owned(), time);
    match tickets {
        Some(tickets) => format!("{tickets} tickets, as of {} (the last purchase: {last})", time(*made_at)),
        None => format!("the database of another version of Encore, as of {}", time(*made_at)),
    }
}

/// Adds a new key. A server that runs would go on signing with the old one, so none may.
fn rotate_key(options: &Options) -> CommandResult {
    options.check_database()?;
    let _lock = house::lock(&options.data)?;
    // Opened first, so that the keys are those of this database.
    let house = options.open()?;
    let (file, clock) = (options.key_file(), house.clock());
    keys::rotate(&file, (clock.random_bytes(), clock.now()))?;
    drop(house);
    options.open()?;
    println!("{} has a new key. Tickets that were sold before stay valid.", file.display());
    println!("Keep a new copy of this file: the copies from before do not open this database any more.");
    Ok(ExitCode::SUCCESS)
}

async fn rehearse(options: &Options, rehearsal: Rehearsal) -> CommandResult {
    // Every simulated fan has a connection of its own, so this process needs many open files.
    drop(rlimit::increase_nofile_limit(u64::MAX));
    let plan = RehearsalPlan {
        fans: rehearsal.fans as usize,
        early_percent: rehearsal.early_percent as usize,
        hall: rehearsal.hall,
        settings: options.settings(),
        running: rehearsal.running.zip(rehearsal.schedule).map(|(address, schedule)| Running {
            address,
            data: options.data.clone(),
            key_file: options.key_file(),
            schedule: ScheduleId(schedule),
            pid: rehearsal.pid,
        }),
    };
    let report = rehearse::rehearse(plan, |line| eprintln!("{line}")).await?;
    if rehearsal.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn serve(options: &Options) -> CommandResult {
    // Every open seat map holds a connection, and the usual limit is 1,024 open files.
    let files = rlimit::increase_nofile_limit(u64::MAX).or_else(|error| {
        tracing::warn!(%error, "the limit of open files stays as it is");
        rlimit::Resource::NOFILE.get_soft()
    })?;
    let capacity = Capacity::of(files, options.behind_proxy);
    // The lock lasts until the process ends, and so longer than everything that uses the folder.
    std::mem::forget(house::lock(&options.data)?);
    let house = Arc::new(options.open()?);
    let (app, stop) = App::open(house.clone(), &options.data, &options.origin, Site::at(&options.site_root)).await?;
    let style = app.site.style_file();
    if !style.is_file() {
        tracing::warn!(file = %style.display(), "pages have no style and no script: the site, or hash.txt beside the program, is missing");
    }
    let streams = Places::new(capacity.streams, capacity.streams_per_address, 0);
    let operator_token = options.metrics_token.as_deref().map(Arc::from);
    let (behind_proxy, time_zone) = (options.behind_proxy, options.time_zone);
    let sign_in_limits = Arc::new(SignInLimits::new(options.sign_ups_a_minute));
    let (sign_ups, joins) = (options.sign_ups_without_proof, options.joins_without_proof);
    let proofs = Arc::new(Proofs::new(sign_ups, joins, house.keys().messages()));
    let mail_server = options.mail_server()?;
    let (seller, sends_mail) = (Arc::new(options.seller.clone()), mail_server.is_some());
    let app =
        App { behind_proxy, operator_token, seller, sends_mail, sign_in_limits, proofs, time_zone, streams, ..app };
    // Fans who were called but have not come yet get the full time to come once more, because nobody could come while
    // the program was down.
    waiting_room::restart_calls(&house).await?;
    let first_owner = back_office::invite_first_owner(&house).await?;
    let backups = options.backup_to.clone().map(|to| BackupPlan {
        to,
        every: Duration::from_secs(60 * u64::from(options.backup_every)),
        keep: options.backup_keep as usize,
    });
    jobs::start(&app, options.data.clone(), mail_server, backups);
    let listener = listen::bind(options.addr).map_err(|error| format!("{}: {error}", options.addr))?;
    announce(&format!("Encore is open at {} (listening on {})", options.origin, listener.local_addr()?));
    if let Some(token) = first_owner {
        announce("There is no owner yet. Sign up and become the owner with this link, which works once:");
        announce(&format!("{}{}", options.origin, invitation_path(&token)));
    }
    listen::serve(listener, (capacity, app.inside.clone()), router(app), async move {
        interrupted().await;
        stop.send_replace(true);
    })
    .await;
    Ok(ExitCode::SUCCESS)
}

/// Prints a line for the person who starts the server. Nobody may read it: that must not stop the server.
fn announce(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}

/// Waits for Ctrl-C, or for SIGTERM, which a service manager sends.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}
