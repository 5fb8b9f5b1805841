// A job that can be held to account. Each has a file of its own in LEDGER:
//
//     start 4711 1      process 4711 began attempt 1
//     end 4711          and came to its end
//     overlap 4712      process 4712 began while another was at it: never to be seen
//
// The file is locked while the job runs. The kernel lets go of the lock when the process dies, so an attempt that finds it
// locked runs beside one that is alive.

import Foundation
import Nightjar

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes down that it ran.
struct Note: Job {
    static let name = "Note"
    static let options = JobOptions(retry: .exponential(base: 2, maxAttempts: 3))

    var number: Int
    var milliseconds: Int

    func run(_ context: JobContext) async throws -> Int { try await take() }

    func take() async throws -> Int {
        let folder = ProcessInfo.processInfo.environment["LEDGER"] ?? "."
        let file = open("\(folder)/\(number)", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw POSIXError(.ENOENT) }
        defer { close(file) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            write("overlap \(getpid())\n", to: file)
            throw POSIXError(.EBUSY)
        }
        write("start \(getpid()) \(JobContext.current?.attempt ?? 0)\n", to: file)
        try await Task.sleep(for: .milliseconds(milliseconds))
        write("end \(getpid())\n", to: file)
        return number
    }

    private func write(_ line: String, to file: Int32) {
        let bytes = Array(line.utf8)
        _ = bytes.withUnsafeBytes { systemWrite(file, $0.baseAddress, $0.count) }
    }
}

private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(file, bytes, count) }
