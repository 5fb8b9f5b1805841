import Foundation
import Nightjar
import Synchronization

/// What runs beside the page.
enum Disturbance: String, CaseIterable {
    case none, cpu, blocking, cpuTask, blockingTask

    var title: String {
        switch self {
        case .none: "nothing else"
        case .cpu: "ten jobs that burn the processor"
        case .blocking: "ten jobs that block"
        case .cpuTask: "for scale: ten plain tasks that burn the processor"
        case .blockingTask: "for scale: ten plain tasks that block"
        }
    }

    /// How much of the idle throughput is to be kept, in per cent; `nil` for what is not ours.
    var throughputGoal: Double? {
        switch self {
        case .cpu: 80
        case .blocking: 95
        case .none, .cpuTask, .blockingTask: nil
        }
    }

    /// Starts it, and answers with what ends it again.
    func start(_ app: App) -> () -> Void {
        let flag = Flag()
        let group = DispatchGroup()
        let count = self == .none ? 0 : 10
        for _ in 0..<count {
            group.enter()
            switch self {
            case .none: break
            case .cpu:
                app.queue.background("burn") { [work = Self.burn] in
                    work(flag); group.leave()
                }
            case .blocking:
                app.queue.background("block") { [work = Self.block] in
                    work(flag); group.leave()
                }
            case .cpuTask:
                Task.detached {
                    Self.burn(flag); group.leave()
                }
            case .blockingTask:
                Task.detached {
                    Self.block(flag); group.leave()
                }
            }
        }
        return {
            flag.raise()
            group.wait()
        }
    }

    @Sendable private static func burn(_ flag: Flag) {
        var number: UInt64 = 88_172_645_463_325_252
        while !flag.isRaised {
            for _ in 0..<10_000 {
                number ^= number << 13
                number ^= number >> 7
            }
        }
        withExtendedLifetime(number) {}
    }

    @Sendable private static func block(_ flag: Flag) { while !flag.isRaised { usleep(20_000) } }
}

/// Tells threads to stop.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isRaised: Bool { value.load(ordering: .relaxed) }
    func raise() { value.store(true, ordering: .relaxed) }
}
