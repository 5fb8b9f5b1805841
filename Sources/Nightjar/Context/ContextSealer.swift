// Sealing of carried values: AES-GCM with a 256-bit key that HKDF-SHA256 derives from APP_SECRET. The key's id is bound
// to the ciphertext, so that a sealed value cannot be moved under another name.

import Crypto

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Encrypts values that must not lie readable in a queue's storage.
package struct ContextSealer: Sendable {
    private let key: SymmetricKey

    package init(secret: String) {
        self.key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Array(secret.utf8)),
            info: Array("nightjar request context v1".utf8),
            outputByteCount: 32
        )
    }

    /// The value, encrypted, in base64.
    func seal(_ text: String, id: String) throws -> String {
        let box = try AES.GCM.seal(Array(text.utf8), using: key, authenticating: Array(id.utf8))
        guard let combined = box.combined else { throw RequestError.sealBroken(key: id) }
        return combined.base64EncodedString()
    }

    /// The value that was sealed under this id.
    ///
    /// - Throws: ``RequestError/sealBroken(key:)`` if it was sealed with another secret, or changed.
    func open(_ text: String, id: String) throws -> String {
        guard let data = Data(base64Encoded: text), let box = try? AES.GCM.SealedBox(combined: data),
            let bytes = try? AES.GCM.open(box, using: key, authenticating: Array(id.utf8))
        else { throw RequestError.sealBroken(key: id) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
