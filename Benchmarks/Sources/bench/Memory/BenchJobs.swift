import BenchKit
import NightjarJobs

/// The job of the throughput and memory parts: three fields, a small result, nothing to do.
struct Receipt: Job {
    var orderID: Int
    var email: String
    var amount: Double

    func run(_ context: JobContext) async throws -> Int { orderID }

    static func number(_ number: Int) -> Receipt {
        Receipt(orderID: number, email: "visitor-\(number)@example.com", amount: Double(number) / 100)
    }
}

/// Measures how long it waited.
struct PickUp: Job {
    var sentAt: UInt64

    func run(_ context: JobContext) async throws -> Int { Int(nanoseconds() - sentAt) }
}
