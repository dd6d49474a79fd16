//! How the static release is linked. In the configuration of cargo it would hold for the build scripts of other crates as
//! well, wherever the host is of that kind, and not at all for `cargo install`.

#![allow(clippy::disallowed_methods, reason = "a build script is told everything in its environment")]

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=.cargo/together.ld");
    let target = env::var("TARGET").unwrap_or_default();
    if target == "x86_64-unknown-linux-musl" {
        let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        // Relocations packed (RELR): a sixth of the start of a static-pie goes into them.
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{folder}/.cargo/together.ld");
    }
}
