// Writing to a pipe that nobody reads, or to a file that may not grow, ends the process, unless it is asked not to. Here the
// thread is asked: which signals a whole process ignores is not for a library to decide.

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Does something during which a write that fails is an error and nothing else.
func withoutFileSignals(_ body: () -> Void) {
    var (signals, before, pending) = (sigset_t(), sigset_t(), sigset_t())
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    sigaddset(&signals, SIGXFSZ)
    pthread_sigmask(SIG_BLOCK, &signals, &before)
    body()
    // Such a signal is for the thread that wrote, and waits until it is taken. What was blocked before stays for others.
    for signal in [SIGPIPE, SIGXFSZ] where sigismember(&before, signal) == 0 {
        sigpending(&pending)
        guard sigismember(&pending, signal) == 1 else { continue }
        take(signal)
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
}

private func take(_ signal: Int32) {
    var one = sigset_t()
    sigemptyset(&one)
    sigaddset(&one, signal)
    #if canImport(Darwin)
        var taken = Int32(0)
        sigwait(&one, &taken)
    #else
        // One that was sent to the whole process may be another thread's by now, and is not waited for.
        var atOnce = timespec()
        sigtimedwait(&one, nil, &atOnce)
    #endif
}
