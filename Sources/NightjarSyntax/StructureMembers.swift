// What a structure stores, as the compiler would see it: properties that are not computed, not static and not lazy. What
// stands between `#if` and `#endif` is there or not as the program is built, which the source does not say.

import SwiftSyntax

extension StructDeclSyntax {
    /// The static members, types and initializers it declares itself that have a meaning for a job.
    var ownMembers: Set<String> {
        Set(memberBlock.members.flatMap(\.decl.ownNames))
            // A coding that is written in some builds only is left to the structure in all.
            .union(memberBlock.members.conditional.flatMap(\.ownNames).filter(codingMembers.contains))
    }

    /// Whether it says itself how it is stored.
    var hasOwnCoding: Bool { !ownMembers.isDisjoint(with: codingMembers) }

    /// What it says in a `static` member of its own, where an argument of the attribute would say it otherwise.
    var ownValues: [OwnValue] {
        memberBlock.members.compactMap { $0.decl.as(VariableDeclSyntax.self) }.filter(\.isStatic).flatMap { variable in
            variable.bindings.compactMap { binding in
                binding.pattern.identifier.map {
                    OwnValue(name: $0, value: binding.onlyValue, place: Syntax(binding.pattern))
                }
            }
        }
    }

    /// What a stored job consists of.
    var storedProperties: [JobParameterDeclaration] {
        let properties = memberBlock.members.compactMap { $0.decl.as(VariableDeclSyntax.self) }.flatMap(
            \.storedProperties)
        guard let keys = codingKeys else { return properties }
        return properties.compactMap { property in
            guard let key = keys[property.name] else { return nil }
            var property = property
            property.name = key
            return property
        }
    }

    /// Stored properties that cannot be read from the source, each with the reason.
    var unclearProperties: [JobComplaint] {
        var complaints = memberBlock.members.compactMap { $0.decl.as(VariableDeclSyntax.self) }.flatMap { variable in
            variable.unclearPatterns.map { pattern in
                JobComplaint(
                    "“\(pattern.onOneLine)” declares several properties at once; declare each on its own, so that it can be "
                        + "stored under its name.",
                    at: pattern)
            }
        }
        for variable in memberBlock.members.conditional.compactMap({ $0.as(VariableDeclSyntax.self) }) {
            guard let first = variable.storedProperties.first?.name ?? variable.unclearPatterns.first?.onOneLine else {
                continue
            }
            complaints.append(
                JobComplaint(
                    "“\(first)” is there or not as the program is built, and jobs that one program stores are read by "
                        + "another. Move it out of the #if, or say in an `init(from:)` and `encode(to:)` how it is stored.",
                    at: variable))
        }
        return complaints
    }

    /// The names under which properties are stored, if the structure gives them.
    private var codingKeys: [String: String]? {
        let keys = memberBlock.members.compactMap { $0.decl.as(EnumDeclSyntax.self) }
            .first { $0.name.plainName == "CodingKeys" }
        return keys.map { keys in
            let cases = keys.memberBlock.members.compactMap { $0.decl.as(EnumCaseDeclSyntax.self) }.flatMap(\.elements)
            return Dictionary(
                cases.map { ($0.name.plainName, $0.rawValue?.value.plainString ?? $0.name.plainName) },
                uniquingKeysWith: { first, _ in first })
        }
    }
}

/// What a structure says itself.
struct OwnValue {
    var name: String
    /// The expression, if it is the only thing that is written.
    var value: ExprSyntax?
    var place: Syntax
}

extension MemberBlockItemListSyntax {
    /// The declarations between `#if` and `#endif`.
    fileprivate var conditional: [DeclSyntax] {
        compactMap { $0.decl.as(IfConfigDeclSyntax.self) }.flatMap(\.clauses).flatMap { clause in
            guard case .decls(let members) = clause.elements else { return [DeclSyntax]() }
            return members.map(\.decl).filter { !$0.is(IfConfigDeclSyntax.self) } + members.conditional
        }
    }
}

/// With these a structure says how it is stored.
let codingMembers: Set<String> = ["CodingKeys", "init(from:)", "encode(to:)"]

extension DeclSyntax {
    fileprivate var ownNames: [String] {
        if let variable = self.as(VariableDeclSyntax.self) {
            return variable.isStatic ? variable.bindings.compactMap { $0.pattern.identifier } : []
        }
        if let enumeration = self.as(EnumDeclSyntax.self) { return [enumeration.name.plainName] }
        if let alias = self.as(TypeAliasDeclSyntax.self) { return [alias.name.plainName] }
        if let initializer = self.as(InitializerDeclSyntax.self) { return ["init(\(initializer.labels))"] }
        if let function = self.as(FunctionDeclSyntax.self) { return ["\(function.name.plainName)(\(function.labels))"] }
        return []
    }
}

extension VariableDeclSyntax {
    /// `(a, b)` in `var (a, b) = (1, 2)`. Of constants that have their value there is nothing to store.
    fileprivate var unclearPatterns: [PatternSyntax] {
        guard !isStatic, bindingSpecifier.tokenKind != .keyword(.let) else { return [] }
        return bindings.map(\.pattern).filter { $0.is(TuplePatternSyntax.self) }
    }

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
    /// The value in `= value`, `{ value }` or `{ return value }`.
    fileprivate var onlyValue: ExprSyntax? {
        if let initializer { return initializer.value }
        guard case .getter(let body) = accessorBlock?.accessors, body.count == 1, let item = body.first?.item else {
            return nil
        }
        switch item {
        case .expr(let value): return value
        case .stmt(let statement): return statement.as(ReturnStmtSyntax.self)?.expression
        case .decl: return nil
        }
    }

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
        case .prefixOperatorExpr(let prefix): return prefix.operator.text == "-" ? prefix.expression.evidentType : nil
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
