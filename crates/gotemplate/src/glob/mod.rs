//! The glob dialects of Go programs.

pub mod gobwas;
pub mod gopath;
