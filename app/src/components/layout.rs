//! The frame of every page: the head, the header, the notice about the last form that was sent, and the footer.

use crate::components::fonts;
use crate::components::forms::Hidden;
use crate::components::legal::legal_links;
use crate::components::seller::{Seller, seller_lines};
use crate::components::site::Site;
use crate::islands::HasIsland;
use crate::paths::{sign_in_path, staff_home};
use crate::words::{self, I18nLocaleTrait, Locale, td_string};
use encore::domain::User;
use encore::domain::account::Duty;
use encore::domain::legal::LegalKind;
use leptos::attr::custom::CustomAttribute;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use std::sync::Arc;

/// The metadata of a page for search engines and social networks.
#[derive(Debug, Clone)]
pub struct Metadata {
    pub description: String,
    /// The absolute address of a picture.
    pub image: Option<String>,
    /// The subject of the page, as JSON-LD in the vocabulary of schema.org.
    pub structured: Option<String>,
}

/// A page with everything around it.
pub struct Document {
    pub locale: Locale,
    pub title: String,
    pub user: Option<User>,
    /// Whether `user` was looked up, so that `None` means that nobody is signed in. An error page does not look it up,
    /// and so has no link to sign in.
    pub knows_user: bool,
    /// The path and query of the page.
    pub path: String,
    /// The notice about the last form that was sent: whether it was refused, and the text.
    pub notice: Option<(bool, String)>,
    /// After how many seconds the page reloads in a browser without scripts. `None` means never.
    pub refresh_seconds: Option<u32>,
    /// The metadata for search engines and social networks. If it is `None`, the page has only the description of the
    /// site.
    pub metadata: Option<Metadata>,
    /// The name of the layout of what is around the page, for the style sheet.
    pub layout: Option<&'static str>,
    /// The public origin, such as `https://tickets.example.org`.
    pub origin: Arc<str>,
    /// Whether the site has demo data, which every page says.
    pub is_demo: bool,
    /// Who sells the tickets.
    pub seller: Arc<Seller>,
    /// The legal texts of the house, to which the foot of the page links.
    pub legal: Vec<LegalKind>,
    pub view: Box<dyn FnOnce() -> AnyView + Send>,
}

/// Marks the place in a rendered page at which its large part (the HTML of a map) is inserted. It is not part of the
/// view, because Leptos would copy the long text several times. The mark is an HTML comment, which a view can contain
/// only as inner HTML: all other text is escaped, so it can never be equal to the mark.
pub const LARGE_PART: &str = "<!--large part-->";

/// The script of every page. It prevents a form from being posted twice, says when the connection is lost, and finds out
/// whether the browser keeps cookies.
const ONCE: &str = include_str!("once.js");

/// Renders the whole document.
pub fn shell(site: &Site, document: Document) -> impl IntoView + use<> {
    let Document {
        locale: l,
        title,
        user,
        knows_user,
        path,
        notice,
        refresh_seconds,
        metadata,
        layout,
        origin,
        is_demo,
        seller,
        legal,
        view,
    } = document;
    let name = td_string!(l, app.name);
    let description =
        metadata.as_ref().map_or(td_string!(l, app.tagline).to_owned(), |metadata| metadata.description.clone());
    let card =
        metadata.map(|metadata| card(&title, metadata, &format!("{origin}{}", path.split('?').next().unwrap_or("/"))));
    let door = (knows_user && user.as_ref().is_none_or(|user| user.duty.is_none())).then_some("none");
    let page = HasIsland::default();
    provide_context(page.clone());
    // The view is built first, because its islands record in `page` that the page needs the hydration script.
    let view = view();
    let script = page.get().then(|| {
        // Only islands start in the browser, so only they get what Leptos needs to find their elements again.
        if let Some(context) = Owner::current_shared_context() {
            context.set_is_hydrating(false);
        }
        site.island_script()
    });
    let style = site.style_link();
    view! {
        <!DOCTYPE html>
        <html lang=l.as_str() data-door=door>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="description" content=description/>
                {card}
                <title>{format!("{title} · {name}")}</title>
                <link rel="icon" type="image/svg+xml" href="/static/icon.svg"/>
                // Every page needs these slices of the font. Without this, the browser would ask for them only when it
                // has the style sheet.
                <link rel="preload" href={fonts::LATIN} as="font" type="font/woff2" crossorigin="anonymous"/>
                {(l == Locale::ko).then(|| view! {
                    <link rel="preload" href={fonts::KOREAN} as="font" type="font/woff2" crossorigin="anonymous"/>
                })}
                {style}
                <script nonce=use_nonce() inner_html=ONCE></script>
                {script}
                {refresh_seconds.map(|seconds| view! {
                    <noscript><meta http-equiv="refresh" content=seconds.to_string()/></noscript>
                })}
            </head>
            <body data-layout=layout>
                <a class="skip" href="#content">{td_string!(l, app.skip)}</a>
                <div class="connection" role="status">
                    <p id="connection" hidden>{td_string!(l, app.connection)}</p>
                </div>
                <Header l user knows_user path is_demo/>
                <main id="content">
                    {notice.map(|(bad, text)| {
                        let (class, role) = if bad { ("notice notice-bad", "alert") } else { ("notice", "status") };
                        view! { <p class=class role=role>{text}</p> }
                    })}
                    {view}
                </main>
                <footer class="footer">
                    {is_demo.then(|| view! { <p>{td_string!(l, app.demo_more)}</p> })}
                    <p>{td_string!(l, app.footer)}</p>
                    {legal_links(l, &legal)}
                    {seller_lines(l, &seller)}
                </footer>
            </body>
        </html>
    }
}

/// The elements of the head that search engines and social networks read.
fn card(title: &str, metadata: Metadata, url: &str) -> impl IntoView + use<> {
    let Metadata { description, image, structured } = metadata;
    let property = |name: &'static str, content: String| leptos::html::meta().attr("property", name).content(content);
    // In the JSON `<` is escaped, so that text from the database cannot end the `script` element around it.
    let structured = structured.map(|json| json.replace('<', "\\u003c"));
    view! {
        <link rel="canonical" href=url.to_owned()/>
        {property("og:type", "website".into())}
        {property("og:title", title.to_owned())}
        {property("og:description", description)}
        {property("og:url", url.to_owned())}
        {image.clone().map(|image| property("og:image", image))}
        <meta name="twitter:card" content=if image.is_some() { "summary_large_image" } else { "summary" }/>
        {structured.map(|json| view! { <script type="application/ld+json" nonce=use_nonce() inner_html=json></script> })}
    }
}

#[component]
fn Header(l: Locale, user: Option<User>, knows_user: bool, path: String, is_demo: bool) -> impl IntoView {
    let here = path.split('?').next().unwrap_or("/").to_owned();
    // On the page of a door, staff with no other duty get no links to the pages of fans, so that the verdict fits.
    let duty = user.as_ref().and_then(|user| user.duty);
    let is_door = duty == Some(Duty::Door) && here.starts_with("/staff/door");
    let at_work = (duty.is_some() && here.starts_with("/staff")).then_some("");
    let link = move |to: &'static str, text: &'static str| {
        let current = (here == to).then_some("page");
        view! { <li><a href=to aria-current=current>{text}</a></li> }
    };
    let staff_page = duty.map(staff_home);
    let signed_in = user.is_some();
    let other = if l == Locale::en { Locale::ko } else { Locale::en };
    view! {
        <header class="header">
            <div class="header-inner">
                <a class="brand" href="/" aria-label=td_string!(l, app.home)>
                    <img src="/static/icon.svg" alt="" width="28" height="28"/>
                    <span>{td_string!(l, app.name)}</span>
                </a>
                {is_demo.then(|| view! { <span class="demo-mark">{td_string!(l, app.demo)}</span> })}
                {(!is_door).then(|| view! {
                    <nav class="nav" data-staff=at_work aria-label=td_string!(l, app.menu)>
                        <ul>
                            {link("/", td_string!(l, app.concerts))}
                            {signed_in.then(|| link("/tickets", td_string!(l, app.tickets)))}
                            {signed_in.then(|| link("/points", td_string!(l, app.points)))}
                            {signed_in.then(|| link("/account", td_string!(l, app.account)))}
                            {staff_page.map(|page| link(page, td_string!(l, app.staff)))}
                        </ul>
                    </nav>
                })}
                <div class="header-account">
                    <form method="post" action="/language">
                        <Hidden name="back" value=path.clone()/>
                        <button class="quiet" name="language" value=other.as_str() lang=other.as_str()>
                            {td_string!(l, app.language)}
                        </button>
                    </form>
                    {match user {
                        Some(user) => view! {
                            {(!is_door).then(|| view! {
                                <a class="balance" href="/points">{words::points(l, user.point)}</a>
                            })}
                            <form method="post" action="/api/sign-out">
                                <button class="quiet">{td_string!(l, app.sign_out)}</button>
                            </form>
                        }.into_any(),
                        None if knows_user && !path.starts_with("/sign-") => view! {
                            <a class="quiet" href=sign_in_path(&path)>{td_string!(l, app.sign_in)}</a>
                        }.into_any(),
                        None => ().into_any(),
                    }}
                </div>
            </div>
        </header>
    }
}
