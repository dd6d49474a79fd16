//! What stands below the options in a verb's long help, in sections: `src/cli/pages.rs` says how they are written.

use clap_mangen::roff::{Roff, bold, roman};

/// How a section of exit codes leaves the rest to the table.
pub const AS_LISTED: &str = "no token, as listed";

/// A heading, and what belongs to it.
pub struct Section<'a> {
    /// The heading without its colon.
    pub name: &'a str,
    /// Its lines as they are written.
    pub lines: Vec<&'a str>,
}

/// Every section of a text, in its order.
pub fn of(text: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for line in text.lines() {
        match (line.strip_suffix(':'), sections.last_mut()) {
            (Some(name), _) if !line.starts_with(' ') => sections.push(Section { name, lines: Vec::new() }),
            (_, Some(section)) => section.lines.push(line),
            (_, None) => {}
        }
    }
    sections
}

impl Section<'_> {
    /// The section with its heading.
    pub fn render(&self, roff: &mut Roff) {
        roff.control("SH", [self.name.to_uppercase().as_str()]);
        self.render_content(roff);
    }

    /// Its paragraphs, and what stands as it is.
    pub fn render_content(&self, roff: &mut Roff) {
        let blocks = self.lines.split(|line| line.is_empty()).filter(|block| !block.is_empty());
        for (index, block) in blocks.enumerate() {
            if index > 0 {
                roff.control("PP", []);
            }
            if block.iter().all(|line| line.starts_with(INDENTED)) {
                as_it_stands(roff, block.iter().map(|line| line.strip_prefix(INDENTED).unwrap_or(line)));
            } else {
                roff.text([roman(joined(block))]);
            }
        }
    }

    /// Its lines as names with a meaning each, two spaces or more between them; a line that is set in further goes on.
    pub fn entries(&self) -> Vec<(String, String)> {
        let mut entries: Vec<(String, String)> = Vec::new();
        for line in self.lines.iter().filter(|line| !line.is_empty()) {
            let line = line.strip_prefix("  ").unwrap_or(line);
            match (line.split_once("  "), entries.last_mut()) {
                (Some((name, meaning)), _) if !name.is_empty() => {
                    entries.push((name.to_owned(), meaning.trim().to_owned()));
                }
                (_, Some((_, meaning))) => *meaning = format!("{meaning} {}", line.trim()),
                (_, None) => {}
            }
        }
        entries
    }
}

/// What a line begins with that stands as it is.
const INDENTED: &str = "      ";

/// Lines that are not filled.
pub fn as_it_stands<'a>(roff: &mut Roff, lines: impl Iterator<Item = &'a str>) {
    roff.control("RS", ["4"]);
    roff.control("nf", []);
    for line in lines {
        roff.text([bold(line)]);
    }
    roff.control("fi", []);
    roff.control("RE", []);
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}
