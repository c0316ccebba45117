//! QR codes as SVG pictures.

use qrcode::{Color, EcLevel, QrCode};

/// The width of the free margin around a code, in modules. QR readers need it (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// Returns `text` as a QR code in SVG, with medium error correction: more would make the modules of a ticket's code
/// smaller. The code is black on white even if the page is dark, because QR readers expect that. Returns an empty
/// string if `text` is too long for a QR code.
pub fn qr(text: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return String::new() };
    let width = code.width();
    let size = width + 2 * QUIET_ZONE;
    let mut path = String::new();
    for (index, _) in code.to_colors().iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
        path.push_str(&format!("M{} {}h1v1h-1z", index % width + QUIET_ZONE, index / width + QUIET_ZONE));
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
