// Why something cannot be a job, where that stands, and what could be done about it.

public import SwiftSyntax

/// What keeps a declaration from being a job.
public struct JobComplaint {
    /// A change of the source that helps.
    public enum Remedy {
        /// Write another modifier before the declaration.
        case add(modifier: Keyword)
        /// Leave this modifier or specifier out.
        case remove(TokenSyntax)
        /// Leave this argument of `@Job` out.
        case drop(LabeledExprSyntax)
        /// Write this type instead of that.
        case replace(TypeSyntax, with: String)
    }

    /// What is wrong and what to do, in a sentence.
    public var message: String
    /// What it is about.
    public var node: Syntax
    /// What would help, if a machine could do it.
    public var remedy: Remedy?

    init(_ message: String, at node: some SyntaxProtocol, remedy: Remedy? = nil) {
        self.message = message
        self.node = Syntax(node)
        self.remedy = remedy
    }
}
