//! The files of the built site that pages load, and the script that starts the islands.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use std::borrow::Cow;
use std::path::PathBuf;

/// The folder in which cargo-leptos puts what it has compiled. It is also the first part of the paths of its files.
pub const COMPILED: &str = "pkg";

/// Where the files of the built site are.
#[derive(Debug, Clone)]
pub enum SiteFiles {
    Folder(PathBuf),
    /// In the program itself. The function finds a file by its path, such as `static/icon.svg`.
    Embedded(fn(&str) -> Option<EmbeddedFile>),
}

/// A file in the program.
#[derive(Debug, Clone)]
pub struct EmbeddedFile {
    pub bytes: Cow<'static, [u8]>,
    /// Its SHA-256.
    pub hash: [u8; 32],
    pub mime: String,
}

/// The built site in a program that is one file: see `bin/package`.
#[cfg(feature = "embedded-site")]
mod embedded {
    use super::EmbeddedFile;
    use rust_embed::Embed;

    #[derive(Embed)]
    #[folder = "$ENCORE_EMBEDDED_SITE"]
    struct Built;

    pub fn get(path: &str) -> Option<EmbeddedFile> {
        let file = Built::get(path)?;
        let (hash, mime) = (file.metadata.sha256_hash(), file.metadata.mimetype().to_owned());
        Some(EmbeddedFile { bytes: file.data, hash, mime })
    }
}

/// The built site. The names of the compiled files contain a hash of their content, so browsers may keep them forever.
#[derive(Debug, Clone)]
pub struct Site {
    pub files: SiteFiles,
    /// The paths of the style sheet, the script and the WebAssembly.
    style: String,
    script: String,
    program: String,
    /// The script that starts the islands.
    start: String,
}

impl Site {
    /// The site that this program serves: the one in `folder`; without a folder the one in the program or, if it has none,
    /// the one in the folder into which cargo-leptos builds it.
    pub fn chosen(folder: Option<&str>) -> Self {
        #[cfg(feature = "embedded-site")]
        if folder.is_none() {
            let hashes = embedded::get("hash.txt").map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
            return Self::with_hashes(SiteFiles::Embedded(embedded::get), &hashes.unwrap_or_default());
        }
        Self::at(folder.unwrap_or("target/site"))
    }

    /// The site in a folder. The hashes of its files are in `hash.txt` beside the running program, where cargo-leptos
    /// puts it; without that file the names have none.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("hash.txt")));
        Self::with_hashes(
            SiteFiles::Folder(folder.into()),
            &beside.and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default(),
        )
    }

    /// `hashes` has one line for each file: its extension, a colon and the hash.
    fn with_hashes(files: SiteFiles, hashes: &str) -> Self {
        let path = |extension: &str| {
            let hash =
                hashes.lines().filter_map(|line| line.split_once(':')).find(|(file, _)| file.trim() == extension);
            let hash = hash.map(|(_, hash)| format!(".{}", hash.trim())).unwrap_or_default();
            format!("/{COMPILED}/encore{hash}.{extension}")
        };
        let (style, script, program) = (path("css"), path("js"), path("wasm"));
        let start = format!("const [script, program] = [{script:?}, {program:?}];\n{}", include_str!("islands.js"));
        Self { files, style, script, program, start }
    }

    /// Whether the style sheet is there, and so the site as this program expects it.
    pub fn is_there(&self) -> bool {
        let style = self.style.trim_start_matches('/');
        match &self.files {
            SiteFiles::Folder(folder) => folder.join(style).is_file(),
            SiteFiles::Embedded(get) => get(style).is_some(),
        }
    }

    pub fn style_link(&self) -> impl IntoView + use<> {
        view! { <link rel="stylesheet" href=self.style.clone()/> }
    }

    /// The script of a page that has islands. It does what Leptos's `HydrationScripts` do, but earlier: the browser
    /// compiles the WebAssembly while it still reads the page, the islands start as soon as the page is read, and
    /// the script finds them by their names instead of looking at each of the thousands of elements of a map.
    pub fn island_script(&self) -> impl IntoView + use<> {
        view! {
            <link rel="modulepreload" href=self.script.clone()/>
            <link rel="preload" href=self.program.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
            <script type="module" async nonce=use_nonce() inner_html=self.start.clone()></script>
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_the_files_have_the_hashes_that_the_build_has_written() {
        let folder = || SiteFiles::Folder("site".into());
        let site = Site::with_hashes(folder(), "js: abc\nwasm: d_e-f\ncss: 123\n");
        let paths = [&*site.script, &*site.program, &*site.style];
        assert_eq!(paths, ["/pkg/encore.abc.js", "/pkg/encore.d_e-f.wasm", "/pkg/encore.123.css"]);
        assert!(!site.is_there());
        assert_eq!(Site::with_hashes(folder(), "").program, "/pkg/encore.wasm");
    }
}
