//! The device grant with clocks that stand still: who is asked when, and what is shown meanwhile.

use super::*;
use crate::session::acquire::Person;
use crate::sys::bell::Bell;
use crate::sys::http::TransportFault;
use crate::sys::prompt::PromptError;
use crate::sys::spinner::Spinner;
use crate::sys::terminal::{OutputError, Stream, Terminal};

/// Remembers what was said, and when.
#[derive(Default)]
struct Screen(RefCell<Vec<String>>);

impl Terminal for Screen {
    fn can_prompt(&self) -> bool {
        true
    }
    fn told_not_to_ask(&self) -> bool {
        false
    }
    fn ask_secret(&self, _: &str) -> Result<Secret, PromptError> {
        Err(PromptError::NoTerminal)
    }
    fn ask_secret_until(&self, _: &str, _: &Bell) -> Result<Option<Secret>, PromptError> {
        Err(PromptError::NoTerminal)
    }
    fn ask_line(&self, _: &str) -> Result<String, PromptError> {
        Err(PromptError::NoTerminal)
    }
    fn print(&self, _: &Secret) -> Result<(), OutputError> {
        Err(OutputError::Closed)
    }
    fn show(&self, _: &str) -> Result<(), OutputError> {
        Err(OutputError::Closed)
    }
    fn notice(&self, _: &str) {}
    fn warn(&self, _: &str) {}
    fn complain(&self, line: &str) {
        self.0.borrow_mut().push(line.to_owned());
    }
    fn verbose(&self, _: u8, _: &str) {}
    fn waiting(&self, _: &str) -> Spinner {
        Spinner::none()
    }
    fn counting_down(&self, _: &str, left: Option<Duration>) -> Spinner {
        self.0.borrow_mut().push(format!("{left:?} left"));
        Spinner::none()
    }
    fn canvas(&self) -> Option<usize> {
        None
    }
    fn colour(&self, _: Stream) -> bool {
        false
    }
    fn width(&self) -> Option<usize> {
        None
    }
}

/// Answers as it is told to, and remembers at which second it was asked. Each answer takes a second.
struct Timed<'a> {
    clock: &'a Hands,
    answers: RefCell<VecDeque<Option<Response>>>,
    asked: RefCell<Vec<u32>>,
}

impl Transport for Timed<'_> {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.asked.borrow_mut().push(self.clock.0.get());
        self.clock.0.set(self.clock.0.get() + 1);
        let endpoint = Box::new(request.url.clone());
        let silent = TransportError { endpoint, fault: TransportFault::Cut, sent: true };
        self.answers.borrow_mut().pop_front().expect("an answer").ok_or(silent)
    }
}

/// At which seconds the token endpoint was asked, counted from the moment in which the codes came, what came of it, and
/// what was shown.
fn polled(members: &str, answers: Vec<Option<Response>>) -> (Vec<u32>, Result<Proof, SessionError>, Vec<String>) {
    let world = World::new("grant = 'device'\n");
    let codes = format!(
        r#"{{"device_code":"d","user_code":"ABC","verification_uri":"https://h/d",
            "verification_uri_complete":"https://h/d?c=ABC"{members}}}"#
    );
    let mut all = VecDeque::from([Some(answer(200, &codes))]);
    all.extend(answers);
    let timed = Timed { clock: &world.clock, answers: RefCell::new(all), asked: RefCell::default() };
    let endpoints = Endpoints {
        token: endpoint("https://h/t"),
        others: Others { device: Some(endpoint("https://h/da")), ..Others::default() },
        offered: None,
    };
    let client = client();
    let credentials =
        Credentials { grant: GrantKind::Device, endpoints: &endpoints, client: &client, keep_client_secret: false };
    let screen = Screen::default();
    let environment = Environment::from_pairs::<&str, &str>([]);
    let person = Person { terminal: &screen, may_open_browser: false, environment: &environment };
    let outcome = Keeper { transport: &timed, ..world.keeper() }.authorize(&credentials, &person);
    assert!(timed.answers.borrow().is_empty(), "answers were not asked for");
    let asked = timed.asked.take();
    (asked[1..].iter().map(|second| second - asked[0] - 1).collect(), outcome, screen.0.take())
}

fn said(code: &str) -> Option<Response> {
    Some(answer(400, &format!(r#"{{"error":"{code}"}}"#)))
}

#[test] // P16
fn the_server_is_asked_as_slowly_as_it_says() {
    let pending = || said("authorization_pending");
    let answers = vec![pending(), said("slow_down"), pending(), None, pending(), Some(tokens("a", "r", 60))];
    let (seconds, outcome, shown) = polled(r#","interval":5,"expires_in":600"#, answers);
    // 5, then 5 more a second later, 10 after "slow_down", for good, and double that after no answer.
    assert_eq!(seconds, [5, 11, 22, 33, 54, 75]);
    assert!(matches!(outcome, Ok(Proof::Tokens(..))));
    assert_eq!(
        shown[..7],
        [
            "Open this address in any browser, on any device (tok opens nothing by itself):",
            "  https://h/d",
            "and enter this code there:",
            "  ABC",
            "or open this one, which has the code in it; the page should show the same one:",
            "  https://h/d?c=ABC",
            "Some(600s) left",
        ]
    );
    assert_eq!(shown[7], "Some(594s) left");
}

#[test] // P16
fn it_ends_with_the_codes_and_with_every_other_answer() {
    let (seconds, outcome, _) = polled(r#","expires_in":9"#, vec![said("authorization_pending")]);
    assert_eq!(seconds, [5], "and five seconds where the server does not say");
    assert!(matches!(outcome, Err(SessionError::DeviceExpired)), "{outcome:?}");
    for (code, is) in [
        ("expired_token", (|error| matches!(error, SessionError::DeviceExpired)) as fn(&SessionError) -> bool),
        ("access_denied", |error| matches!(error, SessionError::DeviceDenied)),
        ("invalid_grant", |error| matches!(error, SessionError::Token { tried: Some(_), .. })),
    ] {
        let (seconds, outcome, _) = polled(r#","interval":1"#, vec![said(code)]);
        assert!(seconds == [1] && is(&outcome.unwrap_err()), "{code}");
    }
}
