//! Tables as CSV files (RFC 4180) for spreadsheets.

use super::page::PageResult;
use encore::{Denied, Fault};

/// The content of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    Number(i64),
}

impl Cell {
    /// The cell as text. Text that a spreadsheet would read as a formula gets an apostrophe in front, as OWASP
    /// recommends to prevent CSV injection. Numbers come from the program, not from people, and stay numbers, even if
    /// negative.
    fn written(&self) -> String {
        match self {
            Self::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// Returns a table as a file to download. `name` is the file name without `.csv`. The file begins with the byte order
/// mark by which spreadsheets recognise UTF-8.
pub fn csv_file(name: &str, heading: &[&str], lines: impl Iterator<Item = Vec<Cell>>) -> Result<PageResult, Denied> {
    let written = write(heading, lines).map_err(|_| Fault::Broken("a table could not be written"))?;
    Ok(PageResult::file("text/csv; charset=utf-8", written, Some(&format!("{name}.csv"))))
}

fn write(heading: &[&str], lines: impl Iterator<Item = Vec<Cell>>) -> Result<Vec<u8>, csv::Error> {
    let mut table =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    table.write_record(heading)?;
    for line in lines {
        table.write_record(line.iter().map(Cell::written))?;
    }
    table.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_never_becomes_a_formula_and_numbers_stay_numbers() {
        let line = |text: &str, number| vec![Cell::Text(text.into()), Cell::Number(number)];
        let lines = [line("=1+1", -5), line("@x", 7), line("a, \"b\"\nc", 0), line("김미나", 1)];
        let written = write(&["Name", "Points"], lines.into_iter()).expect("writes");
        let text = String::from_utf8(written).expect("UTF-8");
        assert_eq!(text, "\u{feff}Name,Points\r\n'=1+1,-5\r\n'@x,7\r\n\"a, \"\"b\"\"\nc\",0\r\n김미나,1\r\n");
    }
}
