//! The outside world: the only room that reads the clock and the environment, opens files and sockets, starts
//! children, catches signals, and writes to the terminal. Everything above it gets these as values or traits.
//!
//! | file | responsible for |
//! |---|---|
//! | `clock` | wall clock and boot clock, the zone that people read times in |
//! | `environment` | the variables; those that hold a secret are read apart |
//! | `paths` | where configuration and state live on this platform, and those of other programs |
//! | `files` | private files, our configuration and other programs', safe from a crash and from other users |
//! | `read_secret` | a secret from a file or standard input, taken exactly |
//! | `stdin` | what another program asks on standard input |
//! | `child` | a secret from a command, an answer from a program, where programs are |
//! | `random` | randomness |
//! | `handover` | becoming another program, with a secret in a descriptor |
//! | `browser` | the person's browser |
//! | `loopback`, `bell` | where the browser comes back to, and how that is heard |
//! | `http` | one request, one response, one deadline; `fault` and `classify` say what went wrong, `shown` what is seen of it |
//! | `terminal` | what people see, on standard output, standard error and the controlling terminal |
//! | `prompt` | the password prompt, which gives the echo back whatever signal comes |
//! | `spinner` | the sign of life during a wait |
//! | `signals` | signals held back while a session is between two states, and the prompt's watch on them |
//! | `console` | escapes and Ctrl-C in a console of Windows |
//! | `process` | no core dumps, no reading by others, a panic message without payload |
//! | `descriptors` | which standard streams were closed before the runtime replaced them |
//! | `allocator` | memory is wiped before it is given back |
//!
//! `unsafe` is used in `signals`, `console`, `descriptors`, `allocator`, `environment` and `clock` alone, each time with its
//! reason. Differences between platforms (`cfg`) stay in this room and in `store`.

#![allow(clippy::disallowed_methods, reason = "this is the room that the bans point to")]

pub mod allocator;
pub mod bell;
pub mod browser;
pub mod child;
pub mod clock;
#[cfg(windows)]
mod console;
mod descriptors;
pub mod environment;
pub mod files;
pub mod handover;
pub mod http;
pub mod loopback;
pub mod paths;
pub mod process;
pub mod prompt;
pub mod random;
pub mod read_secret;
pub mod signals;
pub mod spinner;
pub mod stdin;
pub mod terminal;
#[cfg(test)]
mod testing;
