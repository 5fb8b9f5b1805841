/// Which queues a worker pulls, in order of priority.
///
/// `high,default,low,*` drains `high` first, then `default`, then `low`, then whatever other queues there are. Without the
/// star, other queues are left to other workers.
public struct QueueSelection: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The queues named, first to be drained first.
    public var named: [String]
    /// Whether all other queues follow.
    public var includesOthers: Bool
    /// Those that do not follow although others do: they have workers of their own.
    public var excluded: Set<String>

    /// A selection.
    public init(_ named: [String], includesOthers: Bool = false, excluding excluded: Set<String> = []) {
        self.named = named
        self.includesOthers = includesOthers
        self.excluded = excluded
    }

    /// Every queue, the usual three first.
    public static let all = QueueSelection(["high", "default", "low"], includesOthers: true)

    /// Reads a comma-separated list.
    /// - Throws: ``QueueError/invalid(_:)`` if a part is not a queue name, or there is none.
    public init(parsing list: String) throws {
        let parts = list.split(separator: ",").map { $0.trimmingPrefix(while: \.isWhitespace) }
            .map { String($0.reversed().drop(while: \.isWhitespace).reversed()) }
        guard !parts.isEmpty else { throw QueueError.invalid("No queue is named in “\(list)”.") }
        for part in parts where part != "*" && !JobOptions.isQueueName(part) {
            throw QueueError.invalid("“\(part)” in “\(list)” is not a queue name.")
        }
        var named: [String] = []
        for part in parts where part != "*" && !named.contains(part) { named.append(part) }
        self.init(named, includesOthers: parts.contains("*"))
    }

    /// A selection written out in code: names separated by commas.
    public init(stringLiteral list: String) {
        let parts = list.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }
        self.init(parts.filter { $0 != "*" }, includesOthers: parts.contains("*"))
    }

    /// Whether a queue is pulled at all.
    public func contains(_ queue: String) -> Bool { named.contains(queue) || isOther(queue) }

    /// Whether a queue is pulled without having been named.
    public func isOther(_ queue: String) -> Bool {
        includesOthers && !named.contains(queue) && !excluded.contains(queue)
    }

    /// The same without some queues.
    func without(_ queues: Set<String>) -> QueueSelection {
        QueueSelection(
            named.filter { !queues.contains($0) }, includesOthers: includesOthers,
            excluding: includesOthers ? excluded.union(queues) : excluded)
    }

    /// Whether no queue at all is pulled.
    var isEmpty: Bool { named.isEmpty && !includesOthers }

    /// The comma-separated list, and what is left out.
    public var description: String {
        let list = (named + (includesOthers ? ["*"] : [])).joined(separator: ",")
        return excluded.isEmpty ? list : "\(list) without \(excluded.sorted().joined(separator: ","))"
    }
}
