//! The `seatrial` binary: the process's streams around [`seatrial_cli::run`].

use std::io::{self, IsTerminal};

use anstream::{AutoStream, ColorChoice};
use seatrial_cli::{Io, Terminal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    seatrial_cli::quiet_panics();
    let (mut stdin, mut out, mut err) = (io::stdin(), io::stdout(), io::stderr());
    let colour = |choice| !matches!(choice, ColorChoice::Never);
    let terminal = Terminal {
        input: stdin.is_terminal(),
        output: out.is_terminal(),
        error: err.is_terminal(),
        width: terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)),
        colour: colour(AutoStream::choice(&out)),
        error_colour: colour(AutoStream::choice(&err)),
        unicode: is_utf8(),
    };
    let cwd = std::env::current_dir().unwrap_or_default();
    let env = |name: &str| std::env::var_os(name);
    let mut io = Io { stdin: &mut stdin, out: &mut out, err: &mut err, terminal, cwd, env: &env };
    let code = seatrial_cli::run(std::env::args_os(), &mut io);
    let _ = io.out.flush();
    // What is left to do at an orderly end, the allocator's giving back of all memory page by page, the kernel does faster.
    signal_hook::low_level::exit(code.into());
}

/// Whether the locale draws more than ASCII, as the C library decides it.
fn is_utf8() -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .is_some_and(|value| value.to_ascii_lowercase().replace('-', "").contains("utf8"))
}
