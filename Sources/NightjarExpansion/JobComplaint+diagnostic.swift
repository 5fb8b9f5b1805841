// Complaints in the compiler's form, with a fix-it where a machine could make the change.

import NightjarSyntax
import SwiftDiagnostics
import SwiftSyntax

extension JobComplaint {
    var diagnostic: Diagnostic {
        let fixIts = remedy.map { remedy in
            FixIt(
                message: Words(message: remedy.message),
                changes: [.replaceText(range: remedy.range, with: remedy.text, in: node.root)])
        }
        return Diagnostic(node: node, message: Words(message: message), fixIts: fixIts.map { [$0] } ?? [])
    }
}

private struct Words: DiagnosticMessage, FixItMessage {
    let message: String
    var severity: DiagnosticSeverity { .error }
    var diagnosticID: MessageID { MessageID(domain: "Nightjar", id: "Job") }
    var fixItID: MessageID { diagnosticID }
}
