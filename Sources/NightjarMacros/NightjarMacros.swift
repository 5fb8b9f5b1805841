// The compiler plugin: a program that the compiler starts and asks to expand `@Job`.

import NightjarSyntax
import SwiftCompilerPlugin
import SwiftSyntaxMacros

@main
struct NightjarMacros: CompilerPlugin {
    let providingMacros: [any Macro.Type] = []
}
