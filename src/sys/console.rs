//! What a console of Windows is asked that the standard library does not ask it.
#![allow(unsafe_code, reason = "SetConsoleCtrlHandler, GetConsoleMode, SetConsoleMode")]

use std::io;
use std::os::windows::io::{AsRawHandle as _, RawHandle};

const CTRL_C: u32 = 0;
const CTRL_BREAK: u32 = 1;
const ENABLE_VIRTUAL_TERMINAL_PROCESSING: u32 = 4;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn SetConsoleCtrlHandler(handler: Option<extern "system" fn(u32) -> i32>, add: i32) -> i32;
    fn GetConsoleMode(console: RawHandle, mode: *mut u32) -> i32;
    fn SetConsoleMode(console: RawHandle, mode: u32) -> i32;
}

/// Whether nothing more is to be done about it.
extern "system" fn is_for_children(event: u32) -> i32 {
    (event == CTRL_C || event == CTRL_BREAK).into()
}

/// From now on Ctrl-C and Ctrl-Break, which reach every process of the console, are for those that this one waits for. By a
/// handler, because that Ctrl-C is ignored would be inherited by them.
pub(super) fn leave_to_children() {
    // SAFETY: the handler is a function of this program and touches nothing.
    unsafe { SetConsoleCtrlHandler(Some(is_for_children), 1) };
}

/// Has the consoles behind our streams understand escapes, for which each program has to ask. False where one cannot.
pub(super) fn understands_escapes() -> bool {
    [io::stdout().as_raw_handle(), io::stderr().as_raw_handle()].into_iter().all(|console| {
        let mut mode = 0;
        // SAFETY: the mode is written to this stack; a handle of something else is refused.
        let is_console = unsafe { GetConsoleMode(console, &raw mut mode) } != 0;
        // SAFETY: no memory is involved.
        !is_console || unsafe { SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) } != 0
    })
}
