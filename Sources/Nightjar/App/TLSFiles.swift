// The two files that TLS needs. What is wrong with them is said with the name of the variable that named them.

import HummingbirdTLS

/// A certificate chain and its key, as files in PEM form.
struct TLSFiles {
    let certificate: String
    let privateKey: String

    /// Reads the files.
    ///
    /// - Throws: ``ConfigurationError`` naming the variable and the file.
    func load() throws -> TLSConfiguration {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificate)
        } catch {
            throw ConfigurationError(
                "TLS_CERTIFICATE=\(certificate) is not a readable file of certificates in PEM form."
            )
        }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: privateKey, format: .pem)
        } catch {
            throw ConfigurationError(
                "TLS_PRIVATE_KEY=\(privateKey) is not a readable file with a private key in PEM form."
            )
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }
}
