import CBench

/// Lets every line of the standard output appear at once, also in a pipe.
public func printLineByLine() { bench_print_line_by_line() }
