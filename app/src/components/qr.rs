//! QR codes, as pictures in SVG and as modules for other pictures.

use qrcode::{Color, EcLevel, QrCode};

/// The width of the free margin around a code, in modules. QR readers need it (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// The modules of a QR code: the squares that are dark or light.
pub struct Modules {
    /// How many modules are in a row.
    pub width: usize,
    colors: Vec<Color>,
}

impl Modules {
    /// Returns `text` as a QR code with medium error correction: more would make the modules of a ticket's code smaller.
    /// `None` if it is too long.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        Some(Self { width: code.width(), colors: code.into_colors() })
    }

    /// The column and the row of each dark module.
    pub fn dark(&self) -> impl Iterator<Item = (usize, usize)> {
        let dark = self.colors.iter().enumerate().filter(|(_, color)| **color == Color::Dark);
        dark.map(|(index, _)| (index % self.width, index / self.width))
    }
}

/// Returns `text` as a QR code in SVG, black on white even if the page is dark, because QR readers expect that. Returns
/// an empty string if `text` is too long for a QR code.
pub fn qr(text: &str) -> String {
    let Some(modules) = Modules::of(text) else { return String::new() };
    let size = modules.width + 2 * QUIET_ZONE;
    let mut path = String::new();
    for (column, row) in modules.dark() {
        path.push_str(&format!("M{} {}h1v1h-1z", column + QUIET_ZONE, row + QUIET_ZONE));
    }
    format!(
        "<svg viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\" aria-hidden=\"true\">\
         <rect width=\"{size}\" height=\"{size}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners_and_a_quiet_edge() {
        let svg = qr("16-7K3Q-9M4P");
        // The finder pattern at the upper left: a row of seven modules, after a margin of four.
        assert!((4..11).all(|x| svg.contains(&format!("M{x} 4h1v1h-1z"))), "{svg}");
        assert!(!svg.contains("M3 ") && svg.contains("viewBox=\"0 0 29 29\""), "{svg}");
    }

    #[test]
    fn the_pass_of_a_ticket_is_a_small_code() {
        // As long as what `encore::ticket_code::pass` returns: the schedule, the code and the signature.
        let pass = format!("ENCORE1.{}", "7K".repeat((8 + 21 + 103) / 2));
        // Version 6: 41 modules, and a margin of four at each side.
        assert!(qr(&pass).contains("viewBox=\"0 0 49 49\""), "{pass}");
    }
}
