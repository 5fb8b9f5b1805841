// Which connection sends the next mail: the one used last, since it is the likeliest to be open; a new one while there
// are fewer than allowed; else whoever waits longest gets the next that is given back.

import Synchronization

final class ConnectionPool: Sendable {
    private struct State {
        var idle: [CurlConnection] = []
        var made = 0
        var waiting: [(transfer: CurlTransfer, continuation: CheckedContinuation<CurlConnection?, Never>)] = []
    }

    private let state = Mutex(State())
    private let limit: Int
    private let make: @Sendable () -> CurlConnection

    init(limit: Int, make: @escaping @Sendable () -> CurlConnection) {
        self.limit = limit
        self.make = make
    }

    var idle: [CurlConnection] { state.withLock { $0.idle } }

    /// A connection for a transfer; nil when the transfer was cancelled.
    func take(for transfer: CurlTransfer) async -> CurlConnection? {
        await withCheckedContinuation { continuation in
            let answer: CurlConnection?? = state.withLock { state in
                if transfer.isCancelled { return .some(nil) }
                if let last = state.idle.popLast() { return last }
                if state.made < limit {
                    state.made += 1
                    return make()
                }
                state.waiting.append((transfer, continuation))
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Lets a cancelled transfer wait no longer. Its flag is up before, so it is either here or never comes.
    func forget(_ transfer: CurlTransfer) {
        let continuation = state.withLock { state -> CheckedContinuation<CurlConnection?, Never>? in
            guard let index = state.waiting.firstIndex(where: { $0.transfer === transfer }) else { return nil }
            return state.waiting.remove(at: index).continuation
        }
        continuation?.resume(returning: nil)
    }

    func giveBack(_ connection: CurlConnection) {
        let next = state.withLock { state -> CheckedContinuation<CurlConnection?, Never>? in
            guard !state.waiting.isEmpty else {
                state.idle.append(connection)
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: connection)
    }
}
