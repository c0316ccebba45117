//! Tests of mails and of forgotten passwords, each a short story.

use super::venue::{DAY, open};
use super::{START, TestHouse, refusal};
use crate::box_office::Verified;
use crate::domain::account::Duty;
use crate::domain::mail::{Answer, Attempted, Language, Letter, MailStatus, TRIED_SECONDS};
use crate::domain::schedule::Window;
use crate::domain::{Field, MailId, Refusal, UserId};
use crate::post_office::{self, Contents, Mail, Next};
use crate::{Outcome, Settings, back_office, box_office, sweeper, waiting_room};

impl TestHouse {
    /// The mail that is to be sent now. Panics if there is none.
    async fn next_mail(&self) -> Mail {
        match post_office::next(self).await.expect("the outbox") {
            Next::Send(mail) => *mail,
            Next::Wait(until) => panic!("nothing is to be sent before {until:?}"),
        }
    }

    /// Takes all mails that are to be sent now, as a mail server does, and returns what they tell, each with its address.
    pub(super) async fn sent_mails(&self) -> Vec<(String, Letter)> {
        let mut sent = vec![];
        while let Next::Send(mail) = post_office::next(self).await.expect("the outbox") {
            post_office::record(self, &mail, Answer::Taken).await.expect("is recorded");
            sent.push((mail.address, mail.letter));
        }
        sent
    }

    /// The token of the link that the next mail has.
    async fn mailed_link(&self) -> String {
        let mail = self.next_mail().await;
        post_office::record(self, &mail, Answer::Taken).await.expect("is recorded");
        match post_office::contents(self, &mail).await.expect("reads") {
            Some((_, Contents::PasswordLink { token, .. } | Contents::AddressLink { token, .. })) => token,
            other => panic!("a link was expected: {other:?}"),
        }
    }

    async fn signs_in(&self, fan: UserId, password: &str, device: &str) -> Outcome<crate::domain::DeviceId> {
        box_office::sign_in_on(self, fan, Verified::Password(password.into()), (device.into(), Language::English)).await
    }
}

fn not_taken(code: Option<u16>) -> Answer {
    Answer::NotTaken { code, error: "come back later".into() }
}

#[tokio::test]
async fn a_purchase_and_its_mail_are_one_and_a_restart_sends_what_was_not_recorded() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    let fan = house.buyer("mina", schedule, 0..2).await;
    refusal(box_office::purchase(&house, fan, schedule, None, "again".into()).await);
    let mail = house.next_mail().await;
    assert_eq!((mail.address.as_str(), mail.attempts), ("mina@example.org", 0));
    let Some((name, Contents::TicketsBought { tickets, .. })) =
        post_office::contents(&house, &mail).await.expect("reads")
    else {
        panic!("the mail is about tickets: {mail:?}")
    };
    assert_eq!((name.as_str(), tickets.len()), ("mina", 2));

    let house = house.reopened();
    assert_eq!(house.next_mail().await, mail, "it was not recorded as sent: it is sent again, as the same mail");
    assert_eq!(post_office::record(&house, &mail, Answer::Taken).await.expect("is recorded"), Attempted::Sent);
    let house = house.reopened();
    assert_eq!(
        post_office::next(&house).await.expect("the outbox"),
        Next::Wait(None),
        "the refused purchase told nothing"
    );
    house.assert_sound().await;
}

#[tokio::test]
async fn a_mail_that_is_not_taken_lets_others_pass_and_owners_see_when_it_is_given_up() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    house.buyer("mina", schedule, 0..1).await;
    let mail = house.next_mail().await;
    house.buyer("joon", schedule, 1..2).await;
    let again = Attempted::Again(START.plus_seconds(30));
    assert_eq!(post_office::record(&house, &mail, not_taken(Some(452))).await.expect("is recorded"), again);
    assert_eq!(house.sent_mails().await.len(), 1, "that of joon");
    assert_eq!(post_office::next(&house).await.expect("the outbox"), Next::Wait(Some(START.plus_seconds(30))));

    house.wait(TRIED_SECONDS as u64);
    assert_eq!(post_office::next(&house).await.expect("the outbox"), Next::Wait(None), "it is too late for it");
    let failed = back_office::mails(&house, owner, MailStatus::Failed, None).await.expect("the list");
    assert_eq!((failed.failed, failed.waiting, failed.mails.len()), (1, 0, 1));
    assert_eq!(failed.mails[0].error.as_deref(), Some("come back later"));
    back_office::send_again(&house, owner, mail.id).await.expect("once more");
    assert_eq!(refusal(back_office::send_again(&house, owner, MailId(99)).await), Refusal::NotFound);
    assert_eq!(house.next_mail().await.message_id, mail.message_id);
    house.assert_sound().await;

    house.wait(90 * DAY as u64);
    post_office::forget(&house).await.expect("forgets");
    assert_eq!(post_office::counts(&house).await.expect("counts"), (0, 0));
}

#[tokio::test]
async fn a_link_for_which_somebody_waits_is_sent_before_the_mails_of_a_whole_hall() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let (_, schedule) = house.set_up(owner, open(30)).await;
    house.buyer("mina", schedule, 0..1).await;
    box_office::send_password_link(&house, "mina@example.org").await.expect("asks");
    let link = house.next_mail().await;
    assert!(matches!(link.letter, Letter::PasswordLink { .. }));
    post_office::record(&house, &link, not_taken(Some(451))).await.expect("is recorded");
    assert!(matches!(house.next_mail().await.letter, Letter::TicketsBought { .. }), "it does not wait for the link");
}

#[tokio::test]
async fn a_forgotten_password_is_reset_with_a_link_that_works_once_and_for_an_hour() {
    let house = TestHouse::open(Settings::default());
    let (mina, joon) = (house.fan("mina").await, house.fan("joon").await);
    let device = house.signs_in(mina, "no password", "Firefox").await.expect("signs in");
    for address in ["mina@example.org", "nobody@example.org"] {
        box_office::send_password_link(&house, address).await.expect("the same answer");
    }
    let token = house.mailed_link().await;
    assert_eq!(house.sent_mails().await, vec![], "nobody gets nothing");
    let owner = box_office::link_owner(&house, token.clone()).await.expect("opens");
    assert_eq!(owner.id, mina);
    let (id, secret) = token.split_once('-').expect("two parts");
    let forged = [format!("{id}-{}", "0".repeat(32)), format!("9-{secret}"), secret.to_owned(), String::new()];
    for forged in forged {
        assert_eq!(refusal(box_office::link_owner(&house, forged).await), Refusal::LinkOver);
    }
    box_office::set_password(&house, token.clone(), "new".into()).await.expect("is set");
    assert!(house.is_ended(device), "the other devices are signed out");
    assert_eq!(refusal(box_office::set_password(&house, token, "newer".into()).await), Refusal::LinkOver);
    house.signs_in(mina, "new", "Firefox").await.expect("with the new one");
    assert_eq!(house.sent_mails().await, vec![("mina@example.org".to_owned(), Letter::PasswordChanged)]);

    box_office::send_password_link(&house, "joon@example.org").await.expect("asks");
    let late = house.mailed_link().await;
    house.wait(3600);
    assert_eq!(refusal(box_office::set_password(&house, late, "new".into()).await), Refusal::LinkOver);
    for _ in 0..5 {
        box_office::send_password_link(&house, "joon@example.org").await.expect("the same answer");
    }
    assert_eq!(house.sent_mails().await.len(), 3, "only so many an hour");
    house.signs_in(joon, "no password", "Firefox").await.expect("the password is what it was");
}

#[tokio::test]
async fn staff_make_the_link_at_the_counter_and_only_an_owner_makes_that_of_staff() {
    let house = TestHouse::open(Settings::default());
    let (owner, counter, fan) = (house.owner().await, house.counter().await, house.fan("mina").await);
    let token = back_office::make_password_link(&house, counter, fan).await.expect("a link");
    assert_eq!(box_office::link_owner(&house, token).await.expect("opens").id, fan);
    let sora = house.fan("sora").await;
    back_office::appoint(&house, "sora@example.org", Duty::Door).await.expect("staff");
    assert_eq!(refusal(back_office::make_password_link(&house, counter, sora).await), Refusal::NotYourDuty);
    let token = back_office::make_password_link(&house, owner.into(), sora).await.expect("a link");
    assert_eq!(box_office::set_password(&house, token, "new".into()).await.expect("is set").id, sora);
    let log = back_office::log(&house, owner, String::new(), None).await.expect("the log");
    let people: Vec<_> = log.iter().take(3).map(|entry| entry.person.as_ref().map(|(_, name)| name.as_str())).collect();
    assert_eq!(people, [Some("sora"), Some("sora"), Some("mina")]);
}

#[tokio::test]
async fn a_sign_in_on_a_new_kind_of_device_is_told_and_the_mail_is_in_the_language_of_its_reader() {
    let house = TestHouse::open(Settings::default());
    let mina = house.fan("mina").await;
    house.signs_in(mina, "no password", "Firefox").await.expect("the first");
    house.signs_in(mina, "no password", "Firefox").await.expect("the same kind");
    assert_eq!(house.sent_mails().await, vec![]);
    let device = house.signs_in(mina, "no password", "Chrome").await.expect("another kind");
    let mail = house.next_mail().await;
    assert_eq!((mail.letter, mail.language), (Letter::NewDevice { device }, Language::English));
    post_office::record(&house, &mail, Answer::Taken).await.expect("is recorded");
    post_office::set_language(&house, mina, Language::Korean).await.expect("chooses");
    box_office::send_password_link(&house, "mina@example.org").await.expect("asks");
    assert_eq!(house.next_mail().await.language, Language::Korean);
}

#[tokio::test]
async fn a_new_address_is_shown_to_be_ones_own_before_one_may_queue_and_a_changed_one_tells_the_old() {
    let house = TestHouse::open(Settings { verifies_addresses: true, ..Settings::default() });
    let (schedule, _) = house.schedule(5).await;
    let mina =
        box_office::sign_up(&house, ("mina@example.org", "Mina"), "hash".into(), vec![]).await.expect("signs up").id;
    let join = async || waiting_room::join(&house, mina, schedule, waiting_room::Joining::default()).await;
    assert_eq!(refusal(join().await), Refusal::AddressNotVerified);
    let token = house.mailed_link().await;
    assert_eq!(refusal(box_office::set_password(&house, token.clone(), "new".into()).await), Refusal::LinkOver);
    assert_eq!(box_office::show_address(&house, token.clone()).await.expect("shows").id, mina);
    assert_eq!(refusal(box_office::show_address(&house, token).await), Refusal::LinkOver, "it works once");
    join().await.expect("joins");

    house.fan("joon").await;
    let change = async |to: &'static str| box_office::send_address_link(&house, mina, to, Some("hash".into())).await;
    assert_eq!(refusal(change("joon@example.org").await), Refusal::EmailTaken);
    for hash in [None, Some("another".to_owned())] {
        let refused = refusal(box_office::send_address_link(&house, mina, "mina@new.example", hash).await);
        assert_eq!(refused, Refusal::invalid(Field::PresentPassword), "a session alone is not enough");
    }
    change("mina@new.example").await.expect("asks");
    assert_eq!(box_office::user(&house, mina).await.expect("mina").email, "mina@example.org", "nothing is changed yet");
    let mail = house.next_mail().await;
    assert_eq!(mail.address, "mina@new.example");
    let token = house.mailed_link().await;
    house.wait(24 * 3600);
    assert_eq!(refusal(box_office::show_address(&house, token).await), Refusal::LinkOver);
    change("mina@new.example").await.expect("asks again");
    let token = house.mailed_link().await;
    box_office::show_address(&house, token).await.expect("shows");
    assert_eq!(box_office::user(&house, mina).await.expect("mina").email, "mina@new.example");
    assert_eq!(house.sent_mails().await, [("mina@example.org".to_owned(), Letter::AddressChanged)]);
    for attempt in 0..4 {
        change("mina@third.example").await.unwrap_or_else(|denied| panic!("{attempt}: {denied:?}"));
    }
    assert!(matches!(refusal(change("mina@third.example").await), Refusal::SlowDown { .. }));
    house.assert_sound().await;
}

#[tokio::test]
async fn a_fan_who_asked_is_reminded_half_an_hour_before_the_lobby_and_nobody_else_is() {
    let house = TestHouse::open(Settings::default());
    let opens = START.plus_seconds(7_200);
    let window = Window { lobby_start: opens.plus_seconds(-1_800), ..Window::new(opens, opens.plus_seconds(3600)) };
    let (schedule, _) = house.schedule_in(5, window).await;
    let (mina, joon) = (house.fan("mina").await, house.fan("joon").await);
    for fan in [mina, mina, joon] {
        box_office::remind(&house, fan, schedule, true).await.expect("asks");
    }
    box_office::remind(&house, joon, schedule, false).await.expect("takes it back");
    assert_eq!(box_office::reminders(&house, mina).await.expect("hers").len(), 1);
    let due = window.lobby_start.plus_seconds(-1_800);
    assert_eq!(sweeper::sweep(&house).await.expect("sweeps"), Some(due));
    assert_eq!(house.sent_mails().await, []);
    house.wait(3_600);
    for _ in 0..2 {
        sweeper::sweep(&house).await.expect("sweeps");
    }
    assert_eq!(house.sent_mails().await, [("mina@example.org".to_owned(), Letter::Opening { schedule })]);
    assert_eq!(refusal(box_office::remind(&house, joon, schedule, true).await), Refusal::SaleBegan, "it is too late");
    house.assert_sound().await;
}

#[tokio::test]
async fn the_mail_of_an_invitation_has_its_link_until_it_is_revoked() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let mailed = back_office::invite(&house, owner, Duty::Door, "Sol", " Sol@example.org").await.expect("a link");
    let mail = house.next_mail().await;
    assert_eq!(mail.address, "sol@example.org");
    let (_, contents) = post_office::contents(&house, &mail).await.expect("read").expect("contents");
    assert!(matches!(contents, Contents::Invitation { token, .. } if token == mailed));
    let open = back_office::team(&house, owner).await.expect("the team").invitations;
    back_office::revoke_invitation(&house, owner, open[0].id).await.expect("revoked");
    assert!(post_office::contents(&house, &mail).await.expect("read").is_none());
    let refused = back_office::invite(&house, owner, Duty::Door, "Sol", "sol").await;
    assert_eq!(refusal(refused), Refusal::invalid(Field::Email));
}
