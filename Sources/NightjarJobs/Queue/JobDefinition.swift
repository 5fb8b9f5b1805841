/// What the queue needs to know about a job's type.
final class JobDefinition: Sendable {
    /// The job's type; `nil` for a handler, which is known by its name alone.
    let type: ObjectIdentifier?
    let typeName: String
    let name: String
    /// The names its stored jobs may have besides.
    let aliases: [String]
    let version: Int
    let parameters: [JobParameter]
    let place: SourcePlace?
    let options: JobOptions
    /// What the type's own options come to; shared by all its jobs that were enqueued without others.
    let spec: JobSpec
    let policy: RetryPolicy
    let runnable: @Sendable (StoredJob) -> any RunnableJob

    init<J: Job>(_ type: J.Type, at place: SourcePlace?, defaults: JobDefaults) {
        let name = type.name
        self.type = ObjectIdentifier(type)
        self.typeName = String(reflecting: type)
        self.name = name
        self.aliases = type.aliases.filter { $0 != name }
        self.version = type.version
        self.parameters = type.parameters
        self.place = place
        self.options = type.options
        self.spec = JobSpec(
            name: name, version: type.version, options: options, callRetry: nil, defaults: defaults)
        self.policy = options.retry ?? defaults.retry
        self.runnable = { stored in
            EncodedJob(stored, coding: J.outputCoding) {
                TypedJob($0.version < J.version ? try J.upgrade($0) : try $0.decode(J.self))
            }
        }
    }

    /// A handler that takes requests of a type.
    init<Request: Codable & Sendable, Output: Sendable>(
        handler name: String, of type: Request.Type, aliases: [String], options: JobOptions, at place: SourcePlace,
        defaults: JobDefaults, coding: OutputCoding<Output>,
        _ work: @escaping @Sendable (Request) async throws -> Output
    ) {
        self.type = nil
        self.typeName = String(reflecting: type)
        self.name = name
        self.aliases = aliases.filter { $0 != name }
        self.version = 1
        self.parameters = []
        self.place = place
        self.options = options
        self.spec = JobSpec(name: name, options: options, callRetry: nil, defaults: defaults)
        self.policy = options.retry ?? defaults.retry
        self.runnable = { stored in
            EncodedJob(stored, coding: coding) {
                HandledRequest(try $0.decode(Request.self), coding: coding, work: work)
            }
        }
    }

    /// What is wrong with the type, in a sentence, or `nil`.
    var complaint: String? {
        guard !name.isEmpty, !name.contains("(unknown context at") else {
            return "\(title) is private or local, so the name it would be stored under changes with every build. "
                + "Give it a `static let name`."
        }
        if let complaint = options.complaint { return "The options of \(title) make no sense: \(complaint)." }
        if version < 1 { return "\(title) has version \(version); versions are counted from 1." }
        if aliases.contains("") { return "\(title) has an alias that is empty." }
        return nil
    }

    /// The type and where it is declared or registered.
    var title: String { place.map { "\(typeName) (\($0))" } ?? typeName }
}

/// A line of a source file.
package struct SourcePlace: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    package var line: Int

    package init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    package var description: String { "\(file):\(line)" }
}
