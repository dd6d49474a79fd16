//! settings
pub mod duration;
pub mod file;
pub mod profile;
pub mod table;
pub mod value;
