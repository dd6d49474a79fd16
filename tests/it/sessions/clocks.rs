//! A wall clock that is off by years, or stepping. The boot clock is the kernel's and stays right.

use std::path::PathBuf;

use crate::stage::Stage;
use crate::support::figures::note;
use crate::support::run::Run;

/// libfaketime, which a program for glibc loads; `None` where it is not installed or would have no effect.
fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path().join("faketime"));
    let found = folders.map(|folder| folder.join("libfaketime.so.1")).find(|path| path.exists());
    if found.is_none() || cfg!(not(target_env = "gnu")) {
        eprintln!("skipped: no libfaketime (Debian: libfaketime), or no glibc");
        return None;
    }
    found
}

/// A stage on which the wall clock can be wrong.
struct Clocks {
    stage: Stage,
    library: PathBuf,
}

impl Clocks {
    fn new() -> Option<Self> {
        Some(Self { stage: Stage::new("file"), library: library()? })
    }

    /// A run whose wall clock is so many seconds off.
    fn off(&self, run: Run, seconds: i64) -> Run {
        run.env("LD_PRELOAD", &self.library)
            .env("FAKETIME", format!("{seconds:+}"))
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1")
    }

    fn log_in(&self, seconds: i64) {
        self.off(self.stage.login("default"), seconds).run().ok();
    }

    /// The tokens that it hands out with this clock, from the cache and from the store, are those wanted, with so many
    /// more refreshes.
    #[track_caller]
    fn demand(&self, words: &str, seconds: i64, refreshes: usize) {
        for cached in [true, false] {
            if !cached {
                self.stage.empty_cache();
            }
            let before = self.stage.refreshes();
            let output = self.off(self.stage.tok(words), seconds).run().ok();
            assert_eq!(output.stdout.trim(), self.stage.latest(), "{seconds} s off, cached: {cached}");
            let count = self.stage.refreshes() - before;
            assert_eq!(count, refreshes, "`{words}` {seconds} s off, cached: {cached}");
        }
    }
}

const YEARS: i64 = 10 * 365 * 86_400;

#[test] // C11: the instrument itself
fn the_clock_is_really_off() {
    let Some(clocks) = Clocks::new() else { return };
    clocks.log_in(-YEARS);
    let file = std::fs::read_to_string(clocks.stage.session_file()).unwrap();
    let logged_in: i64 = file.split("\"logged_in_at\":").nth(1).unwrap().trim_end_matches('}').parse().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(logged_in + YEARS - i64::try_from(now).unwrap() < 100);
    drop(file);
}

#[test] // C11
fn a_clock_that_is_always_off_does_no_harm() {
    let Some(clocks) = Clocks::new() else { return };
    for off in [-YEARS, YEARS, -5 * YEARS] {
        clocks.log_in(off);
        clocks.demand("token", off, 0);
        clocks.demand("token --min-ttl 301s", off, 1);
    }
}

#[test] // C11
fn a_clock_that_steps_forward_costs_a_refresh() {
    let Some(clocks) = Clocks::new() else { return };
    for (then, now) in [(0, 301), (0, YEARS), (-YEARS, 0), (-YEARS, YEARS)] {
        clocks.log_in(then);
        let before = clocks.stage.refreshes();
        let output = clocks.off(clocks.stage.tok("token"), now).run();
        assert_eq!(output.line(), clocks.stage.latest());
        assert_eq!(clocks.stage.refreshes() - before, 1, "{then} {now}");
        clocks.demand("token", now, 0);
    }
}

#[test] // C11: by the wall clock alone the token would live for years
fn a_clock_that_steps_back_does_not_lengthen_a_life() {
    let Some(clocks) = Clocks::new() else { return };
    for (then, now) in [(0, -3600), (0, -YEARS), (YEARS, 0), (YEARS, -YEARS)] {
        clocks.log_in(then);
        clocks.demand("token", now, 0);
        clocks.demand("token --min-ttl 301s", now, 1);
        // One that had no life left gets none by a step back.
        clocks.stage.lifetime(Some(0));
        clocks.log_in(then);
        clocks.demand("token --min-ttl 0", now, 1);
        clocks.stage.lifetime(Some(300));
    }
}

#[test] // C11: after a reboot nobody can vouch for a token that was obtained in the future
fn a_clock_that_stepped_back_over_a_reboot_costs_a_refresh() {
    let Some(clocks) = Clocks::new() else { return };
    clocks.log_in(0);
    let file = clocks.stage.session_file();
    let text = std::fs::read_to_string(&file).unwrap();
    let boot = text.split("\"obtained_boot\":").nth(1).unwrap().split(',').next().unwrap();
    // As if the machine had been up for a year then.
    let later = text.replace(&format!("\"obtained_boot\":{boot}"), "\"obtained_boot\":9999999999");
    std::fs::write(&file, later).unwrap();
    clocks.stage.empty_cache();
    let output = clocks.off(clocks.stage.tok("token"), -3600).run();
    assert_eq!((output.line(), clocks.stage.refreshes()), (clocks.stage.latest().as_str(), 1));
}

#[test] // C11: the wall clock was set back a little, and says that no time went by
fn the_boot_clock_ends_a_token_that_the_wall_clock_lets_live() {
    let stage = Stage::new("file");
    stage.lifetime(Some(20));
    stage.log_in("default");
    let file = stage.session_file();
    let text = std::fs::read_to_string(&file).unwrap();
    let boot = text.split("\"obtained_boot\":").nth(1).unwrap().split(',').next().unwrap();
    // As if it had been obtained when the machine started, at this second of the wall clock.
    let earlier = text.replace(&format!("\"obtained_boot\":{boot}"), "\"obtained_boot\":0");
    std::fs::write(&file, earlier).unwrap();
    stage.empty_cache();
    let output = stage.tok("token --min-ttl 0").run();
    assert_eq!((output.line(), stage.refreshes()), (stage.latest().as_str(), 1));
}

/// Rotations in a row, each with another clock: no family is revoked, and every token that is printed is alive.
fn rotations(count: usize) {
    let Some(clocks) = Clocks::new() else { return };
    clocks.log_in(0);
    let steps = [0, 3600, -3600, YEARS, -YEARS, 7, -86_400, 5 * YEARS];
    for i in 0..count {
        // Renewed with one clock, asked for with another; the server's memory ends what is older.
        let (renewed_at, asked_at) = (steps[i % 8], steps[(i / 8 + 3 * i) % 8]);
        clocks.off(clocks.stage.tok("refresh"), renewed_at).run().ok();
        let output = clocks.off(clocks.stage.tok("token"), asked_at).run();
        assert_eq!(output.line(), clocks.stage.latest());
        clocks.stage.demand_alive(&output);
        assert_eq!(clocks.stage.server.realm(|realm| realm.reuses), 0, "rotation {i}");
    }
    note(
        "C11",
        &format!("{count} rotations with a clock that jumps by years"),
        "every token alive, 0 families revoked",
    );
}

#[test] // C11, C01
fn forty_rotations_with_a_clock_that_jumps() {
    rotations(40);
}

#[test] // C11, C01
#[ignore = "long: tests/run --long"]
fn a_thousand_rotations_with_a_clock_that_jumps() {
    rotations(1000);
}
