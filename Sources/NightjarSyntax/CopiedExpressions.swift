// Expressions that are copied: what stands between the parentheses of `@Job(…)`, and a parameter's default, are written once
// more inside the job's type. A plain `name` would be the job's own there, and silently so if the types agree: the queue
// `name` would be called as the job is. So names that the job's type has itself are not taken.

import SwiftSyntax

extension ExprSyntax {
    /// What is wrong with copying this into a job's type.
    /// - Parameters:
    ///   - members: What is called something in the job's type.
    ///   - enclosing: The types around the job.
    func complaint(ifItMentions members: Set<String>, in enclosing: [String]) -> JobComplaint? {
        let finder = MentionFinder(members)
        finder.walk(self)
        guard let found = finder.found.first(where: { !finder.bound.contains($0.baseName.plainName) }) else {
            return nil
        }
        let name = found.baseName.plainName
        let advice =
            enclosing.isEmpty
            ? "Say whose it is, with the module's name before it."
            : "Say whose it is: “\(enclosing.joined(separator: ".")).\(name)”, or the module's name before it."
        return JobComplaint(
            "What is written here is copied into the job's type, where “\(name)” is the job's own. \(advice)", at: found
        )
    }
}

/// What the type of every job has, so that its name means that.
let membersOfEveryJob: Set<String> = [
    "name", "options", "outputCoding", "aliases", "version", "parameters", "upgrade", "run", "jobRecord",
]

private final class MentionFinder: SyntaxVisitor {
    private let members: Set<String>
    private(set) var found: [DeclReferenceExprSyntax] = []
    /// What the expression itself calls so: a closure's parameter.
    private(set) var bound: Set<String> = []

    init(_ members: Set<String>) {
        self.members = members
        super.init(viewMode: .sourceAccurate)
    }

    override func visit(_ node: DeclReferenceExprSyntax) -> SyntaxVisitorContinueKind {
        // `other.name`, `.name`, `Module::name` and `\.name` say whose it is.
        let isMember = node.parent?.as(MemberAccessExprSyntax.self)?.declName.id == node.id
        let isInKeyPath = node.parent?.is(KeyPathPropertyComponentSyntax.self) ?? false
        guard members.contains(node.baseName.plainName), !isMember, !isInKeyPath, node.moduleSelector == nil else {
            return .visitChildren
        }
        found.append(node)
        return .visitChildren
    }

    override func visit(_ node: ClosureShorthandParameterSyntax) -> SyntaxVisitorContinueKind {
        bound.insert(node.name.plainName)
        return .visitChildren
    }

    override func visit(_ node: ClosureParameterSyntax) -> SyntaxVisitorContinueKind {
        bound.insert((node.secondName ?? node.firstName).plainName)
        return .visitChildren
    }

    override func visit(_ node: IdentifierPatternSyntax) -> SyntaxVisitorContinueKind {
        bound.insert(node.identifier.plainName)
        return .visitChildren
    }
}
