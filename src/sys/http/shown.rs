//! What people see of a request: the sign of life, and the lines of `-v`.

use std::rc::Rc;
use std::time::Instant;

use super::{HttpTransport, Transport, TransportError};
use crate::oauth::{Request, Response};
use crate::sys::terminal::Terminal;

/// A transport that shows what is waited for, and says with `-v` what was sent where and with `-vv` what was in it: names
/// only, and of the answer nothing that its server made up (H04, U07).
pub struct Shown {
    inner: HttpTransport,
    terminal: Rc<dyn Terminal>,
}

impl Shown {
    /// Around another one.
    #[must_use]
    pub fn new(inner: HttpTransport, terminal: Rc<dyn Terminal>) -> Self {
        Self { inner, terminal }
    }
}

impl Transport for Shown {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let line = format!("{} {}", request.method, request.url);
        self.terminal.verbose(2, &format!("{line} with {}", request.names().join(", ")));
        let spinner = self.terminal.waiting(&format!("waiting for {}", request.url.origin()));
        let start = Instant::now();
        let answer = self.inner.send(request);
        let took = start.elapsed().as_millis();
        drop(spinner);
        match &answer {
            Ok(response) => {
                self.terminal.verbose(1, &format!("{line}: {}", response.status));
                let (bytes, kind) = (response.body.len(), response.usual_type());
                self.terminal.verbose(2, &format!("{bytes} bytes of {kind} after {took} ms"));
            }
            Err(error) => {
                self.terminal.verbose(1, &format!("{line}: {error}"));
                self.terminal.verbose(2, &format!("given up after {took} ms"));
            }
        }
        answer
    }
}
