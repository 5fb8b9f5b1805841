/// A job's type as the registry knows it, for lists.
public struct RegisteredJob: Sendable, Hashable {
    /// The name its jobs are stored under.
    public let name: String
    /// Names its jobs may have been stored under before.
    public let aliases: [String]
    /// The Swift type.
    public let type: String
    /// Which version of its stored value it writes.
    public let version: Int
    /// The queue its jobs wait in.
    public let queue: String
    /// Their priority in it.
    public let priority: Int
    /// All executions granted.
    public let maxAttempts: Int
    /// How long one attempt may take.
    public let timeout: Duration
    /// What a job is made from, as far as that is known.
    public let parameters: [JobParameter]
    /// The file it is declared in (`@Job`) or registered in, as `#fileID` says it.
    public let file: String?
    /// The line in that file.
    public let line: Int?

    init(_ definition: JobDefinition) {
        name = definition.name
        aliases = definition.aliases
        type = definition.typeName
        version = definition.version
        queue = definition.spec.queue
        priority = definition.spec.priority
        maxAttempts = definition.spec.maxAttempts
        timeout = definition.spec.timeout
        parameters = definition.parameters
        file = definition.place?.file
        line = definition.place?.line
    }
}
