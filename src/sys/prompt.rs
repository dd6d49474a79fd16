//! Questions on the controlling terminal, above all for a password: whatever signal comes while it is typed, the
//! terminal gets its echo back (U03).
//!
//! `rpassword` edits the line; it is given a reader of ours instead of the terminal's path. With the path it would
//! switch off the terminal's own signal keys, die on Ctrl-C before it restored the echo, and swallow Ctrl-Z. So the
//! terminal's modes are set here: no echo, each key at once, Ctrl-C, Ctrl-\ and Ctrl-Z as signals. A pipe turns signals
//! into something that can be waited for beside the keys, the echo is restored by ordinary code, and the signal then
//! does its default work. After Ctrl-Z the question is asked anew.
//!
//! On Windows `rpassword` does all of it.

use std::fmt;
use std::io;

use super::read_secret::{SecretInputError, check_secret};
use crate::secret::Secret;

#[cfg(not(unix))]
pub(super) use other::{ask_line, ask_secret, ask_secret_until, is_there};
#[cfg(unix)]
pub(super) use unix::{ask_line, ask_secret, ask_secret_until, is_there};

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptError {
    /// There is no terminal to ask on, or asking is switched off.
    NoTerminal,
    /// The person ended the input instead of answering (Ctrl-D), or the terminal went away.
    NoAnswer,
    /// The answer is no usable secret.
    Bad(SecretInputError),
    /// A signal came whose default work left this process alive.
    Interrupted,
    /// The terminal failed, in the system's words.
    Io(String),
}

impl fmt::Display for PromptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTerminal => f.write_str("there is no terminal to ask on"),
            Self::NoAnswer => f.write_str("the question was not answered"),
            Self::Bad(why) => write!(f, "the answer cannot be used: {why}"),
            Self::Interrupted => f.write_str("the question was interrupted"),
            Self::Io(text) => write!(f, "cannot ask on the terminal: {text}"),
        }
    }
}

impl std::error::Error for PromptError {}

impl From<io::Error> for PromptError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::NoAnswer } else { Self::Io(error.to_string()) }
    }
}

/// Takes what was typed. Bytes that are no UTF-8 reach us as replacement characters: such a password would be another
/// one than was meant.
fn typed(text: String) -> Result<Secret, PromptError> {
    let secret = Secret::new(text);
    if secret.expose().contains(char::REPLACEMENT_CHARACTER) {
        return Err(PromptError::Bad(SecretInputError::NotUtf8));
    }
    check_secret(&secret).map_err(PromptError::Bad)?;
    Ok(secret)
}

/// A line without its terminator; nothing at all is no answer.
fn answered(mut line: String) -> Result<String, PromptError> {
    if line.is_empty() {
        return Err(PromptError::NoAnswer);
    }
    line.truncate(line.trim_end_matches(['\n', '\r']).len());
    Ok(line)
}

#[cfg(unix)]
mod unix {
    use std::cell::Cell;
    use std::ffi::c_int;
    use std::fs::{File, OpenOptions};
    use std::io::{self, BufRead, BufReader, Read, Write};
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::OpenOptionsExt;
    use std::rc::Rc;
    use std::time::Instant;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::{Errno, retry_on_intr};
    use rustix::termios::{
        LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
    };

    use super::{PromptError, answered, typed};
    use crate::secret::Secret;
    use crate::sys::bell::Bell;
    use crate::sys::read_secret::SecretInputError;
    use crate::sys::signals::{Watch, stop_by_default};

    /// Whether this process has a controlling terminal.
    pub fn is_there() -> bool {
        open(0).is_ok()
    }

    /// Asks without echo.
    pub fn ask_secret(prompt: &str) -> Result<Secret, PromptError> {
        ask(prompt, None)?.ok_or(PromptError::NoAnswer)
    }

    /// Asks without echo, until the bell rings; there is no answer then.
    pub fn ask_secret_until(prompt: &str, bell: &Bell) -> Result<Option<Secret>, PromptError> {
        ask(prompt, Some(bell))
    }

    fn ask(prompt: &str, bell: Option<&Bell>) -> Result<Option<Secret>, PromptError> {
        let mut watch = Rc::new(Watch::begin()?);
        let mut was_stopped = false;
        loop {
            let silence = Rc::new(Silence::begin(open(0)?)?);
            silence.show(prompt)?;
            let seen = Rc::new(Seen::default());
            let keys = Keys {
                keyboard: open(libc::O_NONBLOCK)?,
                prompt: prompt.to_owned(),
                was_stopped,
                silence: Rc::clone(&silence),
                watch: Rc::clone(&watch),
                seen: Rc::clone(&seen),
                bell: bell
                    .map(|bell| Ok::<_, io::Error>((bell.fd().try_clone_to_owned()?, bell.deadline())))
                    .transpose()?,
            };
            let config = rpassword::ConfigBuilder::new().input_reader(keys).output_discard().build();
            let result = rpassword::read_password_with_config(config);
            let _ = silence.show("\n");
            if seen.signal.get() != 0 || seen.bell.get() {
                silence.forget_keys();
            }
            drop(silence);
            match seen.signal.get() {
                0 if seen.bell.get() => return Ok(None),
                0 if seen.control.get() => return Err(PromptError::Bad(SecretInputError::Control)),
                0 => return typed(result?).map(Some),
                libc::SIGTSTP => {
                    stop_by_default();
                    was_stopped = true;
                }
                fatal => {
                    if let Some(watch) = Rc::get_mut(&mut watch) {
                        watch.die_by(fatal);
                    }
                    return Err(PromptError::Interrupted);
                }
            }
        }
    }

    /// Asks with echo; the terminal edits the line.
    pub fn ask_line(prompt: &str) -> Result<String, PromptError> {
        let mut terminal = open(0)?;
        terminal.write_all(prompt.as_bytes())?;
        let mut line = String::new();
        BufReader::new(terminal).take(4096).read_line(&mut line)?;
        answered(line)
    }

    fn open(flags: c_int) -> Result<File, PromptError> {
        let options = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOCTTY | flags).open("/dev/tty");
        options.map_err(|_| PromptError::NoTerminal)
    }

    /// The terminal shows nothing that is typed, until this is dropped.
    struct Silence {
        terminal: File,
        before: Termios,
        silent: Termios,
    }

    impl Silence {
        /// What was typed before the question is thrown away: it was no answer to it.
        fn begin(terminal: File) -> io::Result<Self> {
            let before = retry_on_intr(|| tcgetattr(&terminal))?;
            let mut silent = before.clone();
            silent.local_modes &= !(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON);
            silent.local_modes |= LocalModes::ISIG;
            silent.special_codes[SpecialCodeIndex::VMIN] = 1;
            silent.special_codes[SpecialCodeIndex::VTIME] = 0;
            let silence = Self { terminal, before, silent };
            silence.apply(OptionalActions::Flush)?;
            Ok(silence)
        }

        fn apply(&self, when: OptionalActions) -> io::Result<()> {
            Ok(retry_on_intr(|| tcsetattr(&self.terminal, when, &self.silent))?)
        }

        fn show(&self, text: &str) -> io::Result<()> {
            (&self.terminal).write_all(text.as_bytes())
        }

        /// Throws away what was typed and not read: the rest of half a password is nothing for the shell to show and
        /// run.
        fn forget_keys(&self) {
            let _ = tcflush(&self.terminal, QueueSelector::IFlush);
        }
    }

    impl Drop for Silence {
        fn drop(&mut self) {
            let _ = retry_on_intr(|| tcsetattr(&self.terminal, OptionalActions::Now, &self.before));
        }
    }

    /// What came while a line was typed, besides its text.
    #[derive(Default)]
    struct Seen {
        /// The signal that ended the reading, or 0.
        signal: Cell<c_int>,
        /// Whether the bell ended it.
        bell: Cell<bool>,
        /// Whether a control character is in the line. `rpassword` drops it: what is left is another password than
        /// the one that was typed.
        control: Cell<bool>,
    }

    impl Seen {
        fn key(&self, byte: u8) {
            match byte {
                b'\n' | b'\r' | DELETE | BACKSPACE | CTRL_C | CTRL_D | CTRL_W | ESCAPE => {}
                CTRL_U => self.control.set(false), // the line is empty again
                byte if byte.is_ascii_control() => self.control.set(true),
                _ => {}
            }
        }
    }

    // What `rpassword` takes for editing.
    const CTRL_C: u8 = 0x03;
    const CTRL_D: u8 = 0x04;
    const BACKSPACE: u8 = 0x08;
    const CTRL_U: u8 = 0x15;
    const CTRL_W: u8 = 0x17;
    const ESCAPE: u8 = 0x1b;
    const DELETE: u8 = 0x7f;

    /// The keys as they are typed, until a signal comes that ends or stops the process.
    struct Keys {
        /// The terminal, opened anew and not to block: Ctrl-Z takes back keys that were there to be read, and a read
        /// that waits for others would never see the signal.
        keyboard: File,
        prompt: String,
        /// A signal to continue is still to be heard of that the question asked anew is the answer to.
        was_stopped: bool,
        silence: Rc<Silence>,
        watch: Rc<Watch>,
        seen: Rc<Seen>,
        /// What else ends the question, and when.
        bell: Option<(OwnedFd, Instant)>,
    }

    impl Keys {
        /// A process that goes on after a stop that it could not catch (SIGSTOP) finds the modes that the shell set.
        fn go_on(&mut self) -> io::Result<()> {
            self.silence.apply(OptionalActions::Now)?;
            if std::mem::take(&mut self.was_stopped) {
                return Ok(());
            }
            self.silence.show("\n")?;
            self.silence.show(&self.prompt)
        }
    }

    impl Read for Keys {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            loop {
                let signals = PollFd::from_borrowed_fd(self.watch.fd(), PollFlags::IN);
                let mut ready = vec![signals, PollFd::new(&self.keyboard, PollFlags::IN)];
                ready.extend(self.bell.iter().map(|(bell, _)| PollFd::new(bell, PollFlags::IN)));
                let left = self.bell.as_ref().map(|(_, deadline)| deadline.saturating_duration_since(Instant::now()));
                let left = left.and_then(|left| Timespec::try_from(left).ok());
                let count = match poll(&mut ready, left.as_ref()) {
                    Err(Errno::INTR) => continue,
                    other => other?,
                };
                if !ready[0].revents().is_empty() {
                    match self.watch.take()? {
                        libc::SIGCONT => self.go_on()?,
                        signal => {
                            self.seen.signal.set(signal);
                            return Err(io::Error::other("a signal came"));
                        }
                    }
                    continue;
                }
                if count == 0 || ready.get(2).is_some_and(|bell| !bell.revents().is_empty()) {
                    self.seen.bell.set(true);
                    return Err(io::Error::other("the bell rang"));
                }
                match rustix::io::read(&self.keyboard, &mut *buffer) {
                    Err(Errno::INTR | Errno::AGAIN) => {}
                    // Not `UnexpectedEof`, which `rpassword` takes for the end of a line: half a password.
                    Ok(0) => return Err(io::ErrorKind::ConnectionAborted.into()),
                    other => {
                        let count = other?;
                        buffer[..count].iter().for_each(|byte| self.seen.key(*byte));
                        return Ok(count);
                    }
                }
            }
        }
    }
}

#[cfg(not(unix))]
mod other {
    use std::fs::{File, OpenOptions};
    use std::io::{BufRead, BufReader, Read, Write};
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::thread;
    use std::time::Duration;

    use super::{PromptError, answered, typed};
    use crate::secret::Secret;
    use crate::sys::bell::Bell;

    /// How long a bell may ring unheard.
    const LISTEN: Duration = Duration::from_millis(100);

    /// Whether there is a console.
    pub fn is_there() -> bool {
        File::open("CONIN$").is_ok()
    }

    /// Asks without echo.
    pub fn ask_secret(prompt: &str) -> Result<Secret, PromptError> {
        if !is_there() {
            return Err(PromptError::NoTerminal);
        }
        typed(rpassword::prompt_password(prompt)?)
    }

    /// Asks until the bell rings; there is no answer then. With echo: a question that is not ended leaves the console as it
    /// is.
    pub fn ask_secret_until(prompt: &str, bell: &Bell) -> Result<Option<Secret>, PromptError> {
        let (sender, answers) = channel();
        let question = prompt.to_owned();
        thread::Builder::new().spawn(move || {
            let _ = sender.send(ask_line(&question));
        })?;
        while !bell.has_rung() && !bell.left().is_zero() {
            match answers.recv_timeout(LISTEN.min(bell.left())) {
                Ok(answer) => return typed(answer?).map(Some),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(PromptError::NoAnswer),
            }
        }
        Ok(None)
    }

    /// Asks with echo.
    pub fn ask_line(prompt: &str) -> Result<String, PromptError> {
        let input = File::open("CONIN$").map_err(|_| PromptError::NoTerminal)?;
        OpenOptions::new().write(true).open("CONOUT$")?.write_all(prompt.as_bytes())?;
        let mut line = String::new();
        BufReader::new(input).take(4096).read_line(&mut line)?;
        answered(line)
    }
}

#[cfg(all(test, target_os = "linux"))]
#[path = "prompt_tests.rs"]
mod tests;
