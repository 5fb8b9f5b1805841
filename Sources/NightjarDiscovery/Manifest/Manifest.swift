// `.nightjar/manifest.json`: the jobs a package has, as its sources say. It is meant to be committed and read in a diff, so
// it is in order, says nothing twice, and holds no line numbers: they change when somebody adds a comment.

package import Foundation
import NightjarSyntax
import SwiftSyntax

/// The jobs of a package.
package struct Manifest: Codable, Sendable, Equatable {
    /// The form of the file.
    package static let currentFormat = 1

    package var format = Manifest.currentFormat
    package var jobs: [ManifestJob]

    /// - Parameter jobs: In any order.
    package init(_ jobs: [ManifestJob]) {
        self.jobs = []
        for job in jobs.sorted(by: { ($0.name, $0.file, $0.line) < ($1.name, $1.file, $1.line) }) {
            // Of `#if … #else …` only one half is built; the first stands for both.
            if job.isConditional, let last = self.jobs.last, last.isConditional, last.name == job.name { continue }
            self.jobs.append(job)
        }
    }

    /// Reads a manifest.
    /// - Throws: ``ManifestError``, with what is wrong and where.
    package init(reading data: Data, path: String) throws {
        struct Format: Decodable { var format: Int }
        do {
            let decoder = JSONDecoder()
            let format = try decoder.decode(Format.self, from: data).format
            guard format == Self.currentFormat else {
                throw ManifestError(
                    "\(path) has the format \(format); this program knows \(Self.currentFormat). It was written by another "
                        + "version of Nightjar; nothing has been changed.")
            }
            self = try decoder.decode(Manifest.self, from: data)
        } catch let error as DecodingError {
            throw ManifestError(
                "\(path) is not a manifest: \(error.inWords). Nothing has been changed; repair it or delete it, and run "
                    + "this again.")
        }
    }

    /// The file's bytes; the same jobs always give the same.
    package var bytes: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self) + Data("\n".utf8)
        }
    }
}

/// A job in a manifest.
package struct ManifestJob: Codable, Sendable, Equatable {
    package struct Parameter: Codable, Sendable, Equatable {
        package var name: String
        package var type: String
        /// Whether a stored job may lack it.
        package var optional: Bool
    }

    /// The name it is stored under.
    package var name: String
    /// What it was called before.
    package var aliases: [String]
    package var version: Int
    package var kind: String
    package var file: String
    /// What `@Job(…)` says of how it is run, as it is written.
    package var options: [String: String]
    package var parameters: [Parameter]
    /// Where in its file; not part of the manifest.
    package var line = 0
    /// Whether it stands between `#if` and `#endif`; not part of the manifest.
    package var isConditional = false

    private enum CodingKeys: String, CodingKey { case name, aliases, version, kind, file, options, parameters }

    init(_ job: JobDeclaration, file: String, line: Int, isConditional: Bool, module: String) {
        name = job.arguments.name ?? "\(module).\(job.path)"
        aliases = job.arguments.aliases ?? []
        version = job.arguments.version ?? 1
        kind = job.kind.rawValue
        options = Dictionary(
            job.arguments.options.map { ($0.label?.text ?? "", $0.expression.onOneLine) }, uniquingKeysWith: { $1 })
        parameters = job.parameters.filter { !$0.isContext }.map {
            Parameter(name: $0.name, type: $0.typeText, optional: job.mayLack($0))
        }
        self.file = file
        self.line = line
        self.isConditional = isConditional
    }

    package static func == (one: Self, other: Self) -> Bool {
        // Where it stood when it was read is not what it is.
        one.name == other.name && one.aliases == other.aliases && one.version == other.version && one.kind == other.kind
            && one.file == other.file && one.options == other.options && one.parameters == other.parameters
    }
}

/// Why a manifest cannot be used.
package struct ManifestError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension DecodingError {
    fileprivate var inWords: String {
        switch self {
        case .keyNotFound(let key, let context): "“\(key.stringValue)” is missing\(context.place)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "something else is expected\(context.place)"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "it is not JSON" : "something else is expected\(context.place)"
        @unknown default: "it cannot be read"
        }
    }
}

extension DecodingError.Context {
    fileprivate var place: String {
        guard !codingPath.isEmpty else { return "" }
        return " at " + codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
}
