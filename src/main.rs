//! The `graphpnas` command; everything is in the library.

fn main() -> std::process::ExitCode {
    graphpnas::cli::main()
}
