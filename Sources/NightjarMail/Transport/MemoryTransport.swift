// Mails kept in memory, for tests and for trying things out.

import Synchronization

/// Keeps mails in memory.
public final class MemoryTransport: MailTransport {
    /// One mail that was handed over.
    public struct Delivery: Hashable, Sendable {
        /// From whom and to whom.
        public let envelope: MailEnvelope
        /// Headers and body.
        public let message: [UInt8]
    }

    private struct State {
        var deliveries: [Delivery] = []
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    private let answer: @Sendable (MailAddress) -> MailOutcome

    /// A transport that keeps what it gets.
    ///
    /// - Parameter answer: What to say for each recipient; the default delivers. A mail that was delivered to nobody is
    ///   not kept.
    public init(answer: @escaping @Sendable (MailAddress) -> MailOutcome = { _ in .delivered("kept in memory") }) {
        self.answer = answer
    }

    /// Keeps one mail for the recipients it is delivered to.
    public func deliver(_ message: [UInt8], to envelope: MailEnvelope) async throws -> MailReport {
        let report = MailReport(envelope.recipients, envelope.recipients.map(answer))
        guard !report.delivered.isEmpty else { return report }
        let ready = state.withLock { state in
            state.deliveries.append(Delivery(envelope: envelope.only(report.delivered), message: message))
            let count = state.deliveries.count
            let ready = state.waiting.filter { $0.count <= count }
            state.waiting.removeAll { $0.count <= count }
            return ready
        }
        for waiting in ready { waiting.continuation.resume() }
        return report
    }

    /// What was kept, oldest first.
    public var deliveries: [Delivery] { state.withLock { $0.deliveries } }

    /// Waits until so many mails have been kept, and returns all of them.
    public func deliveries(atLeast count: Int) async -> [Delivery] {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.deliveries.count >= count { return true }
                state.waiting.append((count, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
        return deliveries
    }
}
