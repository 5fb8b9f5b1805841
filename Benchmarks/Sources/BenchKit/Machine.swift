// Where the numbers come from. No host name and no path: what is committed should say what a stranger can compare with.

import Foundation

/// The machine a run took place on.
public struct Machine: Sendable, Encodable {
    /// The processor's model.
    public let processor: String
    /// How many cores are online.
    public let cores: Int
    /// The operating system.
    public let system: String
    /// The compiler, as `scripts/bench` found it.
    public let swift: String
    /// How busy the machine was at the start: the average number of runnable threads over a minute.
    public let load: String

    /// This machine, now.
    public static var current: Machine {
        let process = ProcessInfo.processInfo
        return Machine(
            processor: processorModel ?? "unknown processor", cores: process.activeProcessorCount,
            system: process.operatingSystemVersionString,
            swift: process.environment["BENCH_SWIFT"] ?? "Swift of unknown version",
            load: String(format: "%.1f", loadAverage))
    }

    /// The average number of runnable threads over the last minute.
    static var loadAverage: Double {
        var averages = [0.0, 0.0, 0.0]
        _ = getloadavg(&averages, 3)
        return (averages[0] * 10).rounded() / 10
    }

    private static var processorModel: String? {
        #if os(Linux)
            guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return nil }
            return text.split(separator: "\n").first { $0.hasPrefix("model name") }?
                .split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
        #else
            var size = 0
            sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0)
            var bytes = [UInt8](repeating: 0, count: size)
            guard sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 else { return nil }
            return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        #endif
    }
}
