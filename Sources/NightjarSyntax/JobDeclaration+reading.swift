// From a declaration to what it says, and to what keeps it from being a job. Everything that can be told from the source
// is told here, in words; what only the compiler knows (whether a type is `Codable`) it says itself.

public import SwiftSyntax

extension JobDeclaration {
    /// Reads a declaration that `@Job` or `@JobType` stands before.
    /// - Parameters:
    ///   - declaration: What the attribute stands before.
    ///   - attribute: The attribute.
    ///   - context: What is around the declaration, innermost first.
    /// - Returns: The job, or `nil` if it cannot be one, with everything there is to say about it.
    public static func read(
        _ declaration: some SyntaxProtocol, attribute: AttributeSyntax, in context: [Syntax]
    ) -> (job: JobDeclaration?, complaints: [JobComplaint]) {
        var complaints: [JobComplaint] = []
        let arguments = JobArgumentList(attribute, complaints: &complaints)
        let surroundings = Surroundings(context, complaints: &complaints)
        let job: JobDeclaration
        if let function = declaration.as(FunctionDeclSyntax.self), !attribute.isForTypes {
            job = read(function, arguments, surroundings, &complaints)
        } else if let structure = declaration.as(StructDeclSyntax.self), attribute.isForTypes {
            job = read(structure, arguments, surroundings, &complaints)
        } else {
            complaints.append(attribute.complaint(before: declaration))
            return (nil, complaints)
        }
        return (complaints.isEmpty ? job : nil, complaints)
    }

    private static func read(
        _ function: FunctionDeclSyntax, _ arguments: JobArgumentList, _ around: Surroundings,
        _ complaints: inout [JobComplaint]
    ) -> JobDeclaration {
        let name = function.name.plainName
        if case .identifier = function.name.tokenKind {
        } else {
            complaints.append(JobComplaint("An operator cannot be a job; give the work a name.", at: function.name))
        }
        if let generics = function.genericParameterClause {
            complaints.append(
                JobComplaint(
                    "“\(name)” is generic: a stored job does not say what its types were. Write a function for each type "
                        + "you need.",
                    at: generics))
        }
        if let mutating = function.modifiers.first(where: { $0.name.tokenKind == .keyword(.mutating) }) {
            complaints.append(
                JobComplaint(
                    "“\(name)” changes the value it is called on, and a job runs later, when that value is gone. Make it "
                        + "static and return what comes out.",
                    at: mutating, remedy: .replace(mutating.name, with: "static")))
        } else if around.isInType, !function.modifiers.contains(where: \.makesStatic) {
            complaints.append(
                JobComplaint(
                    "“\(name)” is a method of an instance, and a job runs later, perhaps in another process, where the "
                        + "instance does not exist. Make it static, or write a structure with a `run` and @JobType.",
                    at: function.name, remedy: .insert("static", before: function.funcKeyword)))
        }
        let signature = function.signature
        let parameters = signature.parameterClause.parameters.enumerated().map { index, parameter in
            read(parameter, at: index, complaints: &complaints)
        }
        if parameters.count(where: \.isContext) > 1 {
            complaints.append(JobComplaint("One JobContext is enough.", at: signature.parameterClause))
        }
        let members = membersOfEveryJob.union(parameters.map(\.name))
        complaints += (arguments.options.map(\.expression) + parameters.compactMap(\.defaultValue)).compactMap {
            $0.complaint(ifItMentions: members, in: around.names)
        }
        let output = signature.returnClause?.type
        if let output, let reason = output.reasonNotToStore {
            complaints.append(
                JobComplaint(
                    "“\(name)” returns \(output.onOneLine), and \(reason): what a job returns is stored, so it must be "
                        + "Codable.",
                    at: output))
        }
        return JobDeclaration(
            kind: .function, enclosing: around.names, name: name, access: function.modifiers.access,
            inheritedAccess: around.access, parameters: parameters,
            isAsync: signature.effectSpecifiers?.asyncSpecifier != nil,
            isThrowing: signature.effectSpecifiers?.throwsClause != nil,
            output: output.flatMap { $0.isVoid ? nil : $0 }, arguments: arguments,
            hasGlobalActor: around.hasGlobalActor || function.attributes.hasGlobalActor, ownMembers: [])
    }

    private static func read(
        _ parameter: FunctionParameterSyntax, at index: Int, complaints: inout [JobComplaint]
    ) -> JobParameterDeclaration {
        let first = parameter.firstName.plainName
        let inner = parameter.secondName?.plainName ?? first
        // `self` is a name for a parameter, but not for a property.
        let name = ["_", "self"].contains(inner) ? "argument\(index + 1)" : inner
        var type = parameter.type
        if let attributed = type.as(AttributedTypeSyntax.self) {
            for case .simpleTypeSpecifier(let specifier) in attributed.specifiers {
                switch specifier.specifier.tokenKind {
                case .keyword(.inout):
                    complaints.append(
                        JobComplaint(
                            "“\(name)” is inout, and a job runs later, when the caller's variable is gone. Pass the value, "
                                + "and return what comes out.",
                            at: specifier, remedy: .leaveOut(specifier.specifier)))
                case .keyword(.isolated):
                    complaints.append(
                        JobComplaint(
                            "“\(name)” is an isolated actor, which cannot be stored. Call the actor from inside the job.",
                            at: specifier))
                default: break
                }
            }
            type = attributed.baseType
        }
        if let ellipsis = parameter.ellipsis {
            complaints.append(
                JobComplaint(
                    "“\(name)” takes any number of values; a job is stored with one. Take an array.",
                    at: ellipsis,
                    remedy: .replace(
                        parameter.type, through: ellipsis, with: "[\(parameter.type.trimmedDescription)]")))
        } else if !type.isJobContext,
            let reason = type.isVoid ? "there is nothing in it to store" : type.reasonNotToStore
        {
            complaints.append(
                JobComplaint(
                    "“\(name)” is \(type.onOneLine), and \(reason): what a job is given is stored, so it must be Codable.",
                    at: parameter.type))
        }
        return JobParameterDeclaration(
            label: first == "_" ? nil : first, name: name, type: type.trimmed,
            defaultValue: parameter.defaultValue?.value, isContext: type.isJobContext)
    }

    private static func read(
        _ structure: StructDeclSyntax, _ arguments: JobArgumentList, _ around: Surroundings,
        _ complaints: inout [JobComplaint]
    ) -> JobDeclaration {
        let name = structure.name.plainName
        if let generics = structure.genericParameterClause {
            complaints.append(
                JobComplaint(
                    "“\(name)” is generic: a stored job does not say what its types were. Write a structure for each type "
                        + "you need.",
                    at: generics))
        }
        if around.isInType, let own = structure.modifiers.first(where: { $0.name.tokenKind == .keyword(.private) }) {
            complaints.append(
                JobComplaint(
                    "“\(name)” is private to “\(around.names.joined(separator: "."))”, and what makes it a job is written "
                        + "outside of that. Make it fileprivate.",
                    at: own, remedy: .replace(own.name, with: "fileprivate")))
        }
        let own = structure.ownMembers
        for (member, labels) in [
            ("options", JobArgumentList.optionLabels), ("name", ["name"]), ("aliases", ["aliases"]),
            ("version", ["version"]),
        ] where own.contains(member) {
            for argument in labels.compactMap({ arguments[$0] }) {
                complaints.append(
                    JobComplaint(
                        "“\(name)” has a `static` “\(member)” of its own, so “\(argument.label?.text ?? member)” here would "
                            + "change nothing. Keep one of them.",
                        at: argument, remedy: .leaveOut(argument)))
            }
        }
        var arguments = arguments
        arguments.add(structure.ownValues, &complaints)
        if !structure.hasOwnCoding { complaints += structure.unclearProperties }
        let members = membersOfEveryJob.union(structure.ownValues.map(\.name) + structure.storedProperties.map(\.name))
        complaints += arguments.options.compactMap {
            $0.expression.complaint(ifItMentions: members, in: around.names)
        }
        return JobDeclaration(
            kind: .structure, enclosing: around.names, name: name, access: structure.modifiers.access,
            inheritedAccess: around.access, parameters: structure.storedProperties, isAsync: true, isThrowing: true,
            output: nil, arguments: arguments,
            hasGlobalActor: false, ownMembers: own)
    }
}

extension AttributeSyntax {
    /// Whether it is one of the two, and not another's attribute.
    public var isJobAttribute: Bool {
        let name = attributeName.trimmedDescription
        return ["Job", "JobType"].contains { [$0, "Nightjar." + $0, "Nightjar::" + $0].contains(name) }
    }

    fileprivate var isForTypes: Bool { attributeName.trimmedDescription.hasSuffix("JobType") }

    fileprivate func complaint(before declaration: some SyntaxProtocol) -> JobComplaint {
        let own = attributeName.lastToken(viewMode: .sourceAccurate) ?? atSign
        if declaration.is(StructDeclSyntax.self) {
            return JobComplaint(
                "@Job is written before a function; before a structure it is @JobType.", at: self,
                remedy: .replace(own, with: "JobType"))
        }
        if declaration.is(FunctionDeclSyntax.self) {
            return JobComplaint(
                "@JobType is written before a structure; before a function it is @Job.", at: self,
                remedy: .replace(own, with: "Job"))
        }
        return JobComplaint(
            "@Job is written before a function and @JobType before a structure; \(declaration.kindInWords) cannot be a "
                + "job.",
            at: self)
    }
}

/// The types around a declaration.
private struct Surroundings {
    var names: [String] = []
    var isInType = false
    var hasGlobalActor = false
    /// The access that the innermost extension gives its members.
    var access: String?

    init(_ context: [Syntax], complaints: inout [JobComplaint]) {
        for node in context.reversed() {
            if let group = node.asProtocol((any DeclGroupSyntax).self) {
                isInType = true
                names += group.namesInPath
                hasGlobalActor = hasGlobalActor || group.attributes.hasGlobalActor
                access = node.is(ExtensionDeclSyntax.self) ? group.modifiers.access : nil
                if let generics = group.generics {
                    complaints.append(
                        JobComplaint(
                            "A job cannot be part of a generic type: a stored job does not say what its types were. Move "
                                + "it out of “\(names.joined(separator: "."))”.",
                            at: generics))
                }
                if node.is(ProtocolDeclSyntax.self) {
                    complaints.append(JobComplaint("A requirement of a protocol cannot be a job.", at: node))
                }
                continue
            }
            complaints.append(
                JobComplaint(
                    "A job must be found without running the code around it, so it cannot be declared inside a function or "
                        + "a closure. Move it out.",
                    at: node))
            break
        }
    }
}

extension DeclGroupSyntax {
    /// What says that it is generic; of an extension that can only be seen if it says for which types it is.
    fileprivate var generics: Syntax? {
        if let group = self.as(ExtensionDeclSyntax.self) {
            let arguments = group.extendedType.as(IdentifierTypeSyntax.self)?.genericArgumentClause
            return group.genericWhereClause.map { Syntax($0) } ?? arguments.map { Syntax($0) }
        }
        return self.asProtocol((any WithGenericParametersSyntax).self)?.genericParameterClause.map { Syntax($0) }
    }

    /// What the group adds to the path of what is in it: several names for `extension Outer.Inner`.
    fileprivate var namesInPath: [String] {
        if let group = self.as(ExtensionDeclSyntax.self) {
            return group.extendedType.tokens(viewMode: .sourceAccurate).compactMap { token in
                if case .identifier = token.tokenKind { return token.plainName }
                return nil
            }
        }
        return (self.asProtocol((any NamedDeclSyntax).self)?.name.plainName).map { [$0] } ?? []
    }
}

extension DeclModifierListSyntax {
    fileprivate var access: String? {
        let levels: [Keyword] = [.private, .fileprivate, .internal, .package, .public, .open]
        return first { modifier in
            guard modifier.detail == nil, case .keyword(let keyword) = modifier.name.tokenKind else { return false }
            return levels.contains(keyword)
        }?.name.text
    }
}

extension DeclModifierSyntax {
    fileprivate var makesStatic: Bool { [.keyword(.static), .keyword(.class)].contains(name.tokenKind) }
}

extension AttributeListSyntax {
    /// Whether one of them reads like a global actor: `@MainActor`, `@DatabaseActor`.
    fileprivate var hasGlobalActor: Bool {
        contains { element in
            guard case .attribute(let attribute) = element else { return false }
            return attribute.attributeName.trimmedDescription.hasSuffix("Actor")
        }
    }
}

extension SyntaxProtocol {
    fileprivate var kindInWords: String {
        switch kind {
        case .classDecl: "a class"
        case .enumDecl: "an enumeration"
        case .actorDecl: "an actor"
        case .protocolDecl: "a protocol"
        case .extensionDecl: "an extension"
        case .variableDecl: "a variable"
        case .initializerDecl: "an initializer"
        case .subscriptDecl: "a subscript"
        case .typeAliasDecl: "a type alias"
        default: "this"
        }
    }
}
