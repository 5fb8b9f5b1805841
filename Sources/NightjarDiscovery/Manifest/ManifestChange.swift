// What became of the jobs since the last manifest, and whether jobs that were stored by the last version can still be run.
//
//     name gone                          nothing runs them          unless the new name has it among its aliases
//     parameter added                    they lack it               unless it has a default or is optional
//     parameter gone or renamed          its value is lost          unless the version was raised, and `upgrade` knows
//     parameter of another type          they cannot be read        unless it only became optional
//
// The sources say no more than this: whether `upgrade` does the right thing is for a test.

/// How a job differs from what it was.
package struct ManifestChange: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case added
        case removed
        case renamed(from: String)
        case modified
    }

    package var kind: Kind
    package var name: String
    /// What is different, each in a few words.
    package var details: [String] = []
    /// What stored jobs would not survive, each a sentence.
    package var dangers: [String] = []
}

extension Manifest {
    /// What changed since an earlier manifest, in the order of names.
    package func changes(since old: Manifest) -> [ManifestChange] {
        let before = Dictionary(old.jobs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let after = Dictionary(jobs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let gone = old.jobs.filter { after[$0.name] == nil }
        let new = jobs.filter { before[$0.name] == nil }
        var successors: [String: ManifestJob] = [:]
        for job in new + jobs {
            for alias in job.aliases where successors[alias] == nil { successors[alias] = job }
        }

        var changes: [ManifestChange] = []
        var renamed: Set<String> = []
        for job in gone {
            guard let successor = successors[job.name] else {
                changes.append(ManifestChange(kind: .removed, name: job.name, dangers: [job.farewell(new)]))
                continue
            }
            var change = successor.change(from: job)
            change.kind = .renamed(from: job.name)
            renamed.insert(successor.name)
            changes.append(change)
        }
        for job in new where !renamed.contains(job.name) {
            changes.append(ManifestChange(kind: .added, name: job.name))
        }
        for job in jobs {
            guard let earlier = before[job.name], earlier != job else { continue }
            changes.append(job.change(from: earlier))
        }
        return changes.sorted { ($0.name, "\($0.kind)") < ($1.name, "\($1.kind)") }
    }

    /// Names that more than one job has, each a sentence; the program would not start. Which of those between `#if` and
    /// `#endif` are built together the sources do not say, so nothing is said of them.
    package var conflicts: [String] {
        var owners: [String: [ManifestJob]] = [:]
        for job in jobs where !job.isConditional {
            for name in Set([job.name] + job.aliases) { owners[name, default: []].append(job) }
        }
        return owners.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { name, jobs in
            // What was not read again has no line.
            let places = jobs.map { $0.line > 0 ? "\($0.file):\($0.line)" : $0.file }.sorted().joined(
                separator: " and ")
            return "Two jobs are called “\(name)”: \(places). Give one of them a `name:` of its own."
        }
    }
}

extension ManifestJob {
    fileprivate func farewell(_ new: [ManifestJob]) -> String {
        let heir = new.first { $0.parameters == parameters && $0.aliases.isEmpty }
        let advice =
            heir.map { "If it is called “\($0.name)” now, write `aliases: [\"\(name)\"]` there" }
            ?? "Write `aliases: [\"\(name)\"]` at the job that takes its place, or keep it until none waits"
        return "No code would run jobs that are stored as “\(name)”. \(advice)."
    }

    fileprivate func change(from old: ManifestJob) -> ManifestChange {
        var change = ManifestChange(kind: .modified, name: name)
        if kind != old.kind { change.details.append("\(old.kind) → \(kind)") }
        if file != old.file { change.details.append("\(old.file) → \(file)") }
        if version != old.version { change.details.append("version \(old.version) → \(version)") }
        if version < old.version {
            change.dangers.append(
                "Version \(old.version) was lowered to \(version): workers would leave jobs of version \(old.version) in the "
                    + "queue.")
        }
        for alias in aliases where !old.aliases.contains(alias) && alias != old.name {
            change.details.append("alias \(alias) added")
        }
        for alias in old.aliases where !aliases.contains(alias) && alias != name {
            change.details.append("alias \(alias) removed")
            change.dangers.append("No code would run jobs that are still stored as “\(alias)”.")
        }
        for label in Set(options.keys).union(old.options.keys).sorted() where options[label] != old.options[label] {
            change.details.append("\(label) \(old.options[label] ?? "—") → \(options[label] ?? "—")")
        }
        compareParameters(with: old, &change)
        return change
    }

    private func compareParameters(with old: ManifestJob, _ change: inout ManifestChange) {
        let before = Dictionary(old.parameters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let after = Dictionary(parameters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var dangers: [String] = []
        for parameter in old.parameters where after[parameter.name] == nil {
            change.details.append("parameter \(parameter.inWords) removed")
            dangers.append("The value of “\(parameter.name)” in stored jobs would be lost.")
        }
        for parameter in parameters {
            guard let earlier = before[parameter.name] else {
                change.details.append("parameter \(parameter.inWords) added")
                if !parameter.optional {
                    dangers.append("Stored jobs have no “\(parameter.name)”, and it has no default.")
                }
                continue
            }
            guard earlier != parameter else { continue }
            change.details.append("parameter \(earlier.inWords) → \(parameter.inWords)")
            if earlier.plainType != parameter.plainType {
                dangers.append(
                    "“\(parameter.name)” is stored as \(earlier.type), and would be read as \(parameter.type).")
            } else if earlier.optional, !parameter.optional {
                dangers.append("Stored jobs may lack “\(parameter.name)”, and it has no default any more.")
            } else if earlier.isNullable, !parameter.isNullable {
                dangers.append("“\(parameter.name)” may be stored as nil, and could not be read.")
            }
        }
        let order = parameters.map(\.name).filter { before[$0] != nil }
        if order != old.parameters.map(\.name).filter({ after[$0] != nil }) {
            change.details.append("parameters reordered")
        }
        // A raised version says that `upgrade` knows what to do.
        if version <= old.version {
            change.dangers += dangers.map { $0 + " Raise `version:` and say in `upgrade` what to do." }
        }
    }
}

extension ManifestJob.Parameter {
    fileprivate var inWords: String { "\(name): \(type)" }

    fileprivate var isNullable: Bool { type.hasSuffix("?") || type.hasSuffix("!") || type.hasPrefix("Optional<") }

    /// The type without what makes it optional.
    fileprivate var plainType: Substring {
        if type.hasSuffix("?") || type.hasSuffix("!") { return type.dropLast() }
        if type.hasPrefix("Optional<"), type.hasSuffix(">") { return type.dropFirst(9).dropLast() }
        return type[...]
    }
}
