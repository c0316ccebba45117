//! Tests of the legal texts and of who agrees to them.

use super::{TestHouse, refusal};
use crate::back_office::{self, Owner};
use crate::domain::legal::LegalKind;
use crate::domain::{Field, LegalTextId, Refusal};
use crate::{Outcome, Settings, box_office};

impl TestHouse {
    async fn publish(&self, owner: Owner, kind: LegalKind, before: u32, english: &str) -> Outcome<()> {
        back_office::publish_legal_text(self, owner, (kind, before), ("약관", english)).await
    }

    fn in_force(&self) -> Vec<LegalTextId> {
        self.legal_texts().iter().map(|text| text.id).collect()
    }
}

#[tokio::test]
async fn who_signs_up_agrees_to_the_texts_in_force_and_others_agree_later() {
    let house = TestHouse::open(Settings::default());
    let owner = house.owner().await;
    let sign_up = |name: &str, agreed| {
        let (house, email, name) = (&house, format!("{name}@example.org"), name.to_owned());
        async move { box_office::sign_up(house, (&email, &name), "hash".into(), agreed).await }
    };
    let early = sign_up("early", vec![]).await.expect("there are no texts yet");
    use LegalKind::{Privacy, TermsOfUse};
    house.publish(owner, TermsOfUse, 0, "One").await.expect("is published");
    house.publish(owner, Privacy, 0, "Two").await.expect("is published");
    let first = house.in_force();
    assert_eq!(first.len(), 2);
    assert_eq!(refusal(sign_up("mina", vec![first[0]]).await), Refusal::invalid(Field::Privacy));
    let mina = sign_up("mina", first.clone()).await.expect("agrees to both");

    // A new version counts from its commit, and for who has the form open.
    assert_eq!(refusal(house.publish(owner, TermsOfUse, 0, "Three").await), Refusal::Stale);
    assert_eq!(refusal(house.publish(owner, TermsOfUse, 1, "One").await), Refusal::invalid(Field::Korean));
    house.publish(owner, TermsOfUse, 1, "Three").await.expect("is published");
    assert_eq!(refusal(sign_up("joon", first.clone()).await), Refusal::invalid(Field::TermsOfUse));
    sign_up("joon", house.in_force()).await.expect("agrees to the new one");
    let house = house.reopened();
    let shown = box_office::legal_text(&house, TermsOfUse, None).await.expect("in force");
    assert_eq!((shown.version, shown.english.as_str()), (2, "Three"));
    let old = box_office::legal_text(&house, TermsOfUse, Some(1)).await.expect("is kept");
    assert_eq!(old.english, "One");
    assert_eq!(refusal(box_office::legal_text(&house, TermsOfUse, Some(3)).await), Refusal::NotFound);

    let agreed = box_office::consents(&house, mina.id).await.expect("reads");
    let agreed: Vec<_> = agreed.iter().map(|consent| (consent.kind, consent.version)).collect();
    assert_eq!(agreed, [(TermsOfUse, 1), (Privacy, 1)]);
    assert_eq!(refusal(box_office::agree(&house, early.id, first).await), Refusal::invalid(Field::TermsOfUse));
    box_office::agree(&house, early.id, house.in_force()).await.expect("agrees");
    assert_eq!(box_office::consents(&house, early.id).await.expect("reads").len(), 2);
    house.assert_sound().await;
}
