// Which code a job's name stands for. Filled before the app runs, read by every `background` and every worker.
//
//     found       types marked `@Job`, in any module that is linked in: known from the moment the queue is made
//     registered  all others, by a call
//
// A name means one type, and so does an alias. Of types that were found, a clash is told when the queue is opened (or the
// app made), because finding them is nobody's call.

import Synchronization

/// Finds a job's code by its type or by its stored name.
public final class JobRegistry: Sendable {
    fileprivate struct Tables: Sendable {
        var byType: [ObjectIdentifier: JobDefinition] = [:]
        /// By name and by alias.
        var byName: [String: JobDefinition] = [:]
        var complaints: [QueueError] = []
    }

    /// What becomes of a type whose name, or one of whose aliases, another type has already.
    public enum NameConflict: Sendable {
        /// It is an error.
        case refuse
        /// It takes the other's place, and the other is forgotten: its own jobs are no longer accepted, and those that
        /// are stored are run as the new type.
        case replace
        /// The other stays, and this one is passed over.
        case keep
    }

    private let tables = Mutex(Tables())
    private let defaults: JobDefaults

    init(defaults: JobDefaults, found: [FoundJob] = []) {
        self.defaults = defaults
        for job in found {
            do { try register(job.type, at: SourcePlace(file: job.file, line: job.line)) } catch {
                let complaint = error as? QueueError ?? .invalid("\(error)")
                tables.withLock { $0.complaints.append(complaint) }
            }
        }
    }

    /// Makes a job's type known. Registering the same type again changes nothing; types marked `@Job` are known already.
    ///
    /// - Parameters:
    ///   - type: The type.
    ///   - conflict: What to do if another type has its name.
    ///   - file: Where that is said, for messages.
    ///   - line: Where that is said, for messages.
    /// - Throws: ``QueueError/duplicateName(name:types:)`` if another type has its name or alias and `conflict` says so,
    ///   ``QueueError/invalid(_:)`` if its options make no sense or its name would not be the same after the next build.
    public func register<J: Job>(
        _ type: J.Type, onConflict conflict: NameConflict = .refuse, file: String = #fileID, line: Int = #line
    ) throws {
        try register(type, at: SourcePlace(file: file, line: line), conflict)
    }

    private func register<J: Job>(
        _ type: J.Type, at place: SourcePlace, _ conflict: NameConflict = .refuse
    ) throws {
        try register(JobDefinition(type, at: place, defaults: defaults), conflict)
    }

    func register(_ definition: JobDefinition, _ conflict: NameConflict = .refuse) throws {
        if let complaint = definition.complaint { throw QueueError.invalid(complaint) }
        try tables.withLock { try $0.add(definition, conflict) }
    }

    /// Says what is wrong with the types that were found.
    /// - Throws: ``QueueError`` if two of them have one name, or one makes no sense.
    package func check() throws {
        let complaints = tables.withLock(\.complaints)
        guard let first = complaints.first else { return }
        throw complaints.count == 1 ? first : .invalid(complaints.map(\.description).joined(separator: "\n"))
    }

    /// The names of all known jobs, in order.
    public var names: [String] { types.map(\.name) }

    /// All known types, by name.
    public var types: [RegisteredJob] {
        let definitions = tables.withLock { $0.byName.filter { $0.key == $0.value.name } }
        return definitions.values.map(RegisteredJob.init).sorted { $0.name < $1.name }
    }

    /// The queues that known jobs go to, in order.
    package var queues: [String] { Set(types.map(\.queue)).sorted() }

    func definition<J: Job>(of type: J.Type) throws -> JobDefinition {
        guard let definition = tables.withLock({ $0.byType[ObjectIdentifier(type)] }) else {
            throw QueueError.notRegistered(type: String(describing: type))
        }
        return definition
    }

    /// When a job that failed is tried again: as its call, its type or the defaults say.
    func policy(for spec: JobSpec) -> RetryPolicy {
        spec.retry ?? definition(named: spec.name)?.policy ?? defaults.retry
    }

    func definition(named name: String) -> JobDefinition? { tables.withLock { $0.byName[name] } }
}

extension JobRegistry.Tables {
    fileprivate mutating func add(_ definition: JobDefinition, _ conflict: JobRegistry.NameConflict) throws {
        if let type = definition.type, byType[type] != nil { return }
        let names = [definition.name] + definition.aliases
        for name in names {
            guard let holder = byName[name] else { continue }
            switch conflict {
            case .keep: return
            case .replace: forget(holder)
            case .refuse:
                let types = [holder, definition].map { $0.name == name ? $0.title : "\($0.title), by an alias," }
                throw QueueError.duplicateName(name: name, types: types)
            }
        }
        if let type = definition.type { byType[type] = definition }
        for name in names { byName[name] = definition }
    }

    private mutating func forget(_ definition: JobDefinition) {
        if let type = definition.type { byType[type] = nil }
        for name in [definition.name] + definition.aliases { byName[name] = nil }
    }
}
