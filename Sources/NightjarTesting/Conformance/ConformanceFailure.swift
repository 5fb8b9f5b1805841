/// What a backend did that the contract does not allow.
public struct ConformanceFailure: Error, Sendable, CustomStringConvertible {
    /// What was expected and what was found, in a sentence.
    public let sentence: String
    /// Where in the suite it was found.
    public let location: String

    init(_ sentence: String, _ location: String) {
        self.sentence = sentence
        self.location = location
    }

    /// The sentence and the place.
    public var description: String { "\(sentence) (\(location))" }
}

/// Throws a ``ConformanceFailure`` unless a condition holds.
func require(
    _ condition: Bool, _ sentence: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) throws {
    guard condition else { throw ConformanceFailure(sentence(), "\(file):\(line)") }
}

/// Throws a ``ConformanceFailure`` that shows both values unless they are equal.
func require<Value: Equatable>(
    _ found: Value, equals expected: Value, _ what: @autoclosure () -> String, file: StaticString = #fileID,
    line: UInt = #line
) throws {
    guard found != expected else { return }
    throw ConformanceFailure("\(what()) is \(found), but should be \(expected).", "\(file):\(line)")
}

/// Unwraps a value, or throws a ``ConformanceFailure``.
func unwrap<Value>(
    _ value: Value?, _ sentence: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) throws -> Value {
    guard let value else { throw ConformanceFailure(sentence(), "\(file):\(line)") }
    return value
}
