// What makes a structure a job: the members that `@JobType(…)` names, the record, and the conformance.
//
// A stored property with a default may be missing in a stored job, as a function's parameter may; the compiler's own
// `init(from:)` would refuse such a job, so one is written, unless the structure has its own idea of how it is stored. If
// that idea stands in an extension, where it cannot be seen, the compiler must not let it pass: it is a redeclaration.

import NightjarSyntax
import SwiftSyntax
import SwiftSyntaxBuilder

struct StructureJob {
    let job: JobDeclaration

    init(_ job: JobDeclaration) { self.job = job }

    func members(at place: Place) -> [DeclSyntax] {
        job.statics(at: place) + [job.record(of: spelled(job.name), at: place)]
    }

    /// - Parameter conforms: Whether the structure says itself that it is a job.
    func extensions(of type: some TypeSyntaxProtocol, conforms: Bool) throws -> [ExtensionDeclSyntax] {
        let coding = job.isCodingWritten ? codingMembers : []
        guard !conforms || !coding.isEmpty else { return [] }
        let conformance = conforms ? "" : ": Nightjar.Job"
        return [
            try ExtensionDeclSyntax(
                """
                extension \(type.trimmed)\(raw: conformance) {
                    \(raw: block(coding.map(\.description)))
                }
                """)
        ]
    }

    private var codingMembers: [DeclSyntax] {
        let access = job.memberAccess
        // What has no default comes first: only then is the rest of the structure there to be read.
        let ordered =
            job.parameters.filter { $0.defaultValue == nil } + job.parameters.filter { $0.defaultValue != nil }
        let reads = ordered.map { parameter in
            let name = spelled(parameter.name)
            let missing =
                if parameter.defaultValue != nil { ", or: self.\(name)" } else if parameter.isOptional {
                    ", or: nil"
                } else { "" }
            return "self.\(name) = try __values.value(\(quoted(parameter.name))\(missing))"
        }
        let writes = job.parameters.map { "try __values.encode(self.\(spelled($0.name)), forKey: \(quoted($0.name)))" }
        return [
            "typealias CodingKeys = Nightjar.JobKey",
            """
            \(raw: access)init(from __decoder: any Swift.Decoder) throws {
                let __values = try __decoder.container(keyedBy: Nightjar.JobKey.self)
                \(raw: block(reads))
            }
            """,
            """
            \(raw: access)func encode(to __encoder: any Swift.Encoder) throws {
                var __values = __encoder.container(keyedBy: Nightjar.JobKey.self)
                \(raw: block(writes))
            }
            """,
        ]
    }
}
