//! The table of promises in SECURITY.md: where the tests of each are, and what they measured.
//!
//! The promises are written by hand. Their tests are found by the numbers in the comments beside them, and the figures
//! are what `tests/run --long` gathered, one a line: `PROMISE\tWHAT\tFIGURE`. Figures of no promise (`run`, `fuzz`, ...)
//! have a table of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::tables::between_markers;

/// The places of the tests that name a promise.
pub type Proofs = BTreeMap<String, BTreeSet<String>>;

/// SECURITY.md with its tables as they should be. Without new figures the old ones stay.
pub fn security(text: &str, proofs: &Proofs, figures: Option<&str>) -> Result<String, String> {
    let figures = figures.map(read_figures);
    let line = |line: &str| {
        let Some([number, promise, _, old]) = row(line) else { return line.to_owned() };
        let tests = proofs.get(number).map(tell).unwrap_or_default();
        let figure = figures.as_ref().map_or(old.to_owned(), |all| {
            let mine = all.iter().filter(|(of, ..)| of == number);
            mine.map(|(_, what, figure)| format!("{what}: {figure}")).collect::<Vec<_>>().join("; ")
        });
        let cells = [number, promise, &tests, &figure].map(|cell| format!("| {cell} ").replace("  ", " "));
        format!("{}|", cells.concat())
    };
    let text = text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n";
    let Some(figures) = figures else { return Ok(text) };
    let others = figures.iter().filter(|(of, ..)| !is_number(of) && of != "run");
    let rows: Vec<String> = others.map(|(of, what, figure)| format!("| {of} | {what} | {figure} |\n")).collect();
    let run = figures.iter().find(|(of, ..)| of == "run").map(|(_, _, run)| run.as_str()).unwrap_or_default();
    let table = if rows.is_empty() {
        String::new()
    } else {
        "\n| | what | figure |\n|---|---|---|\n".to_owned() + &rows.concat()
    };
    let measured = format!("The figures are those of `tests/run --long` on {run}.\n{table}");
    between_markers(&text, "measured", &measured)
}

/// The cells of a row about a promise.
pub fn row(line: &str) -> Option<[&str; 4]> {
    let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
    let cells = <[&str; 4]>::try_from(cells).ok()?;
    is_number(cells[0]).then_some(cells)
}

/// The figures; of several with one name the last holds, and names are in order.
fn read_figures(text: &str) -> Vec<(String, String, String)> {
    let cells = |line: &str| {
        let cells: Vec<String> = line.split('\t').map(|cell| cell.trim().replace('|', "/")).collect();
        <[String; 3]>::try_from(cells).ok()
    };
    let named: BTreeMap<(String, String), String> =
        text.lines().filter_map(cells).map(|[of, what, figure]| ((of, what), figure)).collect();
    named.into_iter().map(|((of, what), figure)| (of, what, figure)).collect()
}

/// "`it/crash/killed`, `src`": from outside first.
fn tell(places: &BTreeSet<String>) -> String {
    places.iter().map(|place| format!("`{place}`")).collect::<Vec<_>>().join(", ")
}

/// Every test that names a promise, in this checkout.
pub fn proofs(root: &Path) -> io::Result<Proofs> {
    let mut proofs = Proofs::new();
    let mut add = |number: String, place: &str| {
        proofs.entry(number).or_default().insert(place.to_owned());
    };
    for path in [sources(&root.join("src"))?, sources(&root.join("tests"))?].concat() {
        let place = place(path.strip_prefix(root).unwrap_or(&path));
        for test in tests(&fs::read_to_string(&path)?) {
            for number in numbers(&test) {
                add(number, &place);
            }
        }
    }
    for script in [".ci/run", "tests/run", "tests/long/second-build"] {
        for line in fs::read_to_string(root.join(script))?.lines() {
            let comment = line.split_once(" # ").map(|(_, comment)| comment).unwrap_or_default();
            for number in numbers(comment) {
                add(number, script);
            }
        }
    }
    Ok(proofs)
}

/// The files of a folder and those below it.
fn sources(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(found)
}

/// What a file is called in the table: `it/hostile`, `real/keyring`, `src`.
fn place(path: &Path) -> String {
    let text = path.with_extension("").display().to_string().replace('\\', "/");
    match text.strip_prefix("tests/") {
        Some(below) => below.trim_end_matches("/mod").to_owned(),
        None => "src".to_owned(),
    }
}

/// The comments beside each test: those from `#[test]` to the name.
fn tests(text: &str) -> Vec<String> {
    let mut tests = Vec::new();
    let mut lines = text.lines().map(str::trim_start);
    while let Some(line) = lines.find(|line| line.starts_with("#[test]")) {
        let rest = lines.by_ref().take_while(|line| !line.starts_with("fn "));
        let comments = [line].into_iter().chain(rest).filter_map(|line| line.split_once("//"));
        tests.push(comments.map(|(_, comment)| comment).collect::<Vec<_>>().join(" "));
    }
    tests
}

/// The numbers of promises in a text, each once.
fn numbers(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| is_number(word));
    let mut numbers: Vec<String> = words.map(str::to_owned).collect();
    numbers.sort();
    numbers.dedup();
    numbers
}

/// `C07`.
fn is_number(word: &str) -> bool {
    matches!(word.as_bytes(), [letter, tens, ones]
        if letter.is_ascii_uppercase() && tens.is_ascii_digit() && ones.is_ascii_digit())
}
