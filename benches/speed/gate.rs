//! What is exact enough to be a gate.

use std::process::ExitCode;

use crate::Builds;
use crate::measure::Program;
use crate::stage::{Stage, TOKEN};

const BUDGET: &str = include_str!("../budget");

/// A budget's number.
pub fn budget(name: &str) -> u64 {
    let mut lines = BUDGET.lines().filter_map(|line| line.split_once(' '));
    let number = lines.find(|(known, _)| *known == name).and_then(|(_, number)| number.parse().ok());
    number.unwrap_or_else(|| panic!("benches/budget has no {name}"))
}

/// Measures and compares; a line for each.
pub fn run(builds: &Builds) -> ExitCode {
    let mut exceeded = false;
    let mut hold = |name: &str, measured: u64| {
        let most = budget(name);
        exceeded |= measured > most;
        println!("{name}: {measured} of {most}{}", if measured > most { ": EXCEEDED" } else { "" });
    };
    for (name, binary) in [("musl", &builds.musl), ("glibc", &builds.glibc)] {
        let stage = Stage::new(binary, TOKEN, 1);
        let token = Program::new(name, &stage.world.tok(["token"]));
        let size = token.size();
        hold(&format!("{name}-instructions"), token.instructions());
        hold(&format!("{name}-peak-kib"), size.peak);
        if name == "musl" {
            hold("musl-page-faults", size.faults);
        }
        hold("binary-bytes", std::fs::metadata(binary).unwrap().len());
    }
    let instructions = |profiles| {
        let stage = Stage::new(&builds.musl, TOKEN, profiles);
        Program::new("token", &stage.world.tok(["token"])).instructions()
    };
    let (one, hundred) = (instructions(1), instructions(100));
    hold("growth-percent", hundred.saturating_sub(one) * 100 / one);
    let stage = Stage::without_session(&builds.musl, TOKEN);
    let login = Program::new("login", &stage.passing_login_run()).reading(stage.password_file());
    hold("request-peak-kib", login.size().peak);
    if exceeded { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Prints where the instructions of a cached token go.
pub fn profile(builds: &Builds) -> ExitCode {
    let stage = Stage::new(&builds.musl, TOKEN, 1);
    println!("{}", Program::new("token", &stage.world.tok(["token"])).profile());
    ExitCode::SUCCESS
}
