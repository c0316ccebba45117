//! How a letter becomes a mail: its greeting, its paragraphs, its facts and its link, and who sent it.

use super::WrittenMail;
use super::letters::Letter;
use crate::components::seller::Seller;
use crate::words::{I18nLocaleTrait, Locale, td_string};
use html_escape::{encode_double_quoted_attribute, encode_text};

/// Makes the mail of a letter to the person `name`, which may be empty. At its end are the origin of the site and who
/// sells the tickets.
pub(super) fn written(l: Locale, from: (&str, &Seller), name: &str, letter: Letter) -> WrittenMail {
    let greeting = if name.is_empty() { String::new() } else { td_string!(l, mail.greeting, name = name) };
    let foot = foot(l, from);
    WrittenMail {
        text: text(&greeting, &letter, &foot),
        html: html(l, &greeting, &letter, &foot),
        subject: letter.subject,
        calendar: letter.calendar,
        pdf: None,
    }
}

/// The last lines: the house and its address, and who sells the tickets.
fn foot(l: Locale, (origin, seller): (&str, &Seller)) -> Vec<String> {
    let house = format!("{} · {origin}", td_string!(l, app.name));
    let why = td_string!(l, mail.why).to_owned();
    [vec![house], seller.lines(l), vec![why]].concat()
}

fn text(greeting: &str, letter: &Letter, foot: &[String]) -> String {
    let facts = letter.facts.iter().map(|(what, value)| format!("{what}: {value}")).collect::<Vec<_>>().join("\r\n");
    let link = letter.link.as_ref().map(|(text, to)| format!("{text}:\r\n{to}")).unwrap_or_default();
    let parts = [greeting].into_iter().chain(letter.paragraphs.iter().map(String::as_str));
    let parts = parts.chain([&*facts, &*link]).chain(letter.after.as_deref());
    let body = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\r\n\r\n");
    format!("{body}\r\n\r\n-- \r\n{}\r\n", foot.join("\r\n"))
}

/// Mail programs know no style sheets, so the elements have their styles with them, and the colours are those that are
/// readable both on white and on black.
fn html(l: Locale, greeting: &str, letter: &Letter, foot: &[String]) -> String {
    let paragraph = |text: &str| format!("<p>{}</p>", encode_text(text));
    let mut body: String = [greeting].into_iter().filter(|text| !text.is_empty()).map(paragraph).collect();
    body.extend(letter.paragraphs.iter().map(|text| paragraph(text)));
    if !letter.facts.is_empty() {
        let row = |(what, value): &(String, String)| {
            format!(
                "<tr><th scope=\"row\" style=\"text-align:left;vertical-align:top;padding:2px 16px 2px 0;font-weight:normal;opacity:.7\">{}</th><td style=\"padding:2px 0\">{}</td></tr>",
                encode_text(what),
                encode_text(value)
            )
        };
        let rows: String = letter.facts.iter().map(row).collect();
        body += &format!("<table style=\"border-collapse:collapse\">{rows}</table>");
    }
    if let Some((text, to)) = &letter.link {
        body += &format!(
            "<p style=\"margin:24px 0\"><a href=\"{}\" style=\"background:#4a2fd0;color:#ffffff;padding:12px 20px;border-radius:8px;text-decoration:none;display:inline-block\">{}</a></p>",
            encode_double_quoted_attribute(to),
            encode_text(text)
        );
    }
    body.extend(letter.after.iter().map(|text| paragraph(text)));
    let foot: Vec<_> = foot.iter().map(|line| encode_text(line)).collect();
    format!(
        "<!DOCTYPE html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\"><title>{}</title></head>\
         <body style=\"margin:0 auto;max-width:36rem;padding:16px;font:16px/1.6 system-ui,sans-serif\">{body}\
         <p style=\"margin-top:32px;padding-top:16px;border-top:1px solid #8888;font-size:13px;opacity:.7\">{}</p></body></html>",
        l.as_str(),
        encode_text(&letter.subject),
        foot.join("<br>")
    )
}
