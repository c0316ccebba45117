//! Generates Rust code from the message files in `locales`. The build fails if one language lacks a message, or has one
//! that the other does not have.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "ssr")]
    messages()?;
    Ok(())
}

#[cfg(feature = "ssr")]
fn messages() -> Result<(), Box<dyn std::error::Error>> {
    use leptos_i18n_parser::parse_locales::options::{Config, FileFormat, ParseOptions};
    use leptos_i18n_parser::parse_locales::parse_locales;

    let options = ParseOptions::new().file_format(FileFormat::Toml).interpolate_display(true);
    let parsed = parse_locales(None, Config::new("en")?.add_locale("ko")?.parse_options(options))?;
    for file in parsed.tracked_files.iter().flatten() {
        println!("cargo::rerun-if-changed={file}");
    }
    for problem in parsed.diag.errors().iter() {
        println!("cargo::error={problem}");
    }
    for problem in parsed.diag.warnings().iter() {
        println!("cargo::error={problem}");
    }
    let attributes = "#![allow(dead_code, missing_docs, clippy::all, clippy::expect_used)]".parse()?;
    let code = leptos_i18n_codegen::gen_code(&parsed, None, false, Some(&attributes), true)?;
    let folder = std::path::PathBuf::from(std::env::var("OUT_DIR")?).join("i18n");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("mod.rs"), code.to_string())?;
    Ok(())
}
