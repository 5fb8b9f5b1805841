// What `@Job` and `@JobType` say, read from source code.
//
//     source ──► SwiftSyntax ──► JobReading ──► JobDeclaration ──► the macro writes the job's type      (in the compiler)
//                                          └──► complaints     ──► the manifest lists the job           (on files alone)
//
// The macro runs in the compiler, the discovery on files that nobody has built, and both must give a job the same name and
// the same parameters. So this room reads code and nothing else: no I/O, no types, only what is written.

import SwiftBasicFormat
public import SwiftSyntax

/// A function with `@Job` or a structure with `@JobType`, as it is written.
public struct JobDeclaration {
    /// What can be a job.
    public enum Kind: String, Codable, Sendable {
        /// A global function, or a static method.
        case function
        /// A structure with a `run` of its own.
        case structure = "struct"
    }

    /// What it is.
    public var kind: Kind
    /// The types around it, outermost first, without backticks.
    public var enclosing: [String]
    /// Its own name, without backticks.
    public var name: String
    /// `private`, `package`, `public` …, or `nil` if nothing is written.
    public var access: String?
    /// What an extension around it gives it where nothing is written: `public extension Chores`.
    public var inheritedAccess: String?
    /// What the job is given: a function's parameters, a structure's stored properties.
    public var parameters: [JobParameterDeclaration]
    /// Whether a function is `async`.
    public var isAsync: Bool
    /// Whether a function is `throws`.
    public var isThrowing: Bool
    /// What a function returns, or `nil` for nothing.
    public var output: TypeSyntax?
    /// What stands between the attribute's parentheses.
    public var arguments: JobArgumentList
    /// Whether the function, or a type around it, is bound to a global actor as far as can be seen.
    public var hasGlobalActor: Bool
    /// What a structure writes itself, so that it is not written for it.
    public var ownMembers: Set<String>

    /// Whether how a structure is stored is written for it. The compiler's way refuses a stored job that lacks a property,
    /// whether it has a default or not, so another is written where there is a default, unless the structure has its own.
    public var isCodingWritten: Bool {
        parameters.contains { $0.defaultValue != nil } && !parameters.contains(where: \.isWrapped)
            && ownMembers.isDisjoint(with: codingMembers)
    }

    /// Whether a stored job may lack a value.
    public func mayLack(_ parameter: JobParameterDeclaration) -> Bool {
        // A structure with an `init(from:)` is taken at its word.
        if kind == .function || isCodingWritten || ownMembers.contains("init(from:)") { return parameter.isOptional }
        return parameter.type?.isOptional ?? false && !parameter.isWrapped
    }

    /// `Chores.resize`: what the job is called in its module.
    public var path: String { (enclosing + [name]).joined(separator: ".") }
}

/// One thing a job is given.
public struct JobParameterDeclaration {
    /// What a caller writes before the colon, or `nil` for `_`.
    public var label: String?
    /// What it is called inside, and in the stored job; without backticks. Of a structure's property with a coding key, the key.
    public var name: String
    /// Its type, or `nil` where a structure leaves it to the compiler and it cannot be told from the value.
    public var type: TypeSyntax?
    /// What it is when nothing is given.
    public var defaultValue: ExprSyntax?
    /// Whether it is the `JobContext`, which is handed in at each attempt and not stored.
    public var isContext: Bool
    /// Whether a property wrapper stands before it, which stores it in a way of its own.
    public var isWrapped = false

    /// Whether it has a default or may be `nil`.
    public var isOptional: Bool { defaultValue != nil || (type?.isOptional ?? false) }

    /// The type as it is written, on one line.
    public var typeText: String { type?.onOneLine ?? "_" }
}

extension TypeSyntax {
    /// Whether it is `T?`, `T!` or `Optional<T>`.
    var isOptional: Bool {
        if self.is(OptionalTypeSyntax.self) || self.is(ImplicitlyUnwrappedOptionalTypeSyntax.self) { return true }
        return self.as(IdentifierTypeSyntax.self)?.name.text == "Optional"
    }
}

extension SyntaxProtocol {
    /// What is written, without comments, on one line, and with the same spaces however it is written.
    public var onOneLine: String {
        let tokens = Bare().rewrite(Syntax(self)).formatted().tokens(viewMode: .sourceAccurate)
        var text = ""
        var isApart = false
        for token in tokens {
            if !text.isEmpty, isApart || !token.leadingTrivia.isEmpty { text += " " }
            text += token.text
            isApart = !token.trailingTrivia.isEmpty
        }
        return text
    }
}

/// Takes away spaces, comments, and the module of what is in the standard library.
private final class Bare: SyntaxRewriter {
    override func visit(_ token: TokenSyntax) -> TokenSyntax {
        token.with(\.leadingTrivia, []).with(\.trailingTrivia, [])
    }

    override func visit(_ node: MemberTypeSyntax) -> TypeSyntax {
        guard node.baseType.trimmedDescription == "Swift" else { return super.visit(node) }
        let name = IdentifierTypeSyntax(name: node.name, genericArgumentClause: node.genericArgumentClause)
        return super.visit(name)
    }
}

extension TokenSyntax {
    /// The name without the backticks that keep it apart from a keyword.
    var plainName: String {
        guard text.count > 2, text.hasPrefix("`"), text.hasSuffix("`") else { return text }
        return String(text.dropFirst().dropLast())
    }
}
