//! What `tok` costs, beside `/bin/true`, curl and its peers. `benches/run` builds what is measured and starts this.
//!
//! - [`measure`]: one program's time, memory, instructions
//! - [`stage`]: the homes, servers and certificates in which it is measured
//! - [`gate`]: what is exact, held against `benches/budget`
//! - [`table`]: everything, as the table of the README
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::pedantic,
    reason = "what cannot be measured ends the measuring"
)]

#[cfg(target_os = "linux")]
mod gate;
#[cfg(target_os = "linux")]
mod measure;
#[cfg(target_os = "linux")]
mod stage;
#[cfg(target_os = "linux")]
#[path = "../../tests/support/mod.rs"]
mod support;
#[cfg(target_os = "linux")]
mod table;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    let builds = Builds::from_environment();
    match std::env::args().nth(1).as_deref() {
        Some("gate") => gate::run(&builds),
        Some("profile") => gate::profile(&builds),
        _ => table::run(&builds),
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("measured on Linux only");
}

/// The two releases.
#[cfg(target_os = "linux")]
struct Builds {
    musl: std::path::PathBuf,
    glibc: std::path::PathBuf,
}

#[cfg(target_os = "linux")]
impl Builds {
    fn from_environment() -> Self {
        let path = |name: &str| std::env::var_os(name).unwrap_or_else(|| panic!("no {name}: start benches/run")).into();
        Self { musl: path("TOK_MUSL"), glibc: path("TOK_GLIBC") }
    }
}
