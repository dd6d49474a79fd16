//! settings
pub mod duration;
mod edit;
pub mod file;
pub mod profile;
pub mod table;
pub mod value;
