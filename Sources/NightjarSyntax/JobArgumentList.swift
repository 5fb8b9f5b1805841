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
        if let argument = self["name"] {
            name = argument.expression.plainString
            if name?.isEmpty ?? true {
                complaints.append(
                    JobComplaint(
                        "A job's name must be a plain string literal that is not empty: stored jobs are found by it, and it "
                            + "is read from the source alone.",
                        at: argument.expression))
            }
        }
        if let argument = self["aliases"] {
            aliases = argument.expression.as(ArrayExprSyntax.self)?.plainStrings
            if aliases == nil {
                complaints.append(
                    JobComplaint(
                        "Aliases must be an array literal of plain string literals: stored jobs are found by them, and they "
                            + "are read from the source alone.",
                        at: argument.expression))
            }
        }
        if let argument = self["version"] {
            version = argument.expression.plainInteger
            if (version ?? 0) < 1 {
                complaints.append(
                    JobComplaint(
                        "A job's version must be an integer literal from 1 on: it is stored with every job and read from "
                            + "the source alone.",
                        at: argument.expression))
            }
        }
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
