#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The C library's `pow`, under a name that does not clash with Foundation's.
func cPower(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
