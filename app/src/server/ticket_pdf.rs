//! Tickets as a PDF file, to keep and to print: one page for each.

use super::App;
use crate::components::qr::Modules;
use crate::components::seller::Seller;
use crate::words::{self, Detail, I18nLocaleTrait, Locale, td_string};
use encore::domain::Reservation;
use encore::keys::Keys;
use encore::{Denied, Fault, reference, ticket_code};
use krilla::Document;
use krilla::color::luma;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};
use std::sync::{Arc, LazyLock};

/// A page of A4, and its margin, in points of 1/72 inch.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 56.0;
/// The width of the QR code without its quiet zone, in points: 5 cm.
const QR_SIZE: f32 = 142.0;
/// Where the column beside the QR code begins.
const COLUMN: f32 = MARGIN + QR_SIZE + 36.0;
/// The lightness of text that says less, and of lines, from 0 (black) to 255.
const MUTED: u8 = 95;
const LINE: u8 = 205;

/// A weight of Pretendard (SIL Open Font License 1.1), with all syllables of Korean.
struct Face {
    font: Font,
    widths: ttf_parser::Face<'static>,
}

impl Face {
    fn of(file: &'static [u8]) -> Option<Self> {
        Some(Self { font: Font::new(file.into(), 0)?, widths: ttf_parser::Face::parse(file, 0).ok()? })
    }

    /// The width of a text in points, without kerning.
    fn width(&self, text: &str, size: f32) -> f32 {
        let advance = |c| self.widths.glyph_hor_advance(self.widths.glyph_index(c).unwrap_or_default()).unwrap_or(0);
        let units: u32 = text.chars().map(|c| u32::from(advance(c))).sum();
        units as f32 * size / f32::from(self.widths.units_per_em())
    }

    /// Breaks a text into lines of at most `width` points: between words, or, in a word that is wider, between letters.
    fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = vec![String::new()];
        let fits = |line: &str, more: &str| self.width(line, size) + self.width(more, size) <= width;
        for word in text.split_whitespace() {
            let line = lines.last().map_or("", String::as_str);
            let space = if line.is_empty() { "" } else { " " };
            if !fits(line, &format!("{space}{word}")) && !line.is_empty() {
                lines.push(String::new());
            } else if let Some(line) = lines.last_mut() {
                line.push_str(space);
            }
            for letter in word.chars() {
                if lines.last().is_some_and(|line| !line.is_empty() && !fits(line, &letter.to_string())) {
                    lines.push(String::new());
                }
                if let Some(line) = lines.last_mut() {
                    line.push(letter);
                }
            }
        }
        lines
    }
}

static REGULAR: LazyLock<Option<Face>> =
    LazyLock::new(|| Face::of(include_bytes!("../../fonts/Pretendard-Regular.otf")));
static BOLD: LazyLock<Option<Face>> = LazyLock::new(|| Face::of(include_bytes!("../../fonts/Pretendard-Bold.otf")));

/// Makes the file of tickets, in their order, on a thread that may block.
///
/// # Errors
/// A fault if it cannot be made.
pub async fn ticket_pdf(l: Locale, app: &App, tickets: Vec<Reservation>) -> Result<Vec<u8>, Denied> {
    let (keys, seller, origin) = (app.house.keys().clone(), Arc::clone(&app.seller), app.origin.clone());
    let made = tokio::task::spawn_blocking(move || written(l, &keys, (&seller, &origin), &tickets)).await;
    Ok(made.map_err(|_| Fault::Broken("drawing a ticket panicked"))??)
}

fn written(l: Locale, keys: &Keys, from: (&Seller, &str), tickets: &[Reservation]) -> Result<Vec<u8>, Fault> {
    let broken = || Fault::Broken("a ticket cannot be drawn");
    let (regular, bold) = (REGULAR.as_ref().ok_or_else(broken)?, BOLD.as_ref().ok_or_else(broken)?);
    let mut document = Document::new();
    let title = tickets.first().map_or("", |ticket| &ticket.concert_title);
    document.set_metadata(Metadata::new().title(title.to_owned()).language(l.as_str().to_owned()));
    for (number, ticket) in (1_usize..).zip(tickets) {
        let mut page = document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(broken)?);
        let mut sheet = Sheet { surface: page.surface(), regular, bold };
        let place = (tickets.len() > 1).then(|| td_string!(l, ticket.place, number = number, total = tickets.len()));
        sheet.draw(l, keys, ticket, place).ok_or_else(broken)?;
        sheet.draw_foot(l, from);
    }
    document.finish().map_err(|_| broken())
}

/// A page that is being drawn. The coordinates are those of the upper left corner of a text, in points.
struct Sheet<'a> {
    surface: Surface<'a>,
    regular: &'a Face,
    bold: &'a Face,
}

impl Sheet<'_> {
    /// Draws what a ticket is for, and its code. `None` if its code is too long for a QR code.
    fn draw(&mut self, l: Locale, keys: &Keys, ticket: &Reservation, place: Option<String>) -> Option<()> {
        let (key, full) = (keys.numbers(), WIDTH - 2.0 * MARGIN);
        let mut y = MARGIN;
        self.text((MARGIN, y), (self.bold, 15.0), 0, td_string!(l, app.name));
        if let Some(place) = place {
            let x = WIDTH - MARGIN - self.regular.width(&place, 11.0);
            self.text((x, y + 3.0), (self.regular, 11.0), MUTED, &place);
        }
        y = self.line(y + 28.0) + 26.0;
        y = self.lines((MARGIN, y), (self.regular, 12.0), MUTED, full, &ticket.performer) + 2.0;
        y = self.lines((MARGIN, y), (self.bold, 26.0), 0, full, &ticket.concert_title) + 12.0;
        let when = words::when(l, ticket.show_time, &ticket.time_zone, Detail::Full);
        y = self.lines((MARGIN, y), (self.bold, 14.0), 0, full, &when) + 2.0;
        y = self.lines((MARGIN, y), (self.regular, 14.0), 0, full, &ticket.venue) + 30.0;

        let modules = Modules::of(&ticket_code::pass(keys, ticket.schedule_id, ticket.into()))?;
        self.qr((MARGIN, y), &modules);
        let column = WIDTH - MARGIN - COLUMN;
        let seat = words::seat_name(l, &ticket.seat_name());
        let mut facts_y = self.lines((COLUMN, y), (self.bold, 20.0), 0, column, &seat) + 14.0;
        let order = ticket.payment_id.map(|payment| reference::order(key, payment)).unwrap_or_default();
        let facts = [
            (td_string!(l, account.name), ticket.fan_name.clone()),
            (td_string!(l, checkout.price), words::points(l, ticket.price)),
            (td_string!(l, ticket.order), order),
        ];
        for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
            self.text((COLUMN, facts_y), (self.regular, 10.0), MUTED, name);
            facts_y = self.lines((COLUMN, facts_y + 14.0), (self.regular, 13.0), 0, column, value) + 8.0;
        }
        y += QR_SIZE + 14.0;
        self.text((MARGIN, y), (self.bold, 13.0), 0, &ticket_code::code(keys, ticket.into()));
        y = self.line(facts_y.max(y + 20.0) + 20.0) + 16.0;
        self.lines((MARGIN, y), (self.regular, 11.0), MUTED, full, td_string!(l, ticket.show_it));
        Some(())
    }

    /// Draws who sells the tickets, at the end of the page.
    fn draw_foot(&mut self, l: Locale, (seller, origin): (&Seller, &str)) {
        let lines = [vec![origin.to_owned()], seller.lines(l)].concat();
        let mut y = HEIGHT - MARGIN - 13.0 * lines.len() as f32;
        for line in lines {
            self.text((MARGIN, y), (self.regular, 9.0), MUTED, &line);
            y += 13.0;
        }
    }

    fn text(&mut self, (x, y): (f32, f32), (face, size): (&Face, f32), lightness: u8, text: &str) {
        self.surface.set_fill(Some(Fill { paint: luma::Color::new(lightness).into(), ..Fill::default() }));
        let baseline = Point::from_xy(x, y + size);
        self.surface.draw_text(baseline, face.font.clone(), size, text, false, TextDirection::LeftToRight);
    }

    /// Draws a text in lines of at most `width` points. Returns where the next text can begin.
    fn lines(
        &mut self,
        (x, mut y): (f32, f32),
        (face, size): (&Face, f32),
        lightness: u8,
        width: f32,
        text: &str,
    ) -> f32 {
        for line in face.lines(text, size, width) {
            self.text((x, y), (face, size), lightness, &line);
            y += size * 1.3;
        }
        y
    }

    /// Draws a line across the page, and returns where it is.
    fn line(&mut self, y: f32) -> f32 {
        let line = Rect::from_xywh(MARGIN, y, WIDTH - 2.0 * MARGIN, 0.75);
        self.fill(LINE, [line]);
        y
    }

    fn qr(&mut self, (x, y): (f32, f32), modules: &Modules) {
        let size = QR_SIZE / modules.width as f32;
        let square = |(column, row)| Rect::from_xywh(x + column as f32 * size, y + row as f32 * size, size, size);
        self.fill(0, modules.dark().map(square));
    }

    /// Fills rectangles as one shape, so that no gaps show between those that touch.
    fn fill(&mut self, lightness: u8, rectangles: impl IntoIterator<Item = Option<Rect>>) {
        let mut path = PathBuilder::new();
        rectangles.into_iter().flatten().for_each(|rectangle| path.push_rect(rectangle));
        if let Some(path) = path.finish() {
            self.surface.set_fill(Some(Fill { paint: luma::Color::new(lightness).into(), ..Fill::default() }));
            self.surface.draw_path(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_between_words_and_a_long_word_between_letters() {
        let face = BOLD.as_ref().expect("the font is read");
        let width = face.width("여름밤의 콘서트", 26.0);
        assert_eq!(face.lines("여름밤의 콘서트", 26.0, width), ["여름밤의 콘서트"]);
        assert_eq!(face.lines("여름밤의  콘서트", 26.0, width - 1.0), ["여름밤의", "콘서트"]);
        let lines = face.lines(&"가".repeat(20), 26.0, width);
        assert!(lines.len() > 1 && lines.concat() == "가".repeat(20), "{lines:?}");
        assert!(lines.iter().all(|line| face.width(line, 26.0) <= width), "{lines:?}");
    }
}
