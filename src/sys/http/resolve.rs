//! Names to addresses, on the thread of the exchange, which has nothing else to do meanwhile.
//!
//! The library would start a thread for it, and panics where the system allows no more of them. The deadline holds all
//! the same: it is watched from outside of that thread.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::oauth::endpoint::is_loopback_name;

/// The system's resolver.
#[derive(Debug)]
pub(super) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The connector sets the port.
            let mut addresses: Vec<SocketAddr> = (name.as_str(), 0).to_socket_addrs()?.collect();
            if is_loopback_name(name.as_str()) {
                // They mean this machine (RFC 6761 §6.3), but not every resolver knows; and plain http may go there (T01).
                addresses.retain(|address| address.ip().is_loopback());
                if addresses.is_empty() {
                    return Err(io::Error::from(io::ErrorKind::NotFound).into());
                }
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
