//! settings
pub mod duration;
pub mod profile;
pub mod table;
pub mod value;
