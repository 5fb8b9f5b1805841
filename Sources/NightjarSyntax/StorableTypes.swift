// Types of which the source alone says that they cannot be stored. A name says nothing: whether `Order` is `Codable` only
// the compiler knows, and it names the type in its error.

import SwiftSyntax

extension TypeSyntax {
    /// Why a value of this type cannot be stored, as the end of a sentence, or `nil` if the source does not tell.
    var reasonNotToStore: String? {
        switch self.as(TypeSyntaxEnum.self) {
        case .attributedType(let type): return type.baseType.reasonNotToStore
        case .optionalType(let type): return type.wrappedType.reasonNotToStore
        case .implicitlyUnwrappedOptionalType(let type): return type.wrappedType.reasonNotToStore
        case .arrayType(let type): return type.element.reasonNotToStore
        case .dictionaryType(let type): return type.key.reasonNotToStore ?? type.value.reasonNotToStore
        case .functionType: return "a closure cannot be stored"
        case .tupleType(let type):
            if isVoid { return nil }
            if type.elements.count == 1, let only = type.elements.first { return only.type.reasonNotToStore }
            return "a tuple is not Codable (a small structure is)"
        case .someOrAnyType(let type):
            return type.someOrAnySpecifier.tokenKind == .keyword(.some)
                ? "“some” hides which type to read back" : "“any” does not say which type to read back"
        case .metatypeType: return "a type cannot be stored"
        case .classRestrictionType: return "it does not say which type to read back"
        case .identifierType(let type):
            if let arguments = type.genericArgumentClause?.arguments {
                for case .type(let argument) in arguments.map(\.argument) {
                    if let reason = argument.reasonNotToStore { return reason }
                }
            }
            return Self.notStorable[type.name.text]
        default: return nil
        }
    }

    /// Whether it is `Void` or `()`.
    var isVoid: Bool {
        if let tuple = self.as(TupleTypeSyntax.self) { return tuple.elements.isEmpty }
        return ["Void", "Swift.Void"].contains(trimmedDescription)
    }

    /// Whether it is the context that a job is handed at each attempt.
    var isJobContext: Bool {
        ["JobContext", "Nightjar.JobContext", "NightjarJobs.JobContext"].contains(trimmedDescription)
    }

    private static let notStorable = [
        "JobContext": "it is handed in at each attempt and not stored (write “JobContext”, it is always there)",
        "Any": "“Any” does not say which type to read back",
        "AnyObject": "“AnyObject” does not say which type to read back",
        "AnyHashable": "“AnyHashable” does not say which type to read back",
        "Error": "“Error” does not say which type to read back",
    ]
}
