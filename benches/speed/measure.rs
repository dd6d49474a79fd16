//! What a process costs: time, memory, page faults, instructions.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::run::Run;

/// A program that can be started again and again.
pub struct Program {
    /// As the table calls it.
    pub name: String,
    words: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    stdin: Option<PathBuf>,
}

/// What one run takes besides time.
pub struct Size {
    /// The most memory at once, in KiB.
    pub peak: u64,
    /// Page faults that the kernel served without reading from disk.
    pub faults: u64,
}

impl Program {
    /// The run's words and surroundings; its streams are taken for nothing.
    pub fn new(name: &str, run: &Run) -> Self {
        let command = run.as_command();
        let words = std::iter::once(command.get_program()).chain(command.get_args()).map(ToOwned::to_owned).collect();
        let pairs = command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        Self { name: name.to_owned(), words, environment: pairs.collect(), stdin: None }
    }

    /// With this file as standard input.
    pub fn reading(self, file: PathBuf) -> Self {
        Self { stdin: Some(file), ..self }
    }

    fn command(&self, before: &[&str]) -> Command {
        let words: Vec<OsString> = before.iter().map(OsString::from).chain(self.words.iter().cloned()).collect();
        let mut command = Command::new(&words[0]);
        let stdin = self.stdin.as_ref().map_or_else(Stdio::null, |path| File::open(path).unwrap().into());
        command.args(&words[1..]).env_clear().envs(self.environment.iter().cloned());
        command.stdin(stdin).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn start(&self) -> Child {
        self.command(&[]).spawn().unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    fn wait(&self, mut child: Child) {
        assert!(child.wait().unwrap().success(), "{} failed", self.name);
    }

    /// One run's time.
    fn once(&self) -> Duration {
        let began = Instant::now();
        self.wait(self.start());
        began.elapsed()
    }

    /// So many at once: until the last has ended.
    pub fn at_once(&self, count: usize) -> Duration {
        let began = Instant::now();
        let all: Vec<Child> = (0..count).map(|_| self.start()).collect();
        all.into_iter().for_each(|child| self.wait(child));
        began.elapsed()
    }

    /// The instructions of a run in user space, exactly, by valgrind.
    pub fn instructions(&self) -> u64 {
        let valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
        let text = self.said_under(&valgrind);
        let count = text.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
        count.unwrap_or_else(|| panic!("valgrind on {} said: {text}", self.name))
    }

    /// The instructions by function, the most first; of a program with symbols.
    pub fn profile(&self) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("callgrind");
        let out = format!("--callgrind-out-file={}", file.display());
        self.said_under(&["valgrind", "--tool=callgrind", &out]);
        let output = Command::new("callgrind_annotate").arg(file).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Memory and page faults, the least of some runs: what the kernel adds varies, what the program needs does not.
    pub fn size(&self) -> Size {
        let runs: Vec<Size> = (0..5).map(|_| self.size_once()).collect();
        let least = |part: fn(&Size) -> u64| runs.iter().map(part).min().unwrap();
        Size { peak: least(|size| size.peak), faults: least(|size| size.faults) }
    }

    /// By GNU time.
    fn size_once(&self) -> Size {
        let text = self.said_under(&["/usr/bin/time", "-f", "size %M %R"]);
        let mut numbers = text.lines().filter_map(|line| line.strip_prefix("size ")).flat_map(str::split_whitespace);
        let mut next = || numbers.next().and_then(|number| number.parse().ok());
        match (next(), next()) {
            (Some(peak), Some(faults)) => Size { peak, faults },
            _ => panic!("/usr/bin/time on {} said: {text}", self.name),
        }
    }

    /// What a program says on standard error that runs this one.
    fn said_under(&self, words: &[&str]) -> String {
        let output = self.command(words).stderr(Stdio::piped()).output();
        let output = output.unwrap_or_else(|error| panic!("{}: {error}; tests/run --install installs it", words[0]));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

/// The median times of programs that take turns, so that what disturbs one disturbs all.
pub fn medians(programs: &[&Program], rounds: usize) -> Vec<Duration> {
    let mut times = vec![Vec::with_capacity(rounds); programs.len()];
    // The first round brings everything into memory.
    for round in 0..=rounds {
        for (program, times) in programs.iter().zip(&mut times) {
            let time = program.once();
            if round > 0 {
                times.push(time);
            }
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    times.into_iter().map(median).collect()
}
