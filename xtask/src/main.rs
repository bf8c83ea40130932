//! Repeated chores of the project, one subcommand each.
fn main() {}
