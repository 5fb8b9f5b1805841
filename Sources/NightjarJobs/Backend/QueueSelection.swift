/// Which queues a worker pulls, in order of priority.
///
/// `high,default,low,*` drains `high` first, then `default`, then `low`, then whatever other queues there are. Without the
/// star, other queues are left to other workers.
public struct QueueSelection: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The queues named, first to be drained first.
    public var named: [String]
    /// Whether all other queues follow.
    public var includesOthers: Bool

    /// A selection.
    public init(_ named: [String], includesOthers: Bool = false) {
        self.named = named
        self.includesOthers = includesOthers
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
    public func contains(_ queue: String) -> Bool { includesOthers || named.contains(queue) }

    /// The comma-separated list.
    public var description: String { (named + (includesOthers ? ["*"] : [])).joined(separator: ",") }
}
