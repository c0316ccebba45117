//! The lottery that orders the lobby, and what is published about it.

use super::{TOKENS_AT_ONCE, advance};
use crate::Fault;
use crate::beacon::BeaconSource;
use crate::delay;
use crate::domain::beacon::Round;
use crate::domain::lottery::{self, LotteryResult, MixedIn, Promised};
use crate::domain::schedule::SalePhase;
use crate::domain::text::hex;
use crate::domain::{ConcertSchedule, Refusal, ScheduleId, Timestamp, TokenId, queue};
use crate::house::{House, TxContext, known_schedule};
use crate::keys::Keys;
use crate::store::{Delay, ListOfDelay, LobbyEntry, Lottery, Outcome, Write};
use ed25519_dalek::{Signer, SigningKey};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Everything that is published about the lottery of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotteryView {
    pub schedule: ConcertSchedule,
    /// The SHA-256 hash of the lottery's secret, in lower-case hexadecimal digits; `None` before the lobby opens.
    pub commitment: Option<String>,
    /// The public key (Ed25519) of the receipts, in hexadecimal digits; `None` before the lobby opens.
    pub receipt_key: Option<String>,
    /// The round of the beacon that is mixed in. `None` before the lobby opens, and if the venue has no beacon.
    pub beacon: Option<PromisedRound>,
    /// `None` before the lobby has closed, if nobody was in it, and if an earlier version of the program ran the lottery.
    pub closed: Option<ClosedLobby>,
    /// The secret, the contributions and the order; `None` before every fan of the lobby has a number, and if there was
    /// no lobby.
    pub result: Option<Arc<LotteryResult>>,
}

/// The round of the [beacon](crate::domain::beacon) that was promised when a lobby opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromisedRound {
    pub round: Round,
    /// Its signature, once it was mixed in. `None` before the lottery, and also afterwards if it could not be had in time.
    pub signature: Option<String>,
}

/// What is published once a lobby has closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedLobby {
    /// The hash of the list: see [`lottery::list_hash`].
    pub list_hash: String,
    /// The tokens of those who had left the lobby.
    pub withdrawn: Vec<TokenId>,
    /// The delay, which has no output until it is computed.
    pub delay: Delay,
    /// The hashes of all lists that were closed for this delay: see [`lottery::delay_start`].
    pub lists: Vec<String>,
}

/// Returns what is published now about the lottery of a schedule.
///
/// # Errors
/// [`Refusal::NotFound`] if the schedule does not exist or is a draft.
pub async fn lottery(house: &House, schedule: ScheduleId) -> Outcome<LotteryView> {
    let before = house.cached_lottery(schedule);
    let view = house
        .read(move |read, context| {
            let known = known_schedule(read, schedule)?;
            let kept = read.lottery(schedule)?;
            let drawn_at = kept.drawn_at.filter(|_| known.unnumbered == 0);
            let secret = secret(&kept, context)?;
            let commitment = secret.as_deref().map(lottery::commitment);
            let receipt_key = match &kept.seal {
                Some(seal) => Some(hex(receipt_key(seal, context.keys)?.verifying_key().as_bytes())),
                None => None,
            };
            // A sale that opened without a lobby has `drawn_at` but no secret: there was no lottery.
            let result = match (before, secret.zip(drawn_at)) {
                (Some(result), _) => Some(result),
                (None, Some((secret, at))) => {
                    let mixed_in = kept.list.as_ref().and_then(|list| {
                        let output = list.delay.output.as_deref()?;
                        Some(MixedIn { list: &list.hash, output, signature: kept.signature.as_deref() })
                    });
                    Some(Arc::new(LotteryResult::of(at, secret, read.entrants(schedule)?, mixed_in)))
                }
                (None, None) => None,
            };
            let signature = kept.signature;
            let beacon = kept.round.map(|round| PromisedRound { round, signature });
            let closed = match kept.list {
                Some(list) => {
                    let lists = read.lists_of_delay(list.delay.id)?.into_iter().map(|list| list.hash).collect();
                    Some(ClosedLobby { list_hash: list.hash, withdrawn: list.withdrawn, delay: list.delay, lists })
                }
                None => None,
            };
            Ok(LotteryView { schedule: known, commitment, receipt_key, beacon, closed, result })
        })
        .await?;
    // The result never changes, and ten thousand fans may ask for it at once, so it is cached in memory.
    view.result.iter().for_each(|result| house.cache_lottery(schedule, result.clone()));
    Ok(view)
}

/// Returns the secret of a lottery, which is not published before the lottery is run. `None` if there was no lobby.
fn secret(kept: &Lottery, context: TxContext<'_>) -> Outcome<Option<String>> {
    match (&kept.secret, &kept.seal) {
        (None, Some(seal)) => Ok(Some(context.keys.lottery_secret(seal)?)),
        (secret, _) => Ok(secret.clone()),
    }
}

fn receipt_key(seal: &str, keys: &Keys) -> Result<SigningKey, Fault> {
    Ok(SigningKey::from_bytes(&keys.receipt_key(seal)?))
}

/// Returns the signed receipt of a token's entry into the lobby of a schedule, as text: what is signed
/// ([`lottery::receipt`]), and the lines `key` and `signature`, both Ed25519 in hexadecimal digits. `None` if the token was
/// never in a lobby. A receipt proves later that its fan was left out, if they were.
///
/// # Errors
/// A fault if the database cannot be read, or the key file no longer has the key of this lobby.
pub async fn receipt(house: &House, schedule: ScheduleId, token: TokenId) -> Outcome<Option<String>> {
    let entry = house.read_briefly(move |read| Ok(read.lobby_entry(token)?)).await?;
    let Some(LobbyEntry { entry, round, seal }) = entry else { return Ok(None) };
    let text = lottery::receipt(schedule, &entry, round);
    let key = receipt_key(&seal, house.keys())?;
    let signature = hex(&key.sign(text.as_bytes()).to_bytes());
    Ok(Some(format!("{text}key {}\nsignature {signature}\n", hex(key.verifying_key().as_bytes()))))
}

/// Runs the step of a schedule's lottery that is due, if any: once the lobby is open, makes the secret; once the lobby is
/// over, closes its list, from which the [delay](run_delays) starts. Each step runs once. Returns the schedule as it is then.
pub(super) fn run_due_lottery(
    write: &Write<'_>,
    known: ConcertSchedule,
    context: TxContext<'_>,
) -> Outcome<ConcertSchedule> {
    let schedule = known.id;
    let mut has_changed = false;
    if known.window.phase(context.now) == SalePhase::Lobby && !known.had_lobby {
        let round = context.settings.has_beacon.then(|| Round::of_lobby(known.window.lobby_end()));
        write.keep_seal(schedule, &context.keys.seal(&context.clock.random_hex::<32>()), round)?;
        has_changed = true;
    }
    if queue::lobby_has_to_close(&known, context.now) {
        close_lobbies(write, &known, context)?;
        has_changed = true;
    }
    if has_changed { Ok(write.schedule(schedule)?.ok_or(Refusal::NotFound)?) } else { Ok(known) }
}

/// Closes the lobby of a schedule, and of every other schedule whose lobby has to close now: they share one delay, so that
/// several dates that open together do not wait for each other.
fn close_lobbies(write: &Write<'_>, known: &ConcertSchedule, context: TxContext<'_>) -> Outcome<()> {
    let now = context.now;
    let mut due = write.schedules_with_queue(now)?;
    due.retain(|other| other.id != known.id && other.waiting > 0 && queue::lobby_has_to_close(other, now));
    due.push(known.clone());
    due.sort_by_key(|schedule| schedule.id);
    let mut lists = vec![];
    for ConcertSchedule { id, .. } in due {
        let (list, kept) = (write.lobby(id)?, write.lottery(id)?);
        let secret = secret(&kept, context)?;
        match &secret {
            Some(secret) if !list.entrants.is_empty() => {
                let commitment = lottery::commitment(secret);
                let hash = lottery::list_hash(&Promised { schedule: id, commitment, round: kept.round }, &list);
                lists.push((id, list, hash));
            }
            // Nobody is in the lobby, so there is no order to decide.
            _ => {
                if let Some(secret) = &secret {
                    write.reveal_secret(id, secret)?;
                }
                write.keep_lottery_order(id, &[], now)?;
            }
        }
    }
    if lists.is_empty() {
        return Ok(());
    }
    let steps = context.settings.delay_steps.max(1);
    let hashes: Vec<String> = lists.iter().map(|(_, _, hash)| hash.clone()).collect();
    let delay = write.insert_delay(&lottery::delay_start(steps, &hashes), steps, now)?;
    for (id, list, hash) in lists {
        write.close_list(id, &list, &hash, delay)?;
    }
    Ok(())
}

/// Computes the delays that have been started, and draws the lotteries that wait for them. Meanwhile it fetches the rounds
/// that are mixed into them from `beacon`; one that cannot be had before the delay is over is left out, which is published.
/// If the program ends meanwhile, the next call begins again, with the same start and so with the same result of the delay.
///
/// # Errors
/// [`Refusal::Busy`] if the writer or the readers are busy; any storage fault.
pub async fn run_delays(house: &House, beacon: &impl BeaconSource) -> Outcome<()> {
    while let Some(delay) = house.read(|read, _| Ok(read.running_delay()?)).await? {
        let Delay { id, start, steps, closed_at, .. } = delay;
        let lists = house.read(move |read, _| Ok(read.lists_of_delay(id)?)).await?;
        // If a lobby closed late, somebody could have known the round before the list was closed.
        let rounds: BTreeSet<Round> =
            lists.iter().filter_map(|list| list.round).filter(|round| round.published_at() > closed_at).collect();
        let (done, output) = oneshot::channel();
        // A thread of its own, and not one of the runtime's, whose end the program would have to wait for.
        std::thread::Builder::new()
            .name("lottery".into())
            .spawn(move || drop(done.send(delay::compute(&start, steps))))
            .map_err(Fault::Folder)?;
        let mut signatures = BTreeMap::new();
        let fetch_all = async {
            for round in rounds {
                signatures.insert(round, fetch(house, beacon, round).await);
            }
            std::future::pending::<Infallible>().await
        };
        let output = tokio::select! {
            // What is already there is not left out.
            biased;
            never = fetch_all => match never {},
            output = output => output.map_err(|_| Fault::Broken("the delay of a lottery panicked"))?,
        };
        house.write(move |write, context| draw(write, id, (&output, &signatures), context)).await?;
    }
    Ok(())
}

/// Waits until a round of the beacon is published, and asks for its signature every second until it is genuine.
async fn fetch(house: &House, beacon: &impl BeaconSource, round: Round) -> String {
    loop {
        let before = round.published_at().millis_from(house.clock().now());
        tokio::time::sleep(Duration::from_millis(before)).await;
        if let Some(signature) = beacon.signature(round).await {
            if crate::beacon::verify(round, &signature) {
                return signature;
            }
            tracing::warn!(round = round.0, "the beacon's signature is not genuine");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// [Computes delays](run_delays) as lists are closed, until the future is dropped. After a failure it tries again in a
/// second.
pub async fn keep_drawing(house: &House, beacon: &impl BeaconSource) {
    loop {
        match run_delays(house, beacon).await {
            Ok(()) => house.delay_added().await,
            Err(denied) => {
                tracing::error!(%denied, "a lottery could not be drawn; the next attempt follows in a second");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Decides the order of every lobby that waits for a delay, from its `output` and the `signatures` of the rounds that could
/// be had, and numbers the first of their fans.
fn draw(
    write: &Write<'_>,
    delay: i64,
    (output, signatures): (&str, &BTreeMap<Round, String>),
    context: TxContext<'_>,
) -> Outcome<()> {
    let now = context.now;
    write.keep_delay_output(delay, output)?;
    for ListOfDelay { schedule, hash, round } in write.lists_of_delay(delay)? {
        let signature = round.and_then(|round| signatures.get(&round)).map(String::as_str);
        match signature {
            Some(signature) => write.keep_signature(schedule, signature)?,
            None if round.is_some() => tracing::warn!(%schedule, "a lottery is drawn without the beacon"),
            None => {}
        }
        let secret = secret(&write.lottery(schedule)?, context)?.unwrap_or_default();
        write.reveal_secret(schedule, &secret)?;
        let mixed_in = MixedIn { list: &hash, output, signature };
        let result = LotteryResult::of(now, secret, write.undrawn_entrants(schedule)?, Some(mixed_in));
        write.keep_lottery_order(schedule, &result.order, now)?;
        number_next(write, schedule, now)?;
        advance(write, schedule, context)?;
    }
    Ok(())
}

/// Numbers the next fans of a lobby whose order is decided, up to [`TOKENS_AT_ONCE`]. Does nothing if all have their
/// numbers. After the first step only the sweeper calls this: if every fan who joins did, a commit of many joins would
/// take long.
pub(crate) fn number_next(write: &Write<'_>, schedule: ScheduleId, now: Timestamp) -> Outcome<()> {
    let is_due = write.schedule(schedule)?.is_some_and(|known| known.drawn_at.is_some() && known.unnumbered > 0);
    if is_due && write.number_lobby(schedule, TOKENS_AT_ONCE, now)? > 0 {
        write.note_deadline(now);
    }
    Ok(())
}
