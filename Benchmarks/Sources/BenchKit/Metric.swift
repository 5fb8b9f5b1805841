/// One line of a report: a number, its unit, and what it is meant to be.
public struct Metric: Sendable, Encodable {
    /// What a number has to reach.
    public enum Goal: Sendable {
        /// It is to be at least this.
        case atLeast(Double)
        /// It is to be at most this.
        case atMost(Double)

        /// Whether a number reaches it.
        public func isMet(by value: Double) -> Bool {
            switch self {
            case .atLeast(let limit): value >= limit
            case .atMost(let limit): value <= limit
            }
        }

        var limit: Double {
            switch self {
            case .atLeast(let limit), .atMost(let limit): limit
            }
        }

        var sign: String {
            switch self {
            case .atLeast: "≥"
            case .atMost: "≤"
            }
        }
    }

    /// The name it has in the JSON.
    public let name: String
    /// What it is, for a person.
    public let title: String
    /// The median.
    public let value: Double
    /// Its unit.
    public let unit: String
    /// What it is to be, if there is a goal.
    public let goal: Goal?
    /// How far the rounds lie apart, as a part of the median.
    public let spread: Double?
    /// What else is worth saying about it, in a few words.
    public let note: String?
    /// What it cost, where that is part of the answer.
    public let cost: Cost?
    /// What a job survives once it is accepted: two numbers are comparable only if this is the same.
    public let durability: String?
    /// The numbers of others, in the same unit and of the same rounds.
    public let peers: [String: Double]?
    /// How busy the machine was when it was measured.
    let load = Machine.loadAverage

    /// What a thousand jobs took.
    public struct Cost: Sendable, Encodable {
        /// Processor time of all threads, user and system, in seconds for a thousand jobs.
        public let cpuSecondsPer1000Jobs: Double
        /// The most memory the process had, in megabytes.
        public let peakMegabytes: Double

        /// A cost.
        public init(cpuSecondsPer1000Jobs: Double, peakMegabytes: Double) {
            self.cpuSecondsPer1000Jobs = cpuSecondsPer1000Jobs
            self.peakMegabytes = peakMegabytes
        }
    }

    /// A metric.
    public init(
        _ name: String, _ title: String, _ value: Double, _ unit: String, goal: Goal? = nil, spread: Double? = nil,
        note: String? = nil, cost: Cost? = nil, durability: String? = nil, peers: [String: Double]? = nil
    ) {
        self.name = name
        self.title = title
        self.value = value
        self.unit = unit
        self.goal = goal
        self.spread = spread
        self.note = note
        self.cost = cost
        self.durability = durability
        self.peers = peers
    }

    /// Whether the goal is reached; `nil` without one.
    public var isMet: Bool? { goal.map { $0.isMet(by: value) } }

    private enum CodingKeys: String, CodingKey {
        case value, unit, goal, met, spread, title, note, cost, durability, peers, load
    }

    /// Writes what the report's readers expect; the name is the key it is written under.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(title, forKey: .title)
        try values.encode(value.isFinite ? value : -1, forKey: .value)
        try values.encode(unit, forKey: .unit)
        try values.encodeIfPresent(goal?.limit, forKey: .goal)
        try values.encodeIfPresent(isMet, forKey: .met)
        try values.encodeIfPresent(spread, forKey: .spread)
        try values.encodeIfPresent(note, forKey: .note)
        try values.encodeIfPresent(cost, forKey: .cost)
        try values.encodeIfPresent(durability, forKey: .durability)
        try values.encode(peers ?? [:], forKey: .peers)
        try values.encode(load, forKey: .load)
    }
}
