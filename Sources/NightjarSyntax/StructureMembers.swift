// What a structure stores, as the compiler would see it: properties that are not computed, not static and not lazy.

import SwiftSyntax

extension StructDeclSyntax {
    /// The static members, types and initializers it declares itself that have a meaning for a job.
    var ownMembers: Set<String> {
        var names: Set<String> = []
        for member in memberBlock.members {
            if let variable = member.decl.as(VariableDeclSyntax.self), variable.isStatic {
                names.formUnion(variable.bindings.compactMap { $0.pattern.identifier })
            } else if let enumeration = member.decl.as(EnumDeclSyntax.self) {
                names.insert(enumeration.name.plainName)
            } else if let alias = member.decl.as(TypeAliasDeclSyntax.self) {
                names.insert(alias.name.plainName)
            } else if let initializer = member.decl.as(InitializerDeclSyntax.self) {
                names.insert("init(\(initializer.labels))")
            } else if let function = member.decl.as(FunctionDeclSyntax.self) {
                names.insert("\(function.name.plainName)(\(function.labels))")
            }
        }
        return names
    }

    /// What a stored job consists of.
    var storedProperties: [JobParameterDeclaration] {
        memberBlock.members.compactMap { $0.decl.as(VariableDeclSyntax.self) }.flatMap(\.storedProperties)
    }
}

extension VariableDeclSyntax {
    fileprivate var isStatic: Bool {
        modifiers.contains { [.keyword(.static), .keyword(.class)].contains($0.name.tokenKind) }
    }

    fileprivate var storedProperties: [JobParameterDeclaration] {
        guard !isStatic, !modifiers.contains(where: { $0.name.tokenKind == .keyword(.lazy) }) else { return [] }
        // In `var a, b: Int` the type of `a` stands after `b`.
        var type: TypeSyntax?
        var found: [JobParameterDeclaration] = []
        for binding in bindings.reversed() {
            type = binding.typeAnnotation?.type ?? (binding.initializer == nil ? type : nil)
            guard binding.isStored, let name = binding.pattern.identifier else { continue }
            let value = binding.initializer?.value
            // A constant that has its value is the same in every job, so it is not part of any.
            if bindingSpecifier.tokenKind == .keyword(.let), value != nil { continue }
            found.append(
                JobParameterDeclaration(
                    label: name, name: name, type: (type ?? value?.evidentType)?.trimmed, defaultValue: value?.trimmed,
                    isContext: false, isWrapped: !attributes.isEmpty))
        }
        return found.reversed()
    }
}

extension PatternBindingSyntax {
    fileprivate var isStored: Bool {
        switch accessorBlock?.accessors {
        case nil: return true
        case .getter: return false
        case .accessors(let accessors):
            return accessors.allSatisfy {
                [.keyword(.willSet), .keyword(.didSet)].contains($0.accessorSpecifier.tokenKind)
            }
        }
    }
}

extension PatternSyntax {
    fileprivate var identifier: String? { self.as(IdentifierPatternSyntax.self)?.identifier.plainName }
}

extension ExprSyntax {
    /// The type of a value, where the value alone says it: a literal, or `Kind(…)`.
    fileprivate var evidentType: TypeSyntax? {
        switch self.as(ExprSyntaxEnum.self) {
        case .stringLiteralExpr: return .named("String")
        case .integerLiteralExpr: return .named("Int")
        case .floatLiteralExpr: return .named("Double")
        case .booleanLiteralExpr: return .named("Bool")
        case .functionCallExpr(let call):
            let callee = call.calledExpression.trimmedDescription
            let last = callee.split(separator: ".").last ?? ""
            return last.first?.isUppercase == true ? .named(callee) : nil
        default: return nil
        }
    }
}

extension TypeSyntax {
    fileprivate static func named(_ name: String) -> TypeSyntax {
        TypeSyntax(IdentifierTypeSyntax(name: .identifier(name)))
    }
}

extension InitializerDeclSyntax {
    fileprivate var labels: String { signature.parameterClause.labels }
}

extension FunctionDeclSyntax {
    fileprivate var labels: String { signature.parameterClause.labels }
}

extension FunctionParameterClauseSyntax {
    fileprivate var labels: String { parameters.map { $0.firstName.text + ":" }.joined() }
}
