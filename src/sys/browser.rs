//! The person's browser.

use super::environment::Environment;

/// Whether a browser that is started here would show up before the person's eyes: not on the far end of ssh, and on Linux
/// only where there is a display.
#[must_use]
pub fn is_there(environment: &Environment) -> bool {
    let is_set = |name: &str| environment.path(name).is_some();
    let far = is_set("SSH_CONNECTION") || is_set("SSH_TTY");
    let display = cfg!(any(target_os = "macos", windows)) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    display && !far
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_browser_needs_a_display_that_the_person_sees() {
        let there = |pairs: &[(&str, &str)]| is_there(&Environment::from_pairs(pairs.iter().copied()));
        assert!(there(&[("DISPLAY", ":0")]) && there(&[("WAYLAND_DISPLAY", "wayland-0")]));
        assert!(!there(&[]) && !there(&[("DISPLAY", "")]));
        assert!(!there(&[("DISPLAY", "localhost:10.0"), ("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")]));
    }
}
