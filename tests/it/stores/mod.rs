//! Where sessions lie, and what guards them there.
//!
//! - [`files`]: the store `file`: modes, links, folders that are not ours, writing as a whole
//! - [`keys`]: the store `kernel`, and the quota of an ordinary user
//! - [`entries`]: each profile has a place of its own, and after a logout nothing is left there
//! - [`formats`]: what was written by a newer tok, or by nobody
//! - [`bus`]: only the store `keyring` talks on the message bus
//! - [`full`]: a disk that is really full
//! - [`large`]: tokens of any size in every store, in every form, and a place of its own for each in the keyring
//! - [`cache`]: with a copy in the cache the answer is the same as without

mod bus;
mod cache;
mod entries;
mod files;
mod formats;
mod full;
mod keys;
mod large;
