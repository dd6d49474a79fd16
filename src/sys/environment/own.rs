//! The variables of this process, where they lie.
//!
//! On Linux they are read in place: a copy of each would cost more than all the rest of handing out a cached token,
//! the more the more variables a shell has.

#[cfg(target_os = "linux")]
pub(super) use in_place::variables;

#[cfg(target_os = "linux")]
mod in_place {
    #![allow(unsafe_code, reason = "the C library's list can be read no other way without a copy")]

    use std::ffi::{CStr, OsStr, c_char};
    use std::os::unix::ffi::OsStrExt;

    unsafe extern "C" {
        static environ: *const *const c_char;
    }

    /// Names and values of those whose names begin so, in the list's order. What holds no `=` after its first character is
    /// no variable.
    pub(in super::super) fn variables(prefix: &str) -> impl Iterator<Item = (&'static OsStr, &'static OsStr)> {
        texts().filter(|text| begins(*text, prefix.as_bytes())).filter_map(|text| {
            // SAFETY: a text of the list, which ends with a zero byte and stays.
            split(unsafe { CStr::from_ptr(text) }.to_bytes())
        })
    }

    /// The texts of the list.
    fn texts() -> impl Iterator<Item = *const c_char> {
        // SAFETY: nothing in this program changes the environment (clippy.toml forbids the functions that could), so
        // the list and its texts stay as the system gave them.
        let mut next = unsafe { environ };
        std::iter::from_fn(move || {
            // SAFETY: the list ends with a null pointer, behind which nothing is read; it may be missing.
            let text = if next.is_null() { next.cast() } else { unsafe { *next } };
            if text.is_null() {
                return None;
            }
            // SAFETY: that was not the end.
            next = unsafe { next.add(1) };
            Some(text)
        })
    }

    /// Without measuring the text first: most are not asked for.
    fn begins(text: *const c_char, prefix: &[u8]) -> bool {
        debug_assert!(!prefix.contains(&0), "it would be looked for behind the end");
        // SAFETY: up to its zero byte, which is none of the prefix, the text may be read.
        prefix.iter().enumerate().all(|(at, byte)| unsafe { *text.cast::<u8>().add(at) } == *byte)
    }

    /// A name may begin with `=`, as the standard library has it.
    fn split(text: &[u8]) -> Option<(&OsStr, &OsStr)> {
        let equals = text.iter().skip(1).position(|byte| *byte == b'=')? + 1;
        Some((OsStr::from_bytes(&text[..equals]), OsStr::from_bytes(&text[equals + 1..])))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn they_are_those_of_the_standard_library() {
            let own: Vec<_> = variables("").map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            assert_eq!(own, std::env::vars_os().collect::<Vec<_>>());
            assert!(own.iter().any(|(name, _)| name == "PATH"));
            let some: Vec<_> = variables("PA").map(|(name, _)| name).collect();
            assert!(some.contains(&OsStr::new("PATH")) && some.len() < own.len());
            assert!(some.iter().all(|name| name.as_bytes().starts_with(b"PA")));
        }

        #[test]
        fn a_name_ends_at_the_first_sign_after_its_first_character() {
            let split =
                |text: &'static str| split(text.as_bytes()).map(|(name, value)| [name, value].map(OsStr::to_str));
            assert_eq!(split("A=b=c"), Some([Some("A"), Some("b=c")]));
            assert_eq!(split("=A=b"), Some([Some("=A"), Some("b")]));
            assert_eq!(split("A="), Some([Some("A"), Some("")]));
            assert_eq!(["", "=", "A", "=A"].map(split), [None; 4]);
        }
    }
}

/// Elsewhere they are copied, once, and all are given; of those that are known to hold a secret the name alone (M01,
/// M05). One that only the user knows to hold one stays in the copy.
#[cfg(not(target_os = "linux"))]
pub(super) fn variables(_: &str) -> impl Iterator<Item = (&'static std::ffi::OsStr, &'static std::ffi::OsStr)> {
    use std::ffi::OsString;
    use std::sync::OnceLock;
    static COPY: OnceLock<Vec<(OsString, OsString)>> = OnceLock::new();
    let shown = |(name, value): (OsString, OsString)| {
        if super::is_secret(&name) { (name, OsString::new()) } else { (name, value) }
    };
    COPY.get_or_init(|| std::env::vars_os().map(shown).collect())
        .iter()
        .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
}
