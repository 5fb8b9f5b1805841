// What is wrong with the configuration, all of it at once: somebody who has to fix three variables should not have
// to start the program three times. Values of secret variables are never repeated.

/// Says what is wrong with the configuration, one sentence for each problem.
public struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    /// One sentence for each problem: the variable, its value, what is allowed.
    public let problems: [String]

    /// An error with the given sentences.
    public init(_ problems: [String]) {
        self.problems = problems
    }

    /// An error with one sentence.
    public init(_ problem: String) {
        self.init([problem])
    }

    /// The sentences, one on each line.
    public var description: String { problems.joined(separator: "\n") }
}
