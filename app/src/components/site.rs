//! The files of the built site that pages load, and the script that starts the islands.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use std::path::{Path, PathBuf};

/// The folder in which cargo-leptos puts what it has compiled. It is also the first part of the paths of its files.
pub const COMPILED: &str = "pkg";

/// The built site. The names of the compiled files contain a hash of their content, so browsers may keep them forever.
#[derive(Debug, Clone)]
pub struct Site {
    pub folder: PathBuf,
    /// The paths of the style sheet, the script and the WebAssembly.
    style: String,
    script: String,
    program: String,
    /// The script that starts the islands.
    start: String,
}

impl Site {
    /// The site in a folder. The hashes of its files are in `hash.txt` beside the running program, where cargo-leptos
    /// puts it; without that file the names have none.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("hash.txt")));
        Self::with_hashes(folder, &beside.and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default())
    }

    /// `hashes` has one line for each file: its extension, a colon and the hash.
    fn with_hashes(folder: impl Into<PathBuf>, hashes: &str) -> Self {
        let path = |extension: &str| {
            let hash =
                hashes.lines().filter_map(|line| line.split_once(':')).find(|(file, _)| file.trim() == extension);
            let hash = hash.map(|(_, hash)| format!(".{}", hash.trim())).unwrap_or_default();
            format!("/{COMPILED}/encore{hash}.{extension}")
        };
        let (style, script, program) = (path("css"), path("js"), path("wasm"));
        let start = format!("const [script, program] = [{script:?}, {program:?}];\n{}", include_str!("islands.js"));
        Self { folder: folder.into(), style, script, program, start }
    }

    /// The style sheet in the folder of the site.
    pub fn style_file(&self) -> PathBuf {
        self.folder.join(Path::new(self.style.trim_start_matches('/')))
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
        let site = Site::with_hashes("site", "js: abc\nwasm: d_e-f\ncss: 123\n");
        let paths = [&*site.script, &*site.program, &*site.style];
        assert_eq!(paths, ["/pkg/encore.abc.js", "/pkg/encore.d_e-f.wasm", "/pkg/encore.123.css"]);
        assert_eq!(site.style_file(), Path::new("site/pkg/encore.123.css"));
        assert_eq!(Site::with_hashes("site", "").program, "/pkg/encore.wasm");
    }
}
