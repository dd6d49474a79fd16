//! A port on which nobody listens, nor begins to while it is held.

/// Bound, but not listening: a connection is refused at once. A listener that was dropped would not do: a program that
/// another test is starting just then holds a copy of it, and the next test may get its port.
pub struct ClosedPort {
    number: u16,
    #[cfg(unix)]
    _held: std::os::fd::OwnedFd,
}

impl ClosedPort {
    /// A free one of 127.0.0.1.
    #[cfg(unix)]
    pub fn new() -> Self {
        use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with};
        use std::net::{Ipv4Addr, SocketAddr};
        let held = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
        bind(&held, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let number = SocketAddr::try_from(getsockname(&held).unwrap()).unwrap().port();
        Self { number, _held: held }
    }

    /// A free one of 127.0.0.1.
    #[cfg(not(unix))]
    pub fn new() -> Self {
        Self { number: std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() }
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }
}
