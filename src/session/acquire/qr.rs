//! An address as a picture that a telephone reads.

use qrcode::{Color, EcLevel, QrCode};

/// The white border, in modules. The standard wants four; telephones do with two, and narrow terminals with less room.
const BORDER: usize = 2;

/// Black on white, whatever the terminal's own colours are.
const BLACK_ON_WHITE: (&str, &str) = ("\x1b[97;40m", "\x1b[0m");

/// The picture in lines, two modules in each character; `None` where it is wider than the terminal. Without colours it is
/// right on a dark terminal.
pub(super) fn picture(text: &str, columns: usize, colour: bool) -> Option<String> {
    // On a screen nothing is scratched or stained: the lowest level of correction makes the smallest picture.
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let width = code.width() + 2 * BORDER;
    if width > columns {
        return None;
    }
    let modules = code.to_colors();
    let is_white = |x: usize, y: usize| {
        let inside = |n: usize| n.checked_sub(BORDER).filter(|n| *n < code.width());
        inside(x).zip(inside(y)).is_none_or(|(x, y)| modules.get(y * code.width() + x) != Some(&Color::Dark))
    };
    let (before, after) = if colour { BLACK_ON_WHITE } else { ("", "") };
    let line = |y: usize| {
        let character = |x: usize| match (is_white(x, y), is_white(x, y + 1)) {
            (true, true) => '\u{2588}',
            (true, false) => '\u{2580}',
            (false, true) => '\u{2584}',
            (false, false) => ' ',
        };
        let line: String = (0..width).map(character).collect();
        format!("{before}{line}{after}")
    };
    Some((0..width).step_by(2).map(line).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fits_or_is_left_out() {
        let text = "https://sso.example.com/device?user_code=WDJB-MJHT";
        let drawn = picture(text, 80, false).unwrap();
        let widths: Vec<usize> = drawn.lines().map(|line| line.chars().count()).collect();
        let width = widths[0];
        assert!(widths.iter().all(|other| *other == width) && widths.len() == width.div_ceil(2), "{drawn}");
        assert!(picture(text, width, false).is_some() && picture(text, width - 1, false).is_none());
        assert!(picture(&"x".repeat(5000), usize::MAX, false).is_none(), "no code holds so much");
    }

    #[test]
    fn it_has_a_white_border_and_its_own_colours() {
        let drawn = picture("https://h/d", 80, true).unwrap();
        let lines: Vec<&str> = drawn.lines().collect();
        assert!(lines.iter().all(|line| line.starts_with("\x1b[97;40m\u{2588}") && line.ends_with("\u{2588}\x1b[0m")));
        assert!(
            lines[0].trim_start_matches("\x1b[97;40m").trim_end_matches("\x1b[0m").chars().all(|c| c == '\u{2588}')
        );
        assert!(!picture("https://h/d", 80, false).unwrap().contains('\x1b'));
    }
}
