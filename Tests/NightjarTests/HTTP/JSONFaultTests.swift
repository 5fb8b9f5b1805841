import Foundation
import Testing

@testable import Nightjar

/// Where a text stops being JSON.
@Suite struct JSONFaultTests {
    @Test(
        "what is no JSON is found, with its place and what is wrong there",
        arguments: [
            ("", 1, 1, "ends"), ("{\"a\": tru}", 1, 7, "value"), ("{\n  \"a\": 1\n  \"b\": 2}", 3, 3, "comma or “}”"),
            ("[1, 2", 1, 6, "comma or “]”"), ("{\"a\": 1} x", 1, 10, "follows"), ("{'a': 1}", 1, 2, "double quotes"),
            ("{\"a\" 1}", 1, 6, "colon"), ("\"\\x\"", 1, 2, "escape"), ("\"\\u12g4\"", 1, 2, "escape"),
            ("\"a\nb\"", 1, 3, "control"), ("\"abc", 1, 5, "not closed"), ("\"abc\\", 1, 6, "not closed"),
            ("01", 1, 2, "zero"), ("-", 1, 2, "digit"), ("1.", 1, 3, "digit"), ("1e+", 1, 4, "digit"),
            ("{\"é😀\": x}", 1, 8, "value"), ("{\"a\": 1,}", 1, 9, "name"), ("nul", 1, 1, "value"),
        ] as [(String, Int, Int, String)])
    func faults(text: String, line: Int, column: Int, problem: String) throws {
        let fault = try #require(JSONFault(in: text.utf8))
        #expect(fault.line == line && fault.column == column, "\(fault)")
        #expect(fault.problem.contains(problem), "\(fault)")
    }

    @Test(
        "what is JSON has no fault",
        arguments: [
            "{}", " [ ] ", "null", "-0.5e-7", "1E400",
            "{\"a\": [true, false, {\"b\": \"\\u00e9\\n\\\"\"}], \"c\": \"é\"}\n",
        ])
    func valid(text: String) { #expect(JSONFault(in: text.utf8) == nil) }

    @Test("a text that is nested without end is given up, not followed")
    func deep() {
        let fault = JSONFault(in: String(repeating: "[", count: 1_000_000).utf8)
        #expect(fault?.problem.contains("deeply") ?? false)
    }

    @Test("of random texts it finds fault with all that Foundation does")
    func random() {
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"", "1", "-", ".", "e", "true", "nul", " ", "\n", "\\", "é", "x",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...8)).compactMap { _ in pieces.randomElement() }.joined()
            let isTaken = (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil
            if !isTaken { #expect(JSONFault(in: text.utf8) != nil, "\(text)") }
        }
    }
}
