//! Who sells the tickets. Korean law (Act on the Consumer Protection in Electronic Commerce, article 10) requires a shop to
//! name its seller on the page; mails end with the same.

use crate::words::{Locale, td_string};
use leptos::prelude::*;

/// Who sells the tickets. What is `None` is not shown. The arguments have ids of their own, because commands have arguments
/// with names such as `email` too.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Seller {
    /// Name of the business that sells the tickets, for the foot of each page and each mail.
    #[arg(id = "seller-name", long = "seller-name", env = "ENCORE_SELLER_NAME", global = true)]
    pub name: Option<String>,
    /// Who represents the business.
    #[arg(
        id = "seller-representative",
        long = "seller-representative",
        env = "ENCORE_SELLER_REPRESENTATIVE",
        global = true
    )]
    pub representative: Option<String>,
    /// Postal address of the business.
    #[arg(id = "seller-address", long = "seller-address", env = "ENCORE_SELLER_ADDRESS", global = true)]
    pub address: Option<String>,
    /// Its business registration number.
    #[arg(
        id = "seller-business-number",
        long = "seller-business-number",
        env = "ENCORE_SELLER_BUSINESS_NUMBER",
        global = true
    )]
    pub business_number: Option<String>,
    /// The number under which it is registered to sell at a distance.
    #[arg(
        id = "seller-mail-order-number",
        long = "seller-mail-order-number",
        env = "ENCORE_SELLER_MAIL_ORDER_NUMBER",
        global = true
    )]
    pub mail_order_number: Option<String>,
    /// Its telephone number.
    #[arg(id = "seller-phone", long = "seller-phone", env = "ENCORE_SELLER_PHONE", global = true)]
    pub phone: Option<String>,
    /// Its email address.
    #[arg(id = "seller-email", long = "seller-email", env = "ENCORE_SELLER_EMAIL", global = true)]
    pub email: Option<String>,
}

impl Seller {
    /// What is known of the seller, one sentence each.
    pub fn lines(&self, l: Locale) -> Vec<String> {
        let labelled = |label: &str, value: &Option<String>| value.as_ref().map(|value| format!("{label} {value}"));
        let lines = [
            self.name.clone(),
            labelled(td_string!(l, seller.representative), &self.representative),
            self.address.clone(),
            labelled(td_string!(l, seller.business_number), &self.business_number),
            labelled(td_string!(l, seller.mail_order_number), &self.mail_order_number),
            labelled(td_string!(l, seller.phone), &self.phone),
            labelled(td_string!(l, seller.email), &self.email),
        ];
        lines.into_iter().flatten().collect()
    }
}

/// The seller at the foot of a page. Nothing if nothing is known.
pub fn seller_lines(l: Locale, seller: &Seller) -> impl IntoView + use<> {
    let lines = seller.lines(l);
    (!lines.is_empty()).then(|| {
        let lines = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
        view! { <ul class="seller" aria-label=td_string!(l, seller.title)>{lines}</ul> }
    })
}
