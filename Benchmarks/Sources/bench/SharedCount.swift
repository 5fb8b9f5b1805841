import Synchronization

/// A number that many threads change.
final class SharedCount: Sendable {
    private let number: Atomic<Int>

    init(_ value: Int) { number = Atomic(value) }

    var value: Int { number.load(ordering: .relaxed) }

    /// Adds to it and answers what it is then.
    func add(_ change: Int) -> Int { number.add(change, ordering: .relaxed).newValue }
}
