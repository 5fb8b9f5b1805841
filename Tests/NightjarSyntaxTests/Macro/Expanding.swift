// Expands `@Job` and `@JobType` as the compiler does, and compares.

import NightjarExpansion
import SwiftDiagnostics
import SwiftParser
import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacroExpansion
import SwiftSyntaxMacros
import SwiftSyntaxMacrosGenericTestSupport
import Testing

private let macros = [
    "Job": MacroSpec(type: JobExpansion.self),
    "JobType": MacroSpec(type: JobTypeExpansion.self, conformances: ["Job"]),
]

/// Expects what the macro writes.
func expectExpansion(_ source: String, _ expanded: String, at place: Testing.SourceLocation = #_sourceLocation) {
    assertMacroExpansion(
        source, expandedSource: expanded, macroSpecs: macros, testModuleName: "MyApp", testFileName: "Jobs.swift"
    ) { failure in
        Issue.record("\(failure.message)", sourceLocation: place)
    }
}

/// The record by which a job is found, as it stands in an expansion.
func record(of type: String, line: Int, indentation: Int) -> String {
    """
    #if objectFormat(MachO)
    @section("__DATA,__nightjar_jobs")
    #else
    @section("nightjar_jobs")
    #endif
    @used static let jobRecord: (Int, @convention(c) (UnsafeMutableRawPointer) -> Void) =
        (1, {
            Nightjar.FoundJobs.note(\(type).self, file: "MyApp/Jobs.swift", line: \(line), in: $0)
        })
    """.split(separator: "\n").map { String(repeating: " ", count: indentation) + $0 }.joined(separator: "\n")
}

/// Expects that the macro says what is wrong, writes nothing, and offers a change that helps.
///
/// - Parameters:
///   - source: The source.
///   - message: A part of what is said.
///   - column: Where it stands; the line is the first unless another is given.
///   - fixed: The source after the change, if one is offered.
func expectComplaint(
    _ source: String, _ message: String, line: Int = 1, column: Int, fixed: String? = nil,
    at place: Testing.SourceLocation = #_sourceLocation
) {
    let tree = Parser.parse(source: source)
    let context = BasicMacroExpansionContext(
        sourceFiles: [tree: .init(moduleName: "MyApp", fullFilePath: "Jobs.swift")])
    let expanded = tree.expand(macroSpecs: macros) { node in
        BasicMacroExpansionContext(sharingWith: context, lexicalContext: node.allMacroLexicalContexts())
    }
    guard let diagnostic = context.diagnostics.first, context.diagnostics.count == 1 else {
        Issue.record("\(context.diagnostics.map(\.message))", sourceLocation: place)
        return
    }
    #expect(diagnostic.message.contains(message), "\(diagnostic.message)", sourceLocation: place)
    #expect(!expanded.description.contains("struct $"), sourceLocation: place)
    assertMacroExpansion(
        source, expandedSource: expanded.description,
        diagnostics: [
            DiagnosticSpec(
                message: diagnostic.message, line: line, column: column,
                fixIts: diagnostic.fixIts.map { FixItSpec(message: $0.message.message) })
        ],
        macroSpecs: macros, fixedSource: fixed, testModuleName: "MyApp", testFileName: "Jobs.swift"
    ) { failure in
        Issue.record("\(failure.message)", sourceLocation: place)
    }
    #expect((fixed == nil) == diagnostic.fixIts.isEmpty, "\(diagnostic.fixIts)", sourceLocation: place)
}

/// Expects that the macro has nothing against it.
func expectNoComplaint(_ source: String, at place: Testing.SourceLocation = #_sourceLocation) {
    let tree = Parser.parse(source: source)
    let context = BasicMacroExpansionContext(
        sourceFiles: [tree: .init(moduleName: "MyApp", fullFilePath: "Jobs.swift")])
    let expanded = tree.expand(macroSpecs: macros) { node in
        BasicMacroExpansionContext(sharingWith: context, lexicalContext: node.allMacroLexicalContexts())
    }
    #expect(context.diagnostics.isEmpty, "\(context.diagnostics.map(\.message))", sourceLocation: place)
    #expect(expanded.description.contains("struct $"), sourceLocation: place)
}
