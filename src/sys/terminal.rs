//! What people and scripts see: results on standard output, everything else on standard error, questions on the
//! controlling terminal.

use std::fmt;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::bell::Bell;
#[cfg(windows)]
use super::console::understands_escapes;
use super::descriptors;
use super::environment::Environment;
use super::prompt::{self, PromptError};
use super::signals;
use super::spinner::{LastLine, PATIENCE, Spinner};
use crate::secret::Secret;

/// Where a person and a script are met.
pub trait Terminal {
    /// Whether a question would reach a person: there is a controlling terminal, and asking is not switched off.
    fn can_prompt(&self) -> bool;

    /// Whether a question would reach a person if asking were not switched off.
    fn told_not_to_ask(&self) -> bool;

    /// Asks for a secret, without echo, on the controlling terminal (U02). The prompt is shown as it is.
    ///
    /// # Errors
    /// [`PromptError`]
    fn ask_secret(&self, prompt: &str) -> Result<Secret, PromptError>;

    /// Asks as [`Terminal::ask_secret`] does, until the bell rings; there is no answer then. On Windows with echo.
    ///
    /// # Errors
    /// [`PromptError`]
    fn ask_secret_until(&self, prompt: &str, bell: &Bell) -> Result<Option<Secret>, PromptError>;

    /// Asks for a line of text, with echo. An empty line is an empty answer.
    ///
    /// # Errors
    /// [`PromptError`]
    fn ask_line(&self, prompt: &str) -> Result<String, PromptError>;

    /// Asks a question whose default answer is no.
    ///
    /// # Errors
    /// [`PromptError`]
    fn confirm(&self, question: &str) -> Result<bool, PromptError> {
        let answer = self.ask_line(&format!("{question} [y/N] "))?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Writes a secret and a newline to standard output in one piece. A reader that has gone away is no error (S03).
    ///
    /// # Errors
    /// [`OutputError`]
    fn print(&self, text: &Secret) -> Result<(), OutputError>;

    /// Writes text that is no secret to standard output as it is; a newline is the caller's. A reader that has gone
    /// away is no error.
    ///
    /// # Errors
    /// [`OutputError`]
    fn show(&self, text: &str) -> Result<(), OutputError>;

    /// Says something on standard error, `tok: ` before it; not if quiet.
    fn notice(&self, text: &str);

    /// Warns on standard error, `tok: warning: ` before it, even if quiet.
    fn warn(&self, text: &str);

    /// Writes a line to standard error as it is, even if quiet: the report of an error.
    fn complain(&self, line: &str);

    /// Says something on standard error if so much was asked for: 1 for `-v`, 2 for `-vv`.
    fn verbose(&self, level: u8, text: &str);

    /// Shows what is waited for, until the spinner is dropped; only on a terminal and only after 300 ms.
    fn waiting(&self, what: &str) -> Spinner;

    /// The same for a wait of a person, at once and with the time that is left of it.
    fn counting_down(&self, what: &str, left: Option<Duration>) -> Spinner;

    /// The columns of the terminal that standard error is, if a picture of block characters can be drawn there.
    fn canvas(&self) -> Option<usize>;

    /// Whether colour may be written to this stream.
    fn colour(&self, stream: Stream) -> bool;

    /// The columns of the terminal that standard output is; `None` if it is none.
    fn width(&self) -> Option<usize>;
}

/// The streams that are written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Results.
    Output,
    /// Everything else.
    Error,
}

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// On a terminal that can.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How to speak to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is so or is not")]
pub struct TerminalOptions {
    /// Never ask.
    pub no_input: bool,
    /// No notices, no spinner.
    pub quiet: bool,
    /// 0, 1 for `-v`, 2 for `-vv`.
    pub verbose: u8,
    /// When colour is used.
    pub colour: Colour,
    /// The terminal understands no escapes (`TERM=dumb`).
    pub dumb: bool,
    /// The terminal shows more than ASCII: its locale is UTF-8, or none is named, which is so in most containers.
    pub draws: bool,
}

impl TerminalOptions {
    /// The defaults, with what the environment says: no colour if `NO_COLOR` is set and not empty (no-color.org). An
    /// option of the command line that asks for `Always` or `Never` is set over it.
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Self {
        Self {
            colour: if environment.path("NO_COLOR").is_some() { Colour::Never } else { Colour::Auto },
            dumb: matches!(environment.text("TERM"), Ok(Some("dumb"))) || !understands_escapes(),
            draws: is_utf8(environment),
            ..Self::default()
        }
    }
}

/// A terminal does.
#[cfg(not(windows))]
const fn understands_escapes() -> bool {
    true
}

/// Whether the locale is one of UTF-8; the first of the variables that is set decides (POSIX).
fn is_utf8(environment: &Environment) -> bool {
    let named = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| environment.path(name));
    let is = |name: &std::path::Path| {
        let name = name.to_string_lossy().to_ascii_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    };
    named.is_none_or(|name| is(&name))
}

/// Why something could not be written to standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputError {
    /// It is closed.
    Closed,
    /// No space is left where it goes.
    Full,
    /// Whatever else the system says, with its words.
    Io(String),
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("standard output is closed"),
            Self::Full => f.write_str("cannot write to standard output: no space is left"),
            Self::Io(text) => write!(f, "cannot write to standard output: {text}"),
        }
    }
}

impl std::error::Error for OutputError {}

/// The streams and the terminal of this process.
#[derive(Debug, Default)]
pub struct SystemTerminal {
    options: TerminalOptions,
    last_line: Arc<LastLine>,
}

/// The answer to a Ctrl-C that is held back (C08). In its line stand `^C` and perhaps a spinner.
const HELD_BACK: &str = "\r\x1b[Ktok: finishing first, so that nothing is lost; Ctrl-C again abandons\n";
const HELD_BACK_DUMB: &str = "\ntok: finishing first, so that nothing is lost; Ctrl-C again abandons\n";

impl SystemTerminal {
    /// Opens nothing yet.
    #[must_use]
    pub fn new(options: TerminalOptions) -> Self {
        if !options.quiet {
            signals::announce(if options.dumb { HELD_BACK_DUMB } else { HELD_BACK });
        }
        Self { options, last_line: Arc::default() }
    }
}

impl Terminal for SystemTerminal {
    fn can_prompt(&self) -> bool {
        !self.options.no_input && prompt::is_there()
    }

    fn told_not_to_ask(&self) -> bool {
        self.options.no_input && prompt::is_there()
    }

    fn ask_secret(&self, prompt: &str) -> Result<Secret, PromptError> {
        if self.options.no_input { Err(PromptError::NoTerminal) } else { prompt::ask_secret(prompt) }
    }

    fn ask_secret_until(&self, prompt: &str, bell: &Bell) -> Result<Option<Secret>, PromptError> {
        if self.options.no_input { Err(PromptError::NoTerminal) } else { prompt::ask_secret_until(prompt, bell) }
    }

    fn ask_line(&self, prompt: &str) -> Result<String, PromptError> {
        if self.options.no_input { Err(PromptError::NoTerminal) } else { prompt::ask_line(prompt) }
    }

    fn print(&self, text: &Secret) -> Result<(), OutputError> {
        print(text.duplicate())
    }

    fn show(&self, text: &str) -> Result<(), OutputError> {
        write_output(text.as_bytes())
    }

    fn notice(&self, text: &str) {
        if !self.options.quiet {
            self.last_line.write(&format!("tok: {text}\n"));
        }
    }

    fn warn(&self, text: &str) {
        self.last_line.write(&format!("tok: warning: {text}\n"));
    }

    fn complain(&self, line: &str) {
        self.last_line.write(&format!("{line}\n"));
    }

    fn verbose(&self, level: u8, text: &str) {
        if self.options.verbose >= level {
            self.last_line.write(&format!("tok: {text}\n"));
        }
    }

    fn waiting(&self, what: &str) -> Spinner {
        if self.options.quiet || self.options.dumb || !io::stderr().is_terminal() {
            return Spinner::none();
        }
        let (what, room) = (what.to_owned(), room());
        Spinner::start(&self.last_line, PATIENCE, move || what.chars().take(room).collect())
    }

    fn counting_down(&self, what: &str, left: Option<Duration>) -> Spinner {
        if self.options.quiet || self.options.dumb || !io::stderr().is_terminal() {
            return Spinner::none();
        }
        let (what, room) = (what.to_owned(), room());
        let end = left.and_then(|left| Instant::now().checked_add(left));
        Spinner::start(&self.last_line, Duration::ZERO, move || {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()).as_secs());
            let left = left.map_or_else(String::new, |left| format!("{}:{:02} left, ", left / 60, left % 60));
            // The time comes first: it is what a narrow terminal has room for.
            left.chars().chain(what.chars()).take(room).collect()
        })
    }

    fn canvas(&self) -> Option<usize> {
        let draws = self.options.draws && !self.options.dumb && io::stderr().is_terminal();
        draws.then(|| columns(Stream::Error)).flatten()
    }

    fn colour(&self, stream: Stream) -> bool {
        match self.options.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto if self.options.dumb => false,
            Colour::Auto => match stream {
                Stream::Output => io::stdout().is_terminal(),
                Stream::Error => io::stderr().is_terminal(),
            },
        }
    }

    fn width(&self) -> Option<usize> {
        columns(Stream::Output)
    }
}

/// What a spinner's text may take of the line. A text that wraps could not be cleared: two columns go to the spinner, one
/// stays free.
fn room() -> usize {
    columns(Stream::Error).unwrap_or(80).saturating_sub(3)
}

#[cfg(unix)]
fn columns(stream: Stream) -> Option<usize> {
    use rustix::termios::tcgetwinsize;
    let size = match stream {
        Stream::Output => tcgetwinsize(io::stdout()),
        Stream::Error => tcgetwinsize(io::stderr()),
    };
    size.ok().map(|size| size.ws_col.into()).filter(|columns| *columns > 0)
}

#[cfg(not(unix))]
fn columns(_: Stream) -> Option<usize> {
    None
}

/// Writes a secret and a newline to standard output in one piece, as [`Terminal::print`] does it: for who needs nothing
/// else of a terminal.
///
/// # Errors
/// [`OutputError`]
pub fn print(text: Secret) -> Result<(), OutputError> {
    // Standard output is a boundary.
    write_output(text.into_line().expose().as_bytes())
}

/// Writes everything, past Rust's own buffer for standard output: that lives as long as the process, is never wiped, and
/// takes a closed descriptor for success.
#[cfg(unix)]
fn write_output(bytes: &[u8]) -> Result<(), OutputError> {
    if descriptors::stdout_was_closed() {
        return Err(OutputError::Closed);
    }
    // Past the library's handle, too, which makes that buffer when it is first asked for.
    write_to(rustix::stdio::stdout(), bytes)
}

#[cfg(unix)]
fn write_to(stream: impl std::os::fd::AsFd, mut bytes: &[u8]) -> Result<(), OutputError> {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;
    while !bytes.is_empty() {
        match rustix::io::write(&stream, bytes) {
            Ok(0) => return Err(OutputError::Io("nothing more is taken".into())),
            Ok(n) => bytes = &bytes[n..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                // Someone else who has this pipe or terminal open made it non-blocking.
                let _ = poll(&mut [PollFd::new(&stream, PollFlags::OUT)], None);
            }
            Err(Errno::PIPE) => return Ok(()),
            Err(Errno::BADF) => return Err(OutputError::Closed),
            Err(Errno::NOSPC | Errno::DQUOT | Errno::FBIG) => return Err(OutputError::Full),
            Err(error) => return Err(OutputError::Io(io::Error::from(error).to_string())),
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn write_output(bytes: &[u8]) -> Result<(), OutputError> {
    use std::io::Write;
    let mut stdout = io::stdout().lock();
    written(|| stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

/// What came of something else's writing to standard output, as of our own: a reader that has gone away is no error
/// (S03).
///
/// # Errors
/// [`OutputError`]
pub fn written(write: impl FnOnce() -> io::Result<()>) -> Result<(), OutputError> {
    if descriptors::stdout_was_closed() {
        return Err(OutputError::Closed);
    }
    match write() {
        Ok(()) => Ok(()),
        Err(error) => match error.kind() {
            io::ErrorKind::BrokenPipe => Ok(()),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Err(OutputError::Full)
            }
            _ => Err(OutputError::Io(error.to_string())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_that_want_it() {
        let colour = |options| SystemTerminal::new(options).colour(Stream::Output);
        let always = TerminalOptions { colour: Colour::Always, dumb: true, ..TerminalOptions::default() };
        assert!(colour(always));
        assert!(!colour(TerminalOptions { colour: Colour::Never, ..always }));
        assert!(!colour(TerminalOptions { colour: Colour::Auto, ..always }));
    }

    #[test]
    fn the_environment_says_what_the_terminal_is() {
        let options = |pairs: [(&str, &str); 1]| TerminalOptions::from_environment(&Environment::from_pairs(pairs));
        assert!(
            options([("NO_COLOR", "1")]).colour == Colour::Never && options([("NO_COLOR", "")]).colour == Colour::Auto
        );
        assert!(options([("TERM", "dumb")]).dumb && !options([("TERM", "xterm")]).dumb);
        for (name, value, draws) in [
            ("LANG", "de_DE.UTF-8", true),
            ("LC_CTYPE", "C.utf8", true),
            ("LC_ALL", "C", false),
            ("LANG", "de_DE@euro", false),
            ("X", "C", true),
        ] {
            assert_eq!(options([(name, value)]).draws, draws, "{name}={value}");
        }
    }

    #[test] // U04
    fn without_input_nothing_is_asked() {
        let terminal = SystemTerminal::new(TerminalOptions { no_input: true, ..TerminalOptions::default() });
        assert!(!terminal.can_prompt());
        assert_eq!(terminal.ask_secret("x").unwrap_err(), PromptError::NoTerminal);
        assert_eq!(terminal.confirm("x").unwrap_err(), PromptError::NoTerminal);
    }

    #[cfg(unix)]
    mod unix {
        #[cfg(target_os = "linux")]
        use std::fs::File;
        use std::io::Read;

        use super::*;
        use crate::sys::testing::{child, in_child};

        const NAME: &str = "sys::terminal::tests::unix::role";

        #[test]
        fn role() {
            if in_child().is_some() {
                let terminal = SystemTerminal::new(TerminalOptions { quiet: true, ..TerminalOptions::default() });
                terminal.notice("a notice");
                terminal.verbose(1, "a detail");
                terminal.warn("a warning");
                let _spinner = terminal.waiting("nothing");
                terminal.complain("a complaint");
            }
        }

        #[test] // S03
        fn a_reader_that_went_away_is_no_error() {
            let (reader, writer) = io::pipe().unwrap();
            drop(reader);
            assert_eq!(write_to(&writer, b"x"), Ok(()));
        }

        #[cfg(target_os = "linux")]
        #[test] // S03
        fn a_full_output_is_an_error() {
            assert_eq!(write_to(File::create("/dev/full").unwrap(), b"x"), Err(OutputError::Full));
        }

        #[test] // S03, P12
        fn a_slow_reader_of_a_non_blocking_pipe_gets_everything() {
            let (mut reader, writer) = io::pipe().unwrap();
            rustix::io::ioctl_fionbio(&writer, true).unwrap();
            let reading = std::thread::spawn(move || {
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes).map(|_| bytes.len())
            });
            write_to(&writer, &vec![b'x'; 1_000_000]).unwrap();
            drop(writer);
            assert_eq!(reading.join().unwrap().unwrap(), 1_000_000);
        }

        #[test]
        fn quiet_silences_notices_only() {
            let output = child(NAME, "say").output().unwrap();
            let text = String::from_utf8(output.stderr).unwrap();
            assert!(text.contains("tok: warning: a warning\na complaint\n"), "{text}");
            assert!(!text.contains("notice") && !text.contains("detail") && !text.contains("nothing"), "{text}");
        }
    }
}
