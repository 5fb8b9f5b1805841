// What a function's job and a structure's have in common.

import NightjarSyntax
import SwiftParser
import SwiftSyntax
import SwiftSyntaxBuilder

extension JobDeclaration {
    /// What stands before members of a type that is used outside the module.
    var memberAccess: String {
        switch access ?? inheritedAccess {
        case "public", "open": "public "
        case "package": "package "
        default: ""
        }
    }

    /// The name under which the job is stored: the module's and the path in it, unless another is given.
    func storedName(in place: Place) -> String { arguments.name ?? "\(place.module).\(path)" }

    /// The static members that follow from what is written between the parentheses of `@Job(…)`.
    func statics(at place: Place) -> [DeclSyntax] {
        let access = memberAccess
        var members: [DeclSyntax] = []
        if !ownMembers.contains("name") {
            members.append("\(raw: access)static let name = \(literal: storedName(in: place))")
        }
        if !ownMembers.contains("options"), !arguments.options.isEmpty {
            members.append("\(raw: access)static let options = Nightjar.JobOptions(\(raw: optionsText))")
        }
        if !ownMembers.contains("aliases"), let aliases = arguments.aliases {
            members.append("\(raw: access)static let aliases: [String] = \(literal: aliases)")
        }
        if !ownMembers.contains("version"), let version = arguments.version {
            members.append("\(raw: access)static let version = \(literal: version)")
        }
        let stored = parameters.filter { !$0.isContext }
        if !ownMembers.contains("parameters"), !stored.isEmpty {
            let list = stored.map { parameter in
                let optional = mayLack(parameter) ? ", isOptional: true" : ""
                return
                    "Nightjar.JobParameter(name: \(quoted(parameter.name)), type: \(quoted(parameter.typeText))\(optional))"
            }
            members.append(
                """
                \(raw: access)static let parameters: [Nightjar.JobParameter] = [
                    \(raw: block(list, separator: ","))
                ]
                """)
        }
        return members
    }

    /// The record by which the job is found.
    func record(of type: String, at place: Place) -> DeclSyntax {
        """
        #if objectFormat(MachO)
        @section("__DATA,__nightjar_jobs")
        #else
        @section("nightjar_jobs")
        #endif
        @used static let jobRecord: (Int, @convention(c) (UnsafeMutableRawPointer) -> Void) =
            (1, { Nightjar.FoundJobs.note(\(raw: type).self, file: \(raw: place.file), line: \(raw: place.line), in: $0) })
        """
    }

    /// The type around the job.
    var enclosingType: String { enclosing.map(spelled).joined(separator: ".") }

    /// Source text in which `Self` still means the type around the job.
    func text(_ node: some SyntaxProtocol) -> String {
        guard !enclosing.isEmpty else { return node.trimmedDescription }
        return SelfNaming(enclosingType).rewrite(node.trimmed).description
    }

    private var optionsText: String {
        arguments.options.map { argument in
            let value = text(argument.expression)
            guard argument.label?.text == "retries" else { return "\(argument.label?.text ?? ""): \(value)" }
            return "retry: Nightjar.RetryPolicy.retries(\(value))"
        }.joined(separator: ", ")
    }
}

/// Writes a type's name instead of `Self`.
private final class SelfNaming: SyntaxRewriter {
    private let name: String

    init(_ name: String) { self.name = name }

    override func visit(_ token: TokenSyntax) -> TokenSyntax {
        guard token.tokenKind == .keyword(.Self) else { return token }
        return token.with(\.tokenKind, .identifier(name))
    }
}

/// Lines as they stand inside braces: four spaces further in, the first where it is put.
func block(_ lines: [String], separator: String = "") -> String {
    lines.joined(separator: separator + "\n").replacing("\n", with: "\n    ")
}

/// A text as Swift source.
func quoted(_ text: String) -> String { StringLiteralExprSyntax(content: text).description }

/// A name as Swift source: in backticks if it would be a keyword otherwise.
func spelled(_ name: String) -> String {
    name.isValidSwiftIdentifier(for: .variableName) ? name : "`\(name)`"
}
