//! Entry point of the `graphpnas` command; the implementation is in the library.

fn main() -> std::process::ExitCode {
    graphpnas::cli::main()
}
