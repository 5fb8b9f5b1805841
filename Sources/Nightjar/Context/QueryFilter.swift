// Which query values must not lie in a queue or a log. Pure: names in, names out. It errs on the side of hiding; a value
// that a job needs is passed to the job as such.

/// Hides the values of query names that look like secrets.
enum QueryFilter {
    static let replacement = "[FILTERED]"

    /// Words that make a name secret wherever they stand in it: `resetToken`, `api_key`, `X-Amz-Signature`.
    private static let parts = [
        "password", "passwd", "passphrase", "passcode", "secret", "token", "signature", "credential", "session",
        "apikey",
        "privatekey", "accesskey", "authorization", "cookie", "jwt",
    ]

    /// Words that make a name secret when it is one of its words: `key`, `auth_code`, but not `keyboard` or `country_code`.
    private static let words: Set<String> = [
        "key", "pw", "pwd", "pass", "auth", "sig", "otp", "pin", "ssn", "cvv", "hmac",
    ]

    /// Names that are secret only when they stand alone: `code` and `state` of a sign-in, `ticket`, `nonce`.
    private static let names: Set<String> = ["code", "ticket", "nonce", "state", "hash", "sid"]

    /// Whether a value under this name is hidden.
    static func isSecret(_ name: String) -> Bool {
        let words = words(of: name)
        let joined = words.joined()
        return names.contains(joined)
            || parts.contains { joined.contains($0) }
            || words.contains { Self.words.contains($0) }
            || words.last == "code"
                && words.contains { ["auth", "access", "verification", "reset", "invite"].contains($0) }
    }

    /// The query with the values of secret names replaced; names, order and everything else stay as they were sent.
    static func filter(_ query: String) -> String {
        guard !query.isEmpty else { return query }
        var filtered: [Substring] = []
        for pair in query.split(separator: "&", omittingEmptySubsequences: false) {
            guard let equals = pair.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                filtered.append(pair)
                continue
            }
            let name = pair[..<equals]
            let isSecret = isSecret(PercentCoding.decode(name, plusIsSpace: true))
            filtered.append(isSecret ? "\(name)=\(replacement)" : pair)
        }
        return filtered.joined(separator: "&")
    }

    /// The words of a name in lower case: `userPassword`, `user_password` and `user[password]` are user and password.
    private static func words(of name: String) -> [String] {
        var words: [String] = []
        var word = ""
        var previousIsLower = false
        for scalar in name.unicodeScalars {
            let properties = scalar.properties
            guard properties.isAlphabetic || properties.numericType != nil else {
                if !word.isEmpty { words.append(word) }
                word = ""
                previousIsLower = false
                continue
            }
            if properties.isUppercase, previousIsLower {
                words.append(word)
                word = ""
            }
            word += properties.lowercaseMapping
            previousIsLower = properties.isLowercase
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
