// Jobs that are found by themselves: nobody registers a type that is marked `@Job`.
//
//     compiler   puts a record beside the type, into the section `nightjar_jobs`: a function that calls `note`
//     linker     lays the records of all modules side by side
//     registry   calls them one after the other, once in a process, when the first queue is made
//
// So there is no list to keep, no scan of types at the start, and a job is known exactly if it is linked in.

import CNightjar

/// What the records of `@Job` types call; programs have no need of it.
public enum FoundJobs {
    /// Every job type that is linked into this program and left a record.
    package static let all: [FoundJob] = {
        var list: [FoundJob] = []
        withUnsafeMutablePointer(to: &list) { nightjar_found_jobs($0) }
        return list
    }()

    /// Notes a job's type. Called by its record, while the section is read.
    ///
    /// - Parameters:
    ///   - type: The type.
    ///   - file: The file it is declared in, as `#fileID` says it.
    ///   - line: The line it is declared on.
    ///   - list: What the record was handed.
    public static func note<J: Job>(_ type: J.Type, file: String, line: Int, in list: UnsafeMutableRawPointer) {
        list.assumingMemoryBound(to: [FoundJob].self).pointee.append(FoundJob(type: type, file: file, line: line))
    }

    /// Does nothing, but may be waited for. Called by what `@Job` writes, beside a function of which it cannot be seen
    /// whether it must be waited for.
    @inlinable
    nonisolated(nonsending) public static func called() async {}
}

/// A job's type and where it is declared.
package struct FoundJob: Sendable {
    package var type: any Job.Type
    package var file: String
    package var line: Int

    package init(type: any Job.Type, file: String, line: Int) {
        self.type = type
        self.file = file
        self.line = line
    }
}
