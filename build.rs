//! How the releases are linked. In the configuration of cargo it would hold for the build scripts of other crates as well,
//! wherever the host is of that kind, and not at all for `cargo install`.
#![allow(clippy::disallowed_methods, reason = "a build script is told everything in its environment")]

use std::env;

fn main() {
    let variable = |name| env::var(name).unwrap_or_default();
    let (target, folder) = (variable("TARGET"), variable("CARGO_MANIFEST_DIR"));
    let pass = |argument: &str| println!("cargo::rustc-link-arg-bins=-Wl,{argument}");
    let script = |name: &str| {
        println!("cargo::rerun-if-changed=.cargo/{name}");
        pass(&format!("-T,{folder}/.cargo/{name}"));
    };
    println!("cargo::rerun-if-changed=build.rs");
    if target.contains("-linux-") && variable("PROFILE") == "release" {
        pass("--no-eh-frame-hdr");
        script("no-unwinding.ld");
    }
    if target == "x86_64-unknown-linux-musl" {
        // Relocations packed (RELR): a sixth of the start of a static-pie goes into them.
        pass("-z,pack-relative-relocs");
        script("together.ld");
    }
}
