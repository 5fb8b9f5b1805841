// This program again, as a process of its own: a worker that can be watched and killed.

public import Foundation

// Sendable: set up before it starts; afterwards only its id is used.
/// A child process.
public final class Child: @unchecked Sendable {
    private let process = Process()

    /// Starts a program with arguments, this one if none is named.
    /// - Throws: When it cannot be started.
    public init(
        _ program: String? = nil, _ arguments: [String], environment: [String: String] = [:], output: Pipe? = nil
    ) throws {
        process.executableURL = URL(fileURLWithPath: program ?? Self.ownPath)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let output { process.standardOutput = output }
        try process.run()
    }

    /// Waits until it has ended by itself.
    public func wait() { process.waitUntilExit() }

    private static var ownPath: String {
        Bundle.main.executablePath ?? CommandLine.arguments[0]
    }

    /// Its id.
    public var id: Int32 { process.processIdentifier }

    /// Ends it at once, as the system does when memory runs out.
    public func kill() {
        Foundation.kill(id, SIGKILL)
        process.waitUntilExit()
    }

    /// Asks it to stop and waits for it.
    public func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    #if os(Linux)
        /// Processor seconds it has used, user and system.
        public var processorSeconds: Double {
            guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
                let end = text.lastIndex(of: ")")
            else { return .nan }
            let fields = text[text.index(after: end)...].split(separator: " ")
            guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return .nan }
            return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }

        /// Its resident memory now and at its largest, in megabytes.
        public var residentMegabytes: (now: Double, peak: Double) {
            (status("VmRSS") / 1024, status("VmHWM") / 1024)
        }

        /// What of its resident memory is its own, in megabytes; the rest are pages of programs and libraries.
        public var ownMegabytes: Double { status("RssAnon") / 1024 }

        /// How often each of its threads had to wait for something.
        public var waits: [String: Double] {
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/task")) ?? []
            return Dictionary(
                uniqueKeysWithValues: threads.map {
                    ($0, status("voluntary_ctxt_switches", of: "/proc/\(id)/task/\($0)/status"))
                })
        }

        /// How often its threads have had to wait since, those left out that have ended or begun meanwhile.
        public func waits(since before: [String: Double]) -> Double {
            waits.reduce(0) { sum, thread in before[thread.key].map { sum + thread.value - $0 } ?? sum }
        }

        private func status(_ field: String) -> Double { status(field, of: "/proc/\(id)/status") }

        private func status(_ field: String, of path: String) -> Double {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8),
                let line = text.split(separator: "\n").first(where: { $0.hasPrefix(field) })
            else { return .nan }
            return Double(line.filter(\.isNumber)) ?? .nan
        }
    #else
        /// Processor seconds it has used; not known on this system.
        public var processorSeconds: Double { .nan }
        /// Its resident memory; not known on this system.
        public var residentMegabytes: (now: Double, peak: Double) { (.nan, .nan) }
        /// What of its resident memory is its own, in megabytes; the rest are pages of programs and libraries.
        public var ownMegabytes: Double { status("RssAnon") / 1024 }

        /// Its own resident memory; not known on this system.
        public var ownMegabytes: Double { .nan }
        /// How often its threads had to wait; not known on this system.
        public var waits: [String: Double] { [:] }
        /// How often its threads had to wait; not known on this system.
        public func waits(since before: [String: Double]) -> Double { .nan }
    #endif
}
