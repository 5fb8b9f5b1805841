// Whose word counts for where a request came from.
//
//     client ──► proxy (10.0.0.7) ──► us          X-Forwarded-For: <client>, …
//
// Anybody can send `X-Forwarded-For`, so it is believed only hop by hop, from the right, as long as the hop that
// added it is a proxy we were told to trust. The first address that is not a trusted proxy is the client; what
// stands further left is hearsay. Pure.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The proxies whose `X-Forwarded-For` is believed; none unless `TRUSTED_PROXIES` names some.
public struct TrustedProxies: Hashable, Sendable, CustomStringConvertible {
    /// The networks as they were written.
    public let description: String
    private let networks: [Network]

    /// Nobody is trusted: the client is whoever holds the other end of the connection.
    public static let none = TrustedProxies(description: "", networks: [])

    /// Reads addresses and networks with commas between them, such as `10.0.0.0/8,::1`; nil if one is neither.
    public init?(_ text: String) {
        var networks: [Network] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let network = Network(part.trimmed) else { return nil }
            networks.append(network)
        }
        self.init(description: text, networks: networks)
    }

    private init(description: String, networks: [Network]) {
        self.description = description
        self.networks = networks
    }

    /// Where a request came from.
    ///
    /// - Parameters:
    ///   - peer: The address at the other end of the connection.
    ///   - forwarded: The `X-Forwarded-For` header, if there is one.
    /// - Returns: The nearest address that is not a trusted proxy.
    package func client(peer: String?, forwarded: String?) -> String? {
        guard !networks.isEmpty, let peer, let forwarded, trusts(peer) else { return peer }
        var client = peer
        for hop in forwarded.split(separator: ",").reversed() {
            let address = hop.trimmed
            guard IPAddress(address) != nil else { return client }
            client = address
            guard trusts(address) else { return client }
        }
        return client
    }

    private func trusts(_ text: String) -> Bool {
        guard let address = IPAddress(text) else { return false }
        return networks.contains { $0.contains(address) }
    }
}

/// An address in network byte order: 4 bytes, or 16.
private struct IPAddress: Hashable {
    let bytes: [UInt8]

    init?(_ text: String) {
        var four = in_addr()
        var sixteen = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
            let all = withUnsafeBytes(of: sixteen) { Array($0) }
            // ::ffff:10.0.0.7 is how a socket for both families shows 10.0.0.7.
            let mapped = all.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
            bytes = mapped ? Array(all.suffix(4)) : all
        } else {
            return nil
        }
    }
}

private struct Network: Hashable {
    let address: IPAddress
    let prefix: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)), parts.count <= 2 else { return nil }
        let width = address.bytes.count * 8
        guard let prefix = parts.count == 2 ? Int(parts[1]) : width, (0...width).contains(prefix) else { return nil }
        self.address = address
        self.prefix = prefix
    }

    func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        for (index, (left, right)) in zip(address.bytes, other.bytes).enumerated() {
            let bits = min(8, max(0, prefix - index * 8))
            let mask = UInt8(truncatingIfNeeded: 0xff00 >> bits)
            guard left & mask == right & mask else { return false }
        }
        return true
    }
}

extension Substring {
    /// Without spaces and tabs at either end.
    var trimmed: String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}
