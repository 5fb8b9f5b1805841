// libcurl's result codes, sorted by what has to happen next.

import CNightjarCurl

extension SMTPEnding {
    /// The ending a result code stands for.
    ///
    /// - Parameters:
    ///   - code: The result of `curl_easy_perform`.
    ///   - text: Its sentence, already masked.
    init(_ code: CURLcode, _ text: String) {
        switch code {
        case CURLE_OK:
            self = .completed
        case CURLE_ABORTED_BY_CALLBACK:
            self = .cancelled
        case CURLE_SSL_CONNECT_ERROR where Self.isHangUp(text):
            self = .lost(text)
        case CURLE_USE_SSL_FAILED:
            self = .insecure("the server does not offer STARTTLS (\(text))")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_INITFAILED:
            self = .insecure(text)
        case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR:
            self = .unauthorised(text)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_NOT_BUILT_IN, CURLE_BAD_FUNCTION_ARGUMENT,
            CURLE_UNKNOWN_OPTION, CURLE_SETOPT_OPTION_SYNTAX:
            self = .misconfigured(text)
        default:
            self = .lost(text)
        }
    }

    /// A connection that ended during the handshake is no sign of a wrong certificate.
    private static func isHangUp(_ text: String) -> Bool {
        let signs = ["SSL_ERROR_SYSCALL", "reset by peer", "unexpected eof", "SSL_ERROR_ZERO_RETURN", "timed out"]
        return signs.contains { text.lowercased().contains($0.lowercased()) }
    }
}
