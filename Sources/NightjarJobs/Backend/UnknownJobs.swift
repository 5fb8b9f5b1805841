/// Jobs that a worker has no code for: of types it never heard of, or of newer versions than it knows.
public struct UnknownJobs: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The first version, by name, that is unknown.
    private var firstVersions: [String: Int] = [:]

    /// Types of which no version is known.
    public init(arrayLiteral names: String...) {
        for name in names { insert(name) }
    }

    /// Adds a type.
    /// - Parameters:
    ///   - name: The type's name.
    ///   - version: The first version that is unknown; all of them if left out.
    /// - Returns: Whether that says more than was said before.
    @discardableResult
    public mutating func insert(_ name: String, from version: Int = .min) -> Bool {
        if let known = firstVersions[name], known <= version { return false }
        firstVersions[name] = version
        return true
    }

    /// Whether nothing is unknown.
    public var isEmpty: Bool { firstVersions.isEmpty }

    /// The names of types of which some or all versions are unknown.
    public var names: some Collection<String> { firstVersions.keys }

    /// Whether there is no code for a job.
    public func contains(_ spec: JobSpec) -> Bool { firstVersions[spec.name].map { spec.version >= $0 } ?? false }
}
