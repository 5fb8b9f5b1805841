/// One of the values a job is made from, for lists of jobs.
public struct JobParameter: Codable, Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Its type, as the source spells it.
    public var type: String
    /// Whether it may be left out.
    public var isOptional: Bool

    /// A parameter.
    public init(name: String, type: String, isOptional: Bool = false) {
        self.name = name
        self.type = type
        self.isOptional = isOptional
    }
}
