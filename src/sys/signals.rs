//! Signals: held back while a session is between two states (C08), and watched during a prompt (U03).
//!
//! Both put back what was there before, so that a signal works as ever afterwards, and both leave alone what is
//! ignored (`nohup`, background jobs). That, and a stop that the kernel may decline, is why the system's calls are made
//! here and not by a library: those leave a handler behind that swallows the signal.
//!
//! On Windows nothing is held back: Ctrl-C ends the process at once.
#![allow(unsafe_code, reason = "sigaction, raise")]

#[cfg(unix)]
pub use unix::HeldSignals;
#[cfg(unix)]
pub(super) use unix::{Watch, announce, stop_by_default};

/// Nothing is held on this platform.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct HeldSignals(());

#[cfg(not(unix))]
impl HeldSignals {
    /// Holds nothing.
    #[must_use]
    pub fn begin() -> Self {
        Self(())
    }

    /// Nothing can have come.
    pub fn end(self) {}
}

/// Nothing is held that could be announced.
#[cfg(not(unix))]
pub(super) fn announce(_: &'static str) {}

#[cfg(unix)]
mod unix {
    use std::ffi::c_int;
    use std::io::{self, IsTerminal, PipeReader, PipeWriter, Read};
    use std::mem::{MaybeUninit, zeroed};
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
    use std::ptr;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::SeqCst};

    /// Interrupts, terminations and hang-ups wait until this is dropped.
    ///
    /// The first that came is then raised again, which normally ends the process, as it would have without this. A
    /// second Ctrl-C ends the process at once; the first is answered with a word, which says so.
    #[derive(Debug)]
    pub struct HeldSignals {
        _handlers: Handlers,
    }

    /// The first signal that came, or 0.
    static FIRST: AtomicI32 = AtomicI32::new(0);
    /// Whether signals are held now.
    static HOLDING: AtomicBool = AtomicBool::new(false);

    /// What a Ctrl-C that is held back is answered with.
    static WORD: OnceLock<&str> = OnceLock::new();
    /// Whether standard error is a terminal, where a person can read it.
    static IS_READ: AtomicBool = AtomicBool::new(false);

    extern "C" fn hold(signal: c_int) {
        let _ = FIRST.compare_exchange(0, signal, SeqCst, SeqCst);
    }

    extern "C" fn hold_and_answer(signal: c_int) {
        hold(signal);
        if let (Some(word), true) = (WORD.get(), IS_READ.load(SeqCst)) {
            say(word);
        }
    }

    /// Writes to the terminal, unless that could stop the process (it is in the background) or block it (the terminal is
    /// stopped): nothing may come between sending and storing.
    fn say(word: &str) {
        let mut terminal = libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 };
        // SAFETY: a handler may make these calls; the text lives for ever, and the number of the last error is that of the
        // code that was interrupted.
        unsafe {
            let last = *errno();
            if libc::tcgetpgrp(libc::STDERR_FILENO) == libc::getpgrp() && libc::poll(&raw mut terminal, 1, 0) == 1 {
                libc::write(libc::STDERR_FILENO, word.as_ptr().cast(), word.len());
            }
            *errno() = last;
        }
    }

    /// Where this thread's last error stands.
    fn errno() -> *mut c_int {
        // SAFETY: the system's own way to it, always valid.
        unsafe {
            #[cfg(any(target_os = "linux", target_os = "dragonfly"))]
            return libc::__errno_location();
            #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
            return libc::__error();
            #[cfg(not(any(
                target_os = "linux",
                target_os = "dragonfly",
                target_vendor = "apple",
                target_os = "freebsd"
            )))]
            return libc::__errno();
        }
    }

    /// From now on a Ctrl-C that is held back is answered with this word, if standard error is a terminal. The first
    /// word counts.
    pub fn announce(word: &'static str) {
        let _ = WORD.set(word);
    }

    impl HeldSignals {
        /// Begins to hold signals. Within another such stretch this does nothing.
        #[must_use = "signals are let through again when this is dropped"]
        pub fn begin() -> Self {
            let mut handlers = Handlers::default();
            if !HOLDING.swap(true, SeqCst) {
                FIRST.store(0, SeqCst);
                IS_READ.store(io::stderr().is_terminal(), SeqCst);
                // The handler for Ctrl-C is good for one: the next finds the default.
                handlers.install(libc::SIGINT, hold_and_answer, libc::SA_RESTART | libc::SA_RESETHAND);
                handlers.install(libc::SIGTERM, hold, libc::SA_RESTART);
                handlers.install(libc::SIGHUP, hold, libc::SA_RESTART);
                handlers.outermost = true;
            }
            Self { _handlers: handlers }
        }

        /// Lets the signals through: if one came, this normally does not return.
        pub fn end(self) {}
    }

    /// Handlers, with what they replaced.
    #[derive(Default)]
    struct Handlers {
        replaced: Vec<(c_int, libc::sigaction)>,
        /// Of a `HeldSignals`: raise what came.
        outermost: bool,
    }

    impl std::fmt::Debug for Handlers {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_list().entries(self.replaced.iter().map(|(signal, _)| signal)).finish()
        }
    }

    impl Handlers {
        /// Installs a handler, unless the signal is ignored.
        fn install(&mut self, signal: c_int, handler: extern "C" fn(c_int), flags: c_int) {
            let old = set(signal, None);
            if old.is_some_and(|old| old.sa_sigaction != libc::SIG_IGN) {
                // SAFETY: all zeros is a valid sigaction: no flags, an empty mask, the default.
                let mut new: libc::sigaction = unsafe { zeroed() };
                new.sa_sigaction = handler as *const () as libc::sighandler_t;
                new.sa_flags = flags;
                self.replaced.extend(set(signal, Some(&new)).map(|old| (signal, old)));
            }
        }

        /// Puts back what was there before.
        fn remove(&mut self) {
            for (signal, old) in self.replaced.drain(..) {
                set(signal, Some(&old));
            }
        }
    }

    impl Drop for Handlers {
        fn drop(&mut self) {
            self.remove();
            if self.outermost {
                HOLDING.store(false, SeqCst);
                match FIRST.swap(0, SeqCst) {
                    0 => {}
                    signal => raise(signal),
                }
            }
        }
    }

    /// Sets what a signal does, and tells what it did before; `None` if the system refuses.
    fn set(signal: c_int, new: Option<&libc::sigaction>) -> Option<libc::sigaction> {
        let mut old = MaybeUninit::uninit();
        // SAFETY: both pointers are valid or null, and `old` is filled in if the call succeeds. The handlers set
        // through this only touch atomics and call `write`, which a handler may.
        unsafe {
            let new = new.map_or(ptr::null(), ptr::from_ref);
            (libc::sigaction(signal, new, old.as_mut_ptr()) == 0).then(|| old.assume_init())
        }
    }

    /// Sends a signal to this thread; with the default disposition it has done its work when this returns.
    fn raise(signal: c_int) {
        // SAFETY: no memory is involved.
        unsafe { libc::raise(signal) };
    }

    /// Stops the process as Ctrl-Z would without us; returns when it goes on. Where no one could continue it (no job
    /// control), the kernel declines and this returns at once.
    pub fn stop_by_default() {
        // SAFETY: all zeros is a valid sigaction, and the default.
        let default: libc::sigaction = unsafe { zeroed() };
        let old = set(libc::SIGTSTP, Some(&default));
        raise(libc::SIGTSTP);
        if let Some(old) = old {
            set(libc::SIGTSTP, Some(&old));
        }
    }

    /// Turns signals into bytes of a pipe that can be waited for together with the terminal, so that they are dealt
    /// with by ordinary code and not in a handler.
    pub struct Watch {
        handlers: Handlers,
        reader: PipeReader,
        _writer: PipeWriter,
    }

    /// Where the handler writes to, or -1.
    static WAKE: AtomicI32 = AtomicI32::new(-1);

    extern "C" fn wake(signal: c_int) {
        let byte = u8::try_from(signal).unwrap_or_default();
        // SAFETY: `write` may be called in a handler; the byte lives on this stack; a descriptor of -1 is refused.
        // A full pipe means that it is readable already.
        unsafe { libc::write(WAKE.load(SeqCst), ptr::from_ref(&byte).cast(), 1) };
    }

    impl Watch {
        /// Begins to watch the signals that end, stop or continue a process from its terminal.
        pub fn begin() -> io::Result<Self> {
            let (reader, writer) = io::pipe()?;
            rustix::io::ioctl_fionbio(&writer, true)?;
            WAKE.store(writer.as_raw_fd(), SeqCst);
            let mut handlers = Handlers::default();
            for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGTSTP, libc::SIGCONT] {
                handlers.install(signal, wake, libc::SA_RESTART);
            }
            Ok(Self { handlers, reader, _writer: writer })
        }

        /// What to wait for.
        pub fn fd(&self) -> BorrowedFd<'_> {
            self.reader.as_fd()
        }

        /// The next signal; blocks unless [`Watch::fd`] is readable.
        pub fn take(&self) -> io::Result<c_int> {
            let mut byte = [0];
            (&self.reader).read_exact(&mut byte)?;
            Ok(byte[0].into())
        }

        /// Ends the watch and raises a signal that came, which normally ends the process.
        pub fn die_by(&mut self, signal: c_int) {
            self.handlers.remove();
            raise(signal);
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            self.handlers.remove();
            WAKE.store(-1, SeqCst);
        }
    }

    #[cfg(test)]
    mod tests {
        use std::os::unix::process::ExitStatusExt;

        use super::*;
        use crate::sys::testing::{in_child, run_child};

        const NAME: &str = "sys::signals::unix::tests::child";

        #[test]
        fn child() {
            let Some(role) = in_child() else { return };
            match role.as_str() {
                "held" => {
                    let held = HeldSignals::begin();
                    let inner = HeldSignals::begin();
                    raise(libc::SIGTERM);
                    raise(libc::SIGHUP);
                    raise(libc::SIGINT);
                    inner.end();
                    println!("still here");
                    held.end();
                    println!("not reached");
                }
                "twice" => {
                    let _held = HeldSignals::begin();
                    raise(libc::SIGINT);
                    println!("still here");
                    raise(libc::SIGINT);
                    println!("not reached");
                }
                "after" => {
                    HeldSignals::begin().end();
                    println!("still here");
                    raise(libc::SIGINT);
                    println!("not reached");
                }
                "ignored" => {
                    // SAFETY: all zeros is a valid sigaction.
                    let mut ignore: libc::sigaction = unsafe { zeroed() };
                    ignore.sa_sigaction = libc::SIG_IGN;
                    set(libc::SIGHUP, Some(&ignore));
                    let held = HeldSignals::begin();
                    raise(libc::SIGHUP);
                    held.end();
                    println!("still here");
                }
                other => panic!("{other}"),
            }
        }

        #[test] // C08
        fn held_signals_come_afterwards_and_the_first_decides() {
            let (status, output) = run_child(NAME, "held");
            assert_eq!(status.signal(), Some(libc::SIGTERM), "{output}");
            assert!(output.contains("still here") && !output.contains("not reached"), "{output}");
        }

        #[test] // C08
        fn a_second_interrupt_ends_at_once() {
            let (status, output) = run_child(NAME, "twice");
            assert_eq!(status.signal(), Some(libc::SIGINT), "{output}");
            assert!(output.contains("still here") && !output.contains("not reached"), "{output}");
        }

        #[test] // C08
        fn afterwards_a_signal_works_as_before() {
            let (status, output) = run_child(NAME, "after");
            assert_eq!(status.signal(), Some(libc::SIGINT), "{output}");
            assert!(!output.contains("not reached"), "{output}");
        }

        #[test] // C08
        fn what_is_ignored_stays_ignored() {
            let (status, output) = run_child(NAME, "ignored");
            assert!(status.success() && output.contains("still here"), "{output}");
        }
    }
}
