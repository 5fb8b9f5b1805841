// The type beside a function: its stored properties are the function's parameters, its `run` is the call.
//
// A parameter with a default may be missing in a stored job, so that one can be added while jobs wait; what is missing is
// filled in with the default. A parameter that is `nil` is stored as null: missing and nothing are not the same when the
// default is something.

import NightjarSyntax
import SwiftParser
import SwiftSyntax
import SwiftSyntaxBuilder

struct FunctionJob {
    let job: JobDeclaration
    let function: FunctionDeclSyntax
    let place: Place

    init(_ job: JobDeclaration, _ function: FunctionDeclSyntax, _ place: Place) {
        self.job = job
        self.function = function
        self.place = place
    }

    var declaration: DeclSyntax {
        var members = job.statics(at: place)
        for parameter in stored {
            members.append("\(raw: access)var \(raw: spelled(parameter.name)): \(raw: storedType(parameter))")
        }
        members.append(initializer)
        if stored.contains(where: { $0.defaultValue != nil }) { members += coding }
        members.append(run)
        if let check { members.append(check) }
        members.append(job.record(of: typeName, at: place))
        let modifier = job.access.map { $0 == "open" ? "public " : $0 + " " } ?? ""
        return """
            /// The job that calls `\(raw: job.path)`.
            \(raw: availability)\(raw: modifier)nonisolated struct \(raw: typeName): Nightjar.Job {
                \(raw: block(members.map(\.description)))
            }
            """
    }

    private var access: String { job.memberAccess }

    /// `$hello`, in backticks if the function's name needs them for more than being a keyword.
    private var typeName: String {
        "x\(job.name)".isValidSwiftIdentifier(for: .variableName) ? "$\(job.name)" : "`$\(job.name)`"
    }

    private var stored: [JobParameterDeclaration] { job.parameters.filter { !$0.isContext } }

    private var availability: String {
        function.attributes.compactMap { element -> String? in
            guard case .attribute(let attribute) = element, attribute.attributeName.trimmedDescription == "available"
            else { return nil }
            return attribute.trimmedDescription + "\n"
        }.joined()
    }

    private var initializer: DeclSyntax {
        let parameters = stored.map { parameter in
            let name = spelled(parameter.name)
            // A label may be a keyword: `in folder: String`.
            let heading =
                switch parameter.label {
                case nil: "_ \(name)"
                case parameter.name: parameter.name
                case .some(let label): "\(label) \(name)"
                }
            let value = parameter.defaultValue.map { " = \(text($0))" } ?? ""
            return "\(heading): \(storedType(parameter))\(value)"
        }
        guard !stored.isEmpty else { return "\(raw: access)init() { }" }
        let assignments = stored.map { "self.\(spelled($0.name)) = \(spelled($0.name))" }
        return """
            \(raw: access)init(\(raw: parameters.joined(separator: ", "))) {
                \(raw: block(assignments))
            }
            """
    }

    private var coding: [DeclSyntax] {
        let reads = stored.map { parameter in
            let value = parameter.defaultValue.map(text) ?? (parameter.isOptional ? "nil" : nil)
            return "self.\(spelled(parameter.name)) = try __values.value(\(quoted(parameter.name))"
                + (value.map { ", or: \($0)" } ?? "") + ")"
        }
        let writes = stored.map { "try __values.encode(self.\(spelled($0.name)), forKey: \(quoted($0.name)))" }
        return [
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

    private var run: DeclSyntax {
        let values = job.parameters.map { parameter in
            let value = parameter.isContext ? "context" : "self.\(spelled(parameter.name))"
            return (parameter.label.map { "\($0): " } ?? "") + value
        }
        let output = job.output.map { " -> \(storedType($0))" } ?? ""
        return """
            \(raw: access)func run(_ context: Nightjar.JobContext) async throws\(raw: output) {
                \(raw: call("\(callee)(\(values.joined(separator: ", ")))"))
            }
            """
    }

    /// Names what is stored, so that the compiler says which type cannot be: that the job as a whole cannot be stored, or
    /// is no job, does not tell.
    private var check: DeclSyntax? {
        var types: [String] = []
        for type in stored.map(storedType) + [job.output.map(storedType)].compactMap({ $0 })
        where !types.contains(type) && !wellKnown.contains(type) {
            types.append(type)
        }
        guard !types.isEmpty else { return nil }
        let values = types.map { "Nightjar.JobValue<\($0)>" }.joined(separator: ", ")
        return "private typealias __Values = (\(raw: values))"
    }

    /// The call, with what must stand before it.
    ///
    /// A function that does not say `async` has to be waited for all the same if it is bound to an actor, and that may be
    /// said where it cannot be seen: at the type that an extension extends, or in the module's settings. A needless `await`
    /// is a warning, unless there is something beside it that is waited for.
    private func call(_ call: String) -> String {
        let attempt = job.isThrowing ? "try " : ""
        guard !job.isAsync, !job.hasGlobalActor else { return "\(attempt)await \(call)" }
        return "\(attempt)await (\(call), Nightjar.FoundJobs.called()).0"
    }

    /// The function, from inside a type whose members may be called the same.
    private var callee: String {
        let name = spelled(job.name)
        guard job.enclosing.isEmpty else { return "\(job.enclosingType).\(name)" }
        return place.module.isEmpty ? name : "\(place.module)::\(name)"
    }

    private func storedType(_ parameter: JobParameterDeclaration) -> String { parameter.type.map(storedType) ?? "_" }

    private func storedType(_ type: TypeSyntax) -> String {
        // How a value is handed over is not part of it: `sending Order`.
        if let attributed = type.as(AttributedTypeSyntax.self) { return storedType(attributed.baseType) }
        // `T!` is not a type of its own; what is stored is `T?`.
        if let implicit = type.as(ImplicitlyUnwrappedOptionalTypeSyntax.self) {
            return text(implicit.wrappedType) + "?"
        }
        return text(type)
    }

    private func text(_ node: some SyntaxProtocol) -> String { job.text(node) }
}

/// Types that can be stored, as everybody knows.
private let wellKnown: Set<String> = [
    "Bool", "Int", "Double", "String", "Bool?", "Int?", "Double?", "String?", "[String]", "[Int]",
]
