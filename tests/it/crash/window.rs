//! How long new tokens are in memory alone: from the server's last byte until they are on the disk.

use crate::stage::Stage;
use crate::support::strace::Strace;

/// Milliseconds of a refresh between the call that read the last of the answer and the one that made the renaming last.
fn window(strace: &Strace, stage: &Stage) -> f64 {
    stage.log_in_expired("default");
    let log = stage.world.path("work/trace");
    strace.times(stage.tok("token"), "recvfrom,fsync", &log).run().ok();
    let trace = std::fs::read_to_string(&log).unwrap();
    // `PID SECONDS NAME(...) = RESULT <TIME>`: when it began, and how long it took.
    let end = |line: &str| {
        let began: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        let took: f64 = line.rsplit_once('<').unwrap().1.trim_end_matches('>').parse().unwrap();
        began + took
    };
    let last = |name: &str| trace.lines().rfind(|line| line.contains(name) && !line.contains("EAGAIN")).unwrap();
    (end(last("fsync(")) - end(last("recvfrom("))) * 1000.0
}

#[test] // C07
fn new_tokens_are_on_the_disk_soon() {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new("file");
    let mut times: Vec<f64> = (0..9).map(|_| window(&strace, &stage)).collect();
    times.sort_by(f64::total_cmp);
    eprintln!("from the last byte to the disk: median {:.1} ms, {:.1} to {:.1}", times[4], times[0], times[8]);
    assert!(times[4] < 500.0, "{times:?}");
}
