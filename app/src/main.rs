//! The commands: serve, demo, staff, mail, key, backup, restore, check, rehearse.

mod cli;

use app::components::site::Site;
use app::jobs::Outside;
use app::paths::{invitation_path, password_path};
use app::rehearse::{self, RehearsalPlan, Running};
use app::routes::router;
use app::server::capacity::{Capacity, Places};
use app::server::limits::{FORMS_PER_SIGN_IN, Limits};
use app::server::proof::Proofs;
use app::server::{App, listen};
use app::{jobs, mails};
use clap::Parser;
use cli::{Cli, Command, KeyCommand, LogFormat, MailCommand, Options, Rehearsal, StaffCommand};
use encore::backup::{self, Manifest};
use encore::domain::account::Duty;
use encore::domain::mail::Answer;
use encore::domain::{ScheduleId, Timestamp};
use encore::{Clock, Denied, Settings, back_office, box_office, demo, heartbeat, house, keys};
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Requests make and free many small allocations. With the system's allocator, that takes an eighth of the CPU time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    // A panic is a line of the log like any other, in its format.
    std::panic::set_hook(Box::new(|panic| tracing::error!(panic = panic.to_string(), "panicked")));
    let outcome = match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(&cli.options).await,
        Command::Demo { opens_in } => fill(&cli.options, opens_in).await,
        Command::Staff { command: StaffCommand::Add { email, duty } } => appoint(&cli.options, &email, duty).await,
        Command::Staff { command: StaffCommand::Reset { email, second_step } } => {
            reset_password(&cli.options, &email, second_step).await
        }
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
        demo::open_sale(&house, demo.not_yet_open, opens, None).await?;
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

async fn reset_password(options: &Options, email: &str, ends_second_step: bool) -> CommandResult {
    options.check_database()?;
    let house = options.open()?;
    let why = |denied| match denied {
        Denied::Refused(_) => format!("no account has the address {email}"),
        Denied::Fault(fault) => fault.to_string(),
    };
    if ends_second_step {
        back_office::end_second_step_of(&house, email).await.map_err(why)?;
        println!("{email} has no second step and no passkeys any more.");
    }
    let token = box_office::password_link(&house, email).await.map_err(why)?;
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
    println!("Run `encore key rotate` with its keys first: then tickets that were sold after that let nobody in.");
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
    let delay_steps = jobs::delay_steps(options.draw_seconds);
    let house = Arc::new(options.open_with(Settings { delay_steps, ..options.settings() })?);
    let (app, stop) =
        App::open(house.clone(), &options.data, &options.origin, Site::chosen(options.site_root.as_deref())).await?;
    if !app.site.is_there() {
        tracing::warn!(site = ?app.site.files, "pages have no style and no script: the site, or hash.txt beside the program, is missing");
    }
    let streams = Places::new(capacity.streams, capacity.streams_per_address, 0);
    let operator_token = options.metrics_token.as_deref().map(Arc::from);
    let (behind_proxy, time_zone) = (options.behind_proxy, options.time_zone);
    let limits = Arc::new(Limits::new(options.sign_ups_a_minute, FORMS_PER_SIGN_IN));
    let (sign_ups, joins) = (options.sign_ups_without_proof, options.joins_without_proof);
    let proofs = Arc::new(Proofs::new(sign_ups, joins, house.keys().messages()));
    let (mail_server, beacon) = (options.mail_server()?, options.beacon()?);
    let (seller, sends_mail) = (Arc::new(options.seller.clone()), mail_server.is_some());
    let app = App { behind_proxy, operator_token, seller, sends_mail, limits, proofs, time_zone, streams, ..app };
    heartbeat::start(&house).await?;
    let first_owner = back_office::invite_first_owner(&house).await?;
    jobs::start(&app, options.data.clone(), Outside { mail_server, backups: options.backups(), beacon });
    let listener = listen::bind(options.addr).map_err(|error| format!("{}: {error}", options.addr))?;
    announce(&format!("Encore is open at {} (listening on {})", options.origin, listener.local_addr()?));
    if let Some(token) = first_owner {
        announce("There is no owner yet. Sign up and become the owner with this link, which works once:");
        announce(&format!("{}{}", options.origin, invitation_path(&token)));
    }
    // Nobody listens if it was not started by a service manager.
    drop(sd_notify::notify(&[sd_notify::NotifyState::Ready]));
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
