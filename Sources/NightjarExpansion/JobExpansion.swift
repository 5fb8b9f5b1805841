// Beside a function `@Job` writes a type that is the job; `@JobType` writes into a structure what makes it one.
//
//     @Job func hello(name: String)       ──►  struct $hello: Job { name; run calls hello(name:); record }
//     @JobType struct Digest { … run }    ──►  extension Digest: Job { }   and in it: name, options, record
//
// The record is what the registry finds the job by, without anybody registering it (see FoundJobs). Its place is a section
// of the program that the linker collects from all modules.
//
// There are two attributes because the compiler lets no attribute that adds members stand before a function.
//
// This is a library and not part of the compiler plugin, because tests that link a plugin make SwiftPM build everything
// they need a second time, for the compiler's side.

import NightjarSyntax
package import SwiftSyntax
import SwiftSyntaxBuilder
package import SwiftSyntaxMacros

/// Expands `@Job`.
package enum JobExpansion: PeerMacro {
    package static func expansion(
        of attribute: AttributeSyntax, providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) -> [DeclSyntax] {
        let job = context.read(declaration, attribute)
        guard let job, let function = declaration.as(FunctionDeclSyntax.self) else { return [] }
        return [FunctionJob(job, function, Place(of: attribute, in: context)).declaration]
    }
}

/// Expands `@JobType`.
package enum JobTypeExpansion: MemberMacro, ExtensionMacro {
    package static func expansion(
        of attribute: AttributeSyntax, providingMembersOf declaration: some DeclGroupSyntax,
        conformingTo protocols: [TypeSyntax], in context: some MacroExpansionContext
    ) -> [DeclSyntax] {
        // What is wrong is said here and not once more with the extension.
        context.read(declaration, attribute).map { StructureJob($0).members(at: Place(of: attribute, in: context)) }
            ?? []
    }

    package static func expansion(
        of attribute: AttributeSyntax, attachedTo declaration: some DeclGroupSyntax,
        providingExtensionsOf type: some TypeSyntaxProtocol, conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard let job = JobDeclaration.read(declaration, attribute: attribute, in: context.lexicalContext).job else {
            return []
        }
        return try StructureJob(job).extensions(of: type, conforms: protocols.isEmpty)
    }
}

extension MacroExpansionContext {
    /// Reads a declaration, and tells the compiler what is wrong with it.
    fileprivate func read(_ declaration: some SyntaxProtocol, _ attribute: AttributeSyntax) -> JobDeclaration? {
        let (job, complaints) = JobDeclaration.read(declaration, attribute: attribute, in: lexicalContext)
        for complaint in complaints { diagnose(complaint.diagnostic) }
        return job
    }
}

/// Where an attribute stands.
struct Place {
    /// `"MyApp/Chores.swift"`, as source text.
    var file: String
    var line: String
    /// `MyApp`.
    var module: String

    init(of attribute: AttributeSyntax, in context: some MacroExpansionContext) {
        let location = context.location(of: attribute, at: .afterLeadingTrivia, filePathMode: .fileID)
        file = location?.file.trimmedDescription ?? "#fileID"
        line = location?.line.trimmedDescription ?? "#line"
        module = String(file.dropFirst().prefix { $0 != "/" })
    }
}
