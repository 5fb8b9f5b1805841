// Why something cannot be a job, where that stands, and what could be done about it.

public import SwiftSyntax

/// What keeps a declaration from being a job.
public struct JobComplaint {
    /// A change of the source that helps.
    public struct Remedy {
        /// What it does, as an order.
        public var message: String
        /// Which part of the source it replaces.
        public var range: Range<AbsolutePosition>
        /// What stands there afterwards.
        public var text: String
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

extension JobComplaint.Remedy {
    /// Writes something before a token.
    static func insert(_ text: String, before token: TokenSyntax) -> Self {
        let start = token.positionAfterSkippingLeadingTrivia
        return Self(message: "write “\(text)”", range: start..<start, text: text + " ")
    }

    /// Writes something else instead.
    static func replace(
        _ node: some SyntaxProtocol, through last: (any SyntaxProtocol)? = nil, with text: String
    ) -> Self {
        let end = last?.endPositionBeforeTrailingTrivia ?? node.endPositionBeforeTrailingTrivia
        return Self(message: "write “\(text)”", range: node.positionAfterSkippingLeadingTrivia..<end, text: text)
    }

    /// Leaves a word out, and the space after it.
    static func leaveOut(_ token: TokenSyntax) -> Self {
        let next = token.nextToken(viewMode: .sourceAccurate)
        return Self(
            message: "leave out “\(token.text)”",
            range: token.positionAfterSkippingLeadingTrivia..<(next ?? token).positionAfterSkippingLeadingTrivia,
            text: "")
    }

    /// Leaves an argument out, with the comma that parts it from its neighbour.
    static func leaveOut(_ argument: LabeledExprSyntax) -> Self {
        let message = "leave out “\(argument.label?.text ?? argument.trimmedDescription)”"
        if argument.trailingComma != nil, let next = argument.nextToken(viewMode: .sourceAccurate) {
            return Self(
                message: message,
                range: argument.positionAfterSkippingLeadingTrivia..<next.positionAfterSkippingLeadingTrivia, text: "")
        }
        let comma = argument.previousToken(viewMode: .sourceAccurate).flatMap { $0.tokenKind == .comma ? $0 : nil }
        let start = comma?.positionAfterSkippingLeadingTrivia ?? argument.positionAfterSkippingLeadingTrivia
        return Self(message: message, range: start..<argument.endPositionBeforeTrailingTrivia, text: "")
    }
}
