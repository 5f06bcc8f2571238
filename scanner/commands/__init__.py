"""The command lines: each parses its options, calls the product, prints, and exits with an ExitCode."""
