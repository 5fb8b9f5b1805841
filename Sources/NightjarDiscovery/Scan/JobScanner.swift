// Finds `@Job` and `@JobType` in a file that nobody has built. Only files that have the word in them are parsed: most have not.

import NightjarSyntax
import SwiftDiagnostics
import SwiftParser
import SwiftParserDiagnostics
import SwiftSyntax

/// What was found in a file.
package struct ScannedFile: Sendable {
    /// The jobs.
    package var jobs: [ManifestJob] = []
    /// What is wrong, with its place.
    package var notes: [Note] = []
    /// Whether the file is Swift; if it is not, what was found says nothing about what is in it.
    package var isReadable = true
}

/// Something to tell about a place in a file.
package struct Note: Sendable, Equatable {
    package var file: String
    package var line: Int
    package var text: String
}

package enum JobScanner {
    /// Reads a file.
    /// - Parameters:
    ///   - source: What is in it.
    ///   - file: Its path, for the manifest and for notes.
    ///   - module: The module it belongs to.
    package static func scan(_ source: String, file: String, module: String) -> ScannedFile {
        guard mentionsJob(source) else { return ScannedFile() }
        let tree = Parser.parse(source: source)
        let places = SourceLocationConverter(fileName: file, tree: tree)
        var result = ScannedFile()
        if tree.hasError {
            let first = ParseDiagnosticsGenerator.diagnostics(for: tree).first { $0.diagMessage.severity == .error }
            let line = first.map { places.location(for: $0.position).line } ?? 1
            result.isReadable = false
            result.notes = [
                Note(
                    file: file, line: line,
                    text: "This is not Swift (\(first?.message ?? "it cannot be parsed")), so its jobs are not known.")
            ]
            return result
        }
        let visitor = JobVisitor(viewMode: .sourceAccurate)
        visitor.walk(tree)
        for (declaration, attribute) in visitor.found {
            let (job, complaints) = JobDeclaration.read(
                declaration, attribute: attribute, in: surroundings(of: declaration))
            let line = places.location(for: attribute.positionAfterSkippingLeadingTrivia).line
            result.notes += complaints.map { Note(file: file, line: line, text: $0.message) }
            if let job {
                result.jobs.append(
                    ManifestJob(
                        job, file: file, line: line, isConditional: isConditional(declaration), module: module))
            }
        }
        return result
    }

    private static func mentionsJob(_ source: String) -> Bool {
        var source = source
        return source.withUTF8 { bytes in
            var rest = bytes[...]
            while let at = rest.firstIndex(of: UInt8(ascii: "@")) {
                rest = rest[(at + 1)...]
                if rest.starts(with: "Job".utf8) || rest.starts(with: "Nightjar".utf8) { return true }
            }
            return false
        }
    }

    private static func isConditional(_ declaration: DeclSyntax) -> Bool {
        var node = declaration.parent
        while let here = node {
            if here.is(IfConfigClauseSyntax.self) { return true }
            node = here.parent
        }
        return false
    }

    /// What is around a declaration, innermost first, as the compiler tells a macro.
    private static func surroundings(of declaration: DeclSyntax) -> [Syntax] {
        var around: [Syntax] = []
        var node = declaration.parent
        while let here = node {
            if here.asProtocol((any DeclGroupSyntax).self) != nil || here.is(FunctionDeclSyntax.self)
                || here.is(InitializerDeclSyntax.self) || here.is(AccessorDeclSyntax.self)
                || here.is(ClosureExprSyntax.self) || here.is(SubscriptDeclSyntax.self)
                || here.is(DeinitializerDeclSyntax.self)
            {
                around.append(here)
            }
            node = here.parent
        }
        return around
    }
}

private final class JobVisitor: SyntaxAnyVisitor {
    private(set) var found: [(DeclSyntax, AttributeSyntax)] = []

    override func visitAny(_ node: Syntax) -> SyntaxVisitorContinueKind {
        guard let attributed = node.asProtocol((any WithAttributesSyntax).self),
            let declaration = node.as(DeclSyntax.self)
        else { return .visitChildren }
        for case .attribute(let attribute) in attributed.attributes
        where attribute.isJobAttribute {
            found.append((declaration, attribute))
        }
        return .visitChildren
    }
}
