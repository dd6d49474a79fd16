//! Names to addresses, on the thread of the exchange, which has nothing else to do meanwhile.
//!
//! The library would start a thread for it, and panics where the system allows no more of them. The deadline holds all
//! the same: it is watched from outside of that thread.

use std::net::{SocketAddr, ToSocketAddrs};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The system's resolver.
#[derive(Debug)]
pub(super) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The connector sets the port.
            let addresses: Vec<SocketAddr> = (name.as_str(), 0).to_socket_addrs()?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
