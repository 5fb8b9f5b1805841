// The arguments of `@Job(…)`. Most are expressions that only the compiler can judge and that are copied as they are. The
// name, the aliases and the version are part of what stored jobs are found by, so they must be readable without a compiler.

import SwiftParser
public import SwiftSyntax

/// What stands between the parentheses of `@Job(…)`.
public struct JobArgumentList {
    /// The arguments as they are written.
    public var written: [LabeledExprSyntax] = []
    /// `name:`, if it is given.
    public var name: String?
    /// `aliases:`, if they are given.
    public var aliases: [String]?
    /// `version:`, if it is given.
    public var version: Int?

    /// The arguments that say how the job is run, in the order of `JobOptions`.
    public var options: [LabeledExprSyntax] {
        Self.optionLabels.compactMap { label in self[label] }
    }

    /// An argument by its label.
    public subscript(label: String) -> LabeledExprSyntax? {
        written.first { $0.label?.text == label }
    }

    static let optionLabels = [
        "queue", "priority", "retries", "retry", "timeout", "onTimeout", "delay", "expires", "unique", "tags",
        "metadata", "storesResult",
    ]
}

extension JobArgumentList {
    /// Reads an attribute's arguments.
    init(_ attribute: AttributeSyntax, complaints: inout [JobComplaint]) {
        guard case .argumentList(let list) = attribute.arguments else { return }
        // `nil` says what leaving the argument out says.
        written = list.filter { !$0.expression.is(NilLiteralExprSyntax.self) }
        if let argument = self["name"] { read(name: argument.expression, &complaints) }
        if let argument = self["aliases"] { read(aliases: argument.expression, &complaints) }
        if let argument = self["version"] { read(version: argument.expression, &complaints) }
        if let retries = self["retries"] {
            if self["retry"] != nil {
                complaints.append(
                    JobComplaint(
                        "“retries” and “retry” both say how often the job is tried again; keep one of them "
                            + "(`retry: .fixed(.seconds(5), maxAttempts: 4)` says both how often and when).",
                        at: retries, remedy: .leaveOut(retries)))
            }
            if let number = retries.expression.plainInteger, number < 0 {
                complaints.append(
                    JobComplaint(
                        "A job cannot be tried again \(number) times; write 0 for a single attempt.",
                        at: retries.expression))
            }
        }
    }
}

extension JobArgumentList {
    /// Takes what a structure says itself, in `static let name`, `aliases` and `version`, as if the attribute said it.
    mutating func add(_ members: [OwnValue], _ complaints: inout [JobComplaint]) {
        for member in members {
            let value = member.value ?? ExprSyntax(MissingExprSyntax())
            var missing: [JobComplaint] = []
            switch member.name {
            case "name": read(name: value, &missing)
            case "aliases": read(aliases: value, &missing)
            case "version": read(version: value, &missing)
            default: break
            }
            // A value that cannot be seen is complained of where the member is.
            complaints += missing.map { JobComplaint($0.message, at: member.value.map { Syntax($0) } ?? member.place) }
        }
    }

    private mutating func read(name expression: ExprSyntax, _ complaints: inout [JobComplaint]) {
        name = expression.plainString
        guard name?.isEmpty ?? true else { return }
        complaints.append(
            JobComplaint(
                "A job's name must be a plain string literal that is not empty: stored jobs are found by it, and it is read "
                    + "from the source alone.",
                at: expression))
    }

    private mutating func read(aliases expression: ExprSyntax, _ complaints: inout [JobComplaint]) {
        aliases = expression.as(ArrayExprSyntax.self)?.plainStrings
        guard aliases == nil else { return }
        complaints.append(
            JobComplaint(
                "Aliases must be an array literal of plain string literals: stored jobs are found by them, and they are "
                    + "read from the source alone.",
                at: expression))
    }

    private mutating func read(version expression: ExprSyntax, _ complaints: inout [JobComplaint]) {
        version = expression.plainInteger
        guard (version ?? 0) < 1 else { return }
        complaints.append(
            JobComplaint(
                "A job's version must be an integer literal from 1 on: it is stored with every job and read from the source "
                    + "alone.",
                at: expression))
    }
}

extension ExprSyntax {
    /// The text of a string literal without interpolation.
    var plainString: String? { self.as(StringLiteralExprSyntax.self)?.representedLiteralValue }

    /// The value of an integer literal, with its sign.
    var plainInteger: Int? {
        if let literal = self.as(IntegerLiteralExprSyntax.self) { return literal.representedLiteralValue }
        guard let prefix = self.as(PrefixOperatorExprSyntax.self), prefix.operator.text == "-" else { return nil }
        return prefix.expression.plainInteger.map { -$0 }
    }
}

extension ArrayExprSyntax {
    fileprivate var plainStrings: [String]? {
        let strings = elements.map(\.expression.plainString)
        return strings.contains(nil) ? nil : strings.compactMap { $0 }
    }
}
