//! Everything, measured in one run, as the table of the README.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::Builds;
use crate::measure::{Program, medians};
use crate::stage::{self, Ordinary, Stage, TOKEN};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const BEGIN: &str = "<!-- speed -->\n";
const END: &str = "\n<!-- end of speed -->";

const CACHED_ROUNDS: usize = 400;
const ASKING_ROUNDS: usize = 80;
const SLOW_ROUNDS: usize = 7;
const CROWD: usize = 500;

/// Measures, prints the table, and puts it into the README.
pub fn run(builds: &Builds) -> ExitCode {
    let mut text = machine();
    for part in [cached, asking, crowds, growth, sizes] {
        let part = part(builds);
        println!("{part}");
        text = text + "\n" + &part;
    }
    let readme = fs::read_to_string(README).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("README.md has no place for it");
    let (_, after) = rest.split_once(END).expect("README.md has no end of the place for it");
    fs::write(README, [before, BEGIN, "\n", text.trim_end(), "\n", END, after].concat()).unwrap();
    ExitCode::SUCCESS
}

/// What it was measured on, and when.
fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let processor = processor.map_or("processor unknown", |(_, name)| name);
    let virtual_one = fs::read_to_string("/proc/cpuinfo").unwrap_or_default().contains(" hypervisor");
    format!(
        "{}: {}{}, {} cores, Linux {}, {}.\nMedians of programs that take turns.\n",
        said("date", &["-I"]),
        processor,
        if virtual_one { " (a virtual machine)" } else { "" },
        std::thread::available_parallelism().map_or(0, usize::from),
        said("uname", &["-r"]),
        said("rustc", &["--version"]).split(' ').take(2).collect::<Vec<_>>().join(" "),
    )
}

fn cached(builds: &Builds) -> String {
    let [musl, glibc] = [&builds.musl, &builds.glibc].map(|binary| Stage::new(binary, TOKEN, 1));
    let empty = stage::other(&musl, "`/bin/true`", &["/bin/true"]);
    let fast = [
        Program::new("`tok token`, static release", &musl.world.tok(["token"])),
        Program::new("`tok token`, ordinary release", &glibc.world.tok(["token"])),
    ];
    let slow: Vec<Program> = peers(&musl);
    let mut text = "| handing out a cached token | time | x `/bin/true` | instructions | page faults | peak memory |\n\
                    |---|---|---|---|---|---|\n"
        .to_owned();
    let mut row = |program: &Program, time: Duration, base: Duration, counted: bool| {
        let size = program.size();
        let instructions = if counted { thousands(program.instructions()) } else { "-".into() };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {instructions} | {} | {} |",
            program.name,
            shown(time),
            ratio(time, base),
            size.faults,
            memory(size.peak)
        );
    };
    let programs: Vec<&Program> = std::iter::once(&empty).chain(&fast).collect();
    let times = medians(&programs, CACHED_ROUNDS);
    for (program, time) in programs.iter().zip(&times) {
        row(program, *time, times[0], true);
    }
    for program in &slow {
        row(program, medians(&[program], SLOW_ROUNDS)[0], times[0], false);
    }
    text
}

/// Peers that are installed and can hand out a token here.
fn peers(stage: &Stage) -> Vec<Program> {
    let mut peers = Vec::new();
    if stage::is_there("gcloud") {
        let file = stage.world.secret_file("gcloud-token", "x");
        let run = stage.world.command("gcloud").arg("auth").arg("print-access-token");
        let run = run.env("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", file);
        peers.push(Program::new("`gcloud auth print-access-token`, from a file", &run));
    }
    if let Some(socket) = std::env::var_os("OIDC_SOCK").filter(|_| stage::is_there("oidc-token")) {
        let run = stage.world.command("oidc-token").arg("tok").env("OIDC_SOCK", socket);
        peers.push(Program::new("`oidc-token`, from its agent", &run));
    }
    peers
}

fn asking(builds: &Builds) -> String {
    let mut stage = Stage::new(&builds.musl, TOKEN, 1);
    let private = stage.authority();
    let (bundle, count) = stage.bundle();
    let password = stage.password_file();
    // Trusted as the system's: what `--ca-file` names is trusted besides.
    let trusting = |run: crate::support::run::Run, file: &Path| run.env("SSL_CERT_FILE", file);
    let one = |file: &Path| {
        [
            Program::new("curl, the same form", &stage.curl_run(file)),
            Program::new("`tok login`, store none", &trusting(stage.passing_login_run(), file))
                .reading(password.clone()),
            Program::new("`tok token`, credentials in the environment", &trusting(stage.job_run(), file)),
            Program::new("`tok refresh`, store file", &trusting(stage.world.tok(["refresh"]), file)),
        ]
    };
    let (few, many) = (one(&private), one(&bundle));
    let times = |programs: &[Program; 4]| medians(&programs.iter().collect::<Vec<_>>(), ASKING_ROUNDS);
    let (few_times, many_times) = (times(&few), times(&many));
    let mut text = format!(
        "| one https request, static release | one private CA | x curl | the system's {} and it | x curl | peak memory |\n\
         |---|---|---|---|---|---|\n",
        count - 1
    );
    for (index, program) in many.iter().enumerate() {
        let (few, many) = (few_times[index], many_times[index]);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            program.name,
            shown(few),
            ratio(few, few_times[0]),
            shown(many),
            ratio(many, many_times[0]),
            memory(program.size().peak)
        );
    }
    if stage.start_keyring() {
        let refresh = Program::new(
            "`tok refresh`, store keyring",
            &trusting(stage.world.tok(["-p", stage::KEYRING, "refresh"]), &bundle),
        );
        let file = &many[3];
        let times = medians(&[file, &refresh], ASKING_ROUNDS);
        let share = times[1].saturating_sub(times[0]);
        let _ = writeln!(
            text,
            "| {}: {} of it the keyring's | - | - | {} | - | {} |",
            refresh.name,
            shown(share),
            shown(times[1]),
            memory(refresh.size().peak)
        );
    }
    text
}

fn crowds(builds: &Builds) -> String {
    let stage = Stage::new(&builds.musl, TOKEN, 1);
    let empty = stage::other(&stage, "`/bin/true`", &["/bin/true"]);
    let token = Program::new("`tok token`, fresh", &stage.world.tok(["token"]));
    let median = |program: &Program| {
        let mut times: Vec<_> = (0..SLOW_ROUNDS).map(|_| program.at_once(CROWD)).collect();
        times.sort_unstable();
        times[SLOW_ROUNDS / 2]
    };
    let (base, fresh) = (median(&empty), median(&token));
    let mut text = format!("| {CROWD} processes at once | time | x `/bin/true` |\n|---|---|---|\n");
    for (program, time) in [(&empty, base), (&token, fresh)] {
        let _ = writeln!(text, "| {} | {} | {} |", program.name, shown(time), ratio(time, base));
    }
    let mut longest = Duration::ZERO;
    let before = stage.server.count("refresh_token");
    for _ in 0..SLOW_ROUNDS {
        stage.server.set(|setup| setup.expires_in = Some(0));
        stage.login("file");
        stage.server.set(|setup| setup.expires_in = Some(3600));
        longest = longest.max(token.at_once(CROWD));
    }
    let refreshes = stage.server.count("refresh_token") - before;
    assert_eq!(refreshes, SLOW_ROUNDS, "one refresh a crowd");
    let _ = writeln!(
        text,
        "| `tok token`, expired, store file: one refresh | {}, the longest of {SLOW_ROUNDS} | {} |",
        shown(longest),
        ratio(longest, base)
    );
    text
}

fn growth(builds: &Builds) -> String {
    let mut text = "| cached token, static release | instructions | against the first |\n|---|---|---|\n".to_owned();
    let mut first = 0;
    let shapes = [(1, TOKEN), (100, TOKEN), (1000, TOKEN), (1, 1024), (1, 8 * 1024)];
    for (profiles, token) in shapes {
        let stage = Stage::new(&builds.musl, token, profiles);
        let count = Program::new("token", &stage.world.tok(["token"])).instructions();
        if first == 0 {
            first = count;
        }
        let more = (count as f64 / first as f64 - 1.0) * 100.0;
        let plural = if profiles == 1 { "" } else { "s" };
        let _ = writeln!(
            text,
            "| {profiles} profile{plural}, token of {token} bytes | {} | {more:+.1} % |",
            thousands(count)
        );
    }
    let user = Ordinary::new(&builds.musl, 30);
    let [hit, miss] = [0, 29].map(|number| user.token(number));
    let times = medians(&[&hit, &miss], CACHED_ROUNDS / 4);
    let _ = writeln!(
        text,
        "| the 30th session of an ordinary user, beyond the kernel's quota: from the store file | - | {} more time |",
        shown(times[1].saturating_sub(times[0]))
    );
    text
}

fn sizes(builds: &Builds) -> String {
    let mut text = "| the program | |\n|---|---|\n".to_owned();
    for (name, binary) in [("static release", &builds.musl), ("ordinary release", &builds.glibc)] {
        let _ = writeln!(text, "| {name} | {} bytes |", thousands_exact(fs::metadata(binary).unwrap().len()));
    }
    let tree =
        said("cargo", &["tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none", "--no-dedupe"]);
    let crates: std::collections::BTreeSet<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    let _ = writeln!(text, "| crates in it, its own apart | {} |", crates.len() - 1);
    if let Some(seconds) = std::env::var_os("TOK_BUILD_SECONDS") {
        let _ = writeln!(text, "| clean build of the static release | {} s, the same to the bit |", seconds.display());
    }
    text
}

/// What a program says, on one line or several.
fn said(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{program} {words:?}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

fn shown(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        0..1_000 => format!("{micros} us"),
        1_000..100_000 => format!("{:.1} ms", time.as_secs_f64() * 1e3),
        _ => format!("{:.2} s", time.as_secs_f64()),
    }
}

fn ratio(time: Duration, base: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() / base.as_secs_f64())
}

fn memory(kib: u64) -> String {
    format!("{:.1} MiB", kib as f64 / 1024.0)
}

fn thousands(count: u64) -> String {
    format!("{} k", (count + 500) / 1000)
}

fn thousands_exact(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
