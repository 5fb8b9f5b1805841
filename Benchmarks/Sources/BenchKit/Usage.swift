// What the process has used so far, as the system and the allocator count it.

import CBench

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What the process has used up to a moment.
public struct Usage: Sendable {
    /// Processor time of all threads, in seconds, user and system.
    public let processor: Double
    /// How often threads gave the processor away because they had to wait.
    public let waits: Int

    /// Up to now.
    public static var now: Usage {
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #endif
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return Usage(
            processor: seconds(usage.ru_utime) + seconds(usage.ru_stime), waits: Int(usage.ru_nvcsw))
    }

    /// What was used since an earlier moment.
    public func since(_ earlier: Usage) -> Usage {
        Usage(processor: processor - earlier.processor, waits: waits - earlier.waits)
    }

    /// What `count` jobs cost that used this.
    public func cost(of count: Int) -> Metric.Cost {
        Metric.Cost(
            cpuSecondsPer1000Jobs: processor / Double(count) * 1000, peakMegabytes: Double(Self.peakBytes) / 1e6)
    }

    /// The most memory the process has had so far.
    public static var peakBytes: Int {
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss * 1024
        #endif
    }

    /// Bytes the allocator has handed out and not got back, its own overhead included.
    public static var allocatedBytes: Int { bench_allocated_bytes() }

    /// Bytes of the process that are in memory.
    public static var residentBytes: Int {
        #if canImport(Darwin)
            var information = mach_task_basic_info()
            var count = mach_msg_type_number_t(MemoryLayout<mach_task_basic_info>.size / MemoryLayout<natural_t>.size)
            let result = withUnsafeMutablePointer(to: &information) { pointer in
                pointer.withMemoryRebound(to: integer_t.self, capacity: Int(count)) {
                    task_info(mach_task_self_, task_flavor_t(MACH_TASK_BASIC_INFO), $0, &count)
                }
            }
            return result == KERN_SUCCESS ? Int(information.resident_size) : 0
        #else
            guard let file = fopen("/proc/self/statm", "r") else { return 0 }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 128)
            guard fgets(&line, 128, file) != nil else { return 0 }
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let fields = text.split(separator: " ")
            guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
            return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
        #endif
    }
}
