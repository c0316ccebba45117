//! What the documents say of the code, checked against it: the tables under "Module dependencies" in docs/ARCHITECTURE.md
//! against the `crate::` paths, and the names in docs/ASVS.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Dependencies = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// Reads the table whose first column has this heading: for each module, the modules that it may use.
fn table(heading: &str) -> Dependencies {
    let page = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).expect("the page");
    let rows = page.lines().skip_while(|line| !line.starts_with(&format!("| {heading} |"))).skip(2);
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<_>>();
    let mut arrows = Dependencies::new();
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').collect();
        for module in names(cells[1]) {
            arrows.insert(module, names(cells[2]));
        }
    }
    arrows
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The modules that a text names directly after `crate::`, alone or in a list in braces.
fn named(text: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = BTreeSet::new();
    for rest in text.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => names.extend(first_level(list).iter().map(|name| word(name.trim()))),
            None => drop(names.insert(word(rest))),
        }
    }
    names
}

/// The parts of a list in braces. `list` is the text after its opening brace. A nested list belongs to the part that
/// contains it.
fn first_level(list: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in list.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => parts.push(String::new()),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                parts.iter_mut().last().into_iter().for_each(|part| part.push(c));
            }
        }
    }
    parts
}

/// Which other modules each module of a crate uses, according to the `crate::` paths outside comments and tests.
/// `tests` are the modules that have only tests.
fn uses(source: &Path, tests: &[&str]) -> Dependencies {
    let mut files = vec![];
    rust_files(source, &mut files);
    let module = |file: &Path| {
        let first = file.strip_prefix(source).expect("inside").components().next().expect("a name");
        first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
    };
    let modules: BTreeSet<String> = files.iter().map(|file| module(file)).collect();
    let mut arrows = Dependencies::new();
    for file in &files {
        let from = module(file);
        if tests.contains(&&*from) || ["lib", "main"].contains(&&*from) {
            continue;
        }
        let text = fs::read_to_string(file).expect("text");
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let code: String = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .map(|line| line.to_owned() + "\n")
            .collect();
        let used = named(&code).into_iter().filter(|to| *to != from && (modules.contains(to) || to == "i18n"));
        arrows.entry(from.clone()).or_default().extend(used);
    }
    arrows
}

/// Returns a module that uses itself through others, if there is one.
fn cycle(arrows: &Dependencies) -> Option<&str> {
    arrows.keys().map(String::as_str).find(|start| {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut ahead: Vec<&str> = vec![start];
        while let Some(module) = ahead.pop() {
            for to in arrows.get(module).into_iter().flatten() {
                if to == start {
                    return true;
                }
                if reached.insert(to) {
                    ahead.push(to);
                }
            }
        }
        false
    })
}

#[test]
fn modules_use_only_what_the_architecture_page_allows() {
    for (heading, source, tests) in
        [("library module", root().join("src"), &["tests"][..]), ("program module", root().join("app/src"), &[])]
    {
        let (written, used) = (table(heading), uses(&source, tests));
        assert!(written.len() > 5, "the table of the {heading}s was not found");
        assert_eq!(used, written, "the code (left) and docs/ARCHITECTURE.md (right) differ: {heading}");
        assert_eq!(cycle(&written), None, "a cycle of {heading}s");
    }
}

#[test]
fn every_module_of_a_use_list_is_found() {
    let text = "use crate::{a::{b, c}, d};\nuse crate::e::f;";
    assert_eq!(named(text).into_iter().collect::<Vec<_>>(), ["a", "d", "e"]);
}

#[test]
fn a_cycle_is_found() {
    let arrows = |pairs: &[(&str, &str)]| {
        let mut arrows = Dependencies::new();
        for (from, to) in pairs {
            arrows.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        arrows
    };
    assert_eq!(cycle(&arrows(&[("a", "b"), ("b", "c")])), None);
    assert_eq!(cycle(&arrows(&[("a", "b"), ("b", "c"), ("c", "b")])), Some("b"));
}

/// docs/ASVS.md names for each requirement that is met a file, and after it what in the file meets it.
#[test]
fn what_meets_a_requirement_of_asvs_exists() {
    let page = fs::read_to_string(root().join("docs/ASVS.md")).expect("the page");
    let rows: Vec<Vec<&str>> = page.lines().map(|line| line.split(" | ").collect()).collect();
    let mut rows: Vec<_> = rows.into_iter().filter(|cells| cells.len() == 5 && cells[0].contains('.')).collect();
    let is_name = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':');
    for cells in &rows {
        let (id, state, how) = (cells[0], cells[3], cells[4]);
        let mut file: Option<String> = None;
        for named in how.split('`').skip(1).step_by(2) {
            let is_path = ["app/", "src/", "docs/", "end2end/", "migrations/", "public/", "bin/"]
                .iter()
                .any(|folder| named.starts_with(folder));
            if is_path {
                let path = root().join(named);
                assert!(path.exists(), "{id}: {named}");
                file = Some(fs::read_to_string(path).unwrap_or_default()).filter(|text| !text.is_empty());
            } else if let Some(text) = file.as_ref().filter(|_| is_name(named)) {
                assert!(text.contains(named), "{id}: {named}");
            }
        }
        assert!(state != "met" || how.contains('/'), "{id} names no file");
    }
    let ids: BTreeSet<&str> = rows.iter().map(|cells| cells[0]).collect();
    assert_eq!((ids.len(), rows.len()), (253, 253), "each requirement of levels 1 and 2 is there once");
    rows.retain(|cells| !["met", "open", "n/a"].contains(&cells[3]));
    assert!(rows.is_empty(), "{rows:?}");
}
