// The compiler plugin: a program that the compiler starts and asks to expand `@Job` and `@JobType`. What it answers is NightjarExpansion's.

import NightjarExpansion
import SwiftCompilerPlugin
import SwiftSyntax
import SwiftSyntaxMacros

@main
struct NightjarMacros: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [JobMacro.self, JobTypeMacro.self]
}

/// `@Job` under the name by which the compiler asks for it.
enum JobMacro: PeerMacro {
    static func expansion(
        of attribute: AttributeSyntax, providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) -> [DeclSyntax] {
        JobExpansion.expansion(of: attribute, providingPeersOf: declaration, in: context)
    }
}

/// `@JobType` under the name by which the compiler asks for it.
enum JobTypeMacro: MemberMacro, ExtensionMacro {
    static func expansion(
        of attribute: AttributeSyntax, providingMembersOf declaration: some DeclGroupSyntax,
        conformingTo protocols: [TypeSyntax], in context: some MacroExpansionContext
    ) -> [DeclSyntax] {
        JobTypeExpansion.expansion(
            of: attribute, providingMembersOf: declaration, conformingTo: protocols, in: context)
    }

    static func expansion(
        of attribute: AttributeSyntax, attachedTo declaration: some DeclGroupSyntax,
        providingExtensionsOf type: some TypeSyntaxProtocol, conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        try JobTypeExpansion.expansion(
            of: attribute, attachedTo: declaration, providingExtensionsOf: type, conformingTo: protocols, in: context)
    }
}
