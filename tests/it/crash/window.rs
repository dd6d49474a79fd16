//! How long new tokens are in memory alone: from the server's last byte until the store has them.

use std::time::UNIX_EPOCH;

use crate::stage::Stage;
use crate::support::figures::note;
use crate::support::strace::Strace;

/// Milliseconds of a refresh between the call that read the last of the answer and the moment from which a kill loses
/// nothing any more.
fn window(strace: &Strace, stage: &Stage) -> f64 {
    stage.log_in_expired("default");
    let log = stage.world.path("work/trace");
    strace.times(stage.tok("token"), "recvfrom,fsync,keyctl", &log).run().ok();
    let trace = std::fs::read_to_string(&log).unwrap();
    // `PID SECONDS NAME(...) = RESULT <TIME>`: when it began, and how long it took.
    let end = |line: &str| {
        let began: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        let took: f64 = line.rsplit_once('<').unwrap().1.trim_end_matches('>').parse().unwrap();
        began + took
    };
    let last = |name: &str| trace.lines().rfind(|line| line.contains(name) && !line.contains("EAGAIN")).unwrap();
    let stored = match stage.store {
        // Of the folder: from here the renaming lasts.
        "file" => end(last("fsync(")),
        // The cache's keys are made anew; this one was there, as room for the session.
        "kernel" => end(last("keyctl(KEYCTL_UPDATE")),
        _ => stage.keyring.as_ref().unwrap().last_write().duration_since(UNIX_EPOCH).unwrap().as_secs_f64(),
    };
    (stored - end(last("recvfrom("))) * 1000.0
}

#[test] // C07
fn new_tokens_are_in_the_store_soon() {
    let Some(strace) = Strace::find() else { return };
    for store in ["file", "kernel", "keyring"] {
        let stage = Stage::new(store);
        let mut times: Vec<f64> = (0..9).map(|_| window(&strace, &stage)).collect();
        times.sort_by(f64::total_cmp);
        let figure = format!("median {:.1} ms, {:.1} to {:.1}", times[4], times[0], times[8]);
        note("C07", &format!("from the last byte to the store, {store}"), &figure);
        // The disk may be busy; the fastest shows what the program does before and after.
        assert!(times[0] > 0.0 && times[0] < 500.0, "{times:?}");
    }
}
