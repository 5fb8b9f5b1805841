#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Nanoseconds of a clock that never jumps, with as little around the system's call as there can be.
public func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Seconds since a moment of ``nanoseconds()``.
public func seconds(since start: UInt64) -> Double { Double(nanoseconds() - start) / 1e9 }
