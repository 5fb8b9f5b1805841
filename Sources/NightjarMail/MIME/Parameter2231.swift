// RFC 2231: a parameter of any script and length, such as a file name.
//
//     filename="report.pdf"                      short, plain ASCII
//     filename*=utf-8''caf%C3%A9.pdf             anything else that fits on a line
//     filename*0*=utf-8''…; filename*1*=…        anything longer
//
// A piece never ends inside a scalar: some readers decode each piece alone.

enum Parameter2231 {
    /// The room for a piece, so that it stands on a line of its own with a space before and a semicolon after it.
    private static let room = 74

    static func pieces(_ name: String, _ value: String) -> [String] {
        let isPlain = value.utf8.allSatisfy { (32...126).contains($0) && !"\"\\%".utf8.contains($0) }
        if isPlain, !value.contains("=?"), value.first != " ", value.last != " ",
            value.utf8.count + name.utf8.count <= 70
        {
            return ["\(name)=\"\(value)\""]
        }
        let scalars = value.unicodeScalars.map { scalar in
            String(scalar).utf8.map { isAttribute($0) ? String(UnicodeScalar($0)) : Hex.escape("%", $0) }.joined()
        }
        let whole = "\(name)*=utf-8''" + scalars.joined()
        if whole.utf8.count <= room { return [whole] }
        var pieces: [String] = []
        var piece = "\(name)*0*=utf-8''"
        for scalar in scalars {
            if piece.utf8.count + scalar.utf8.count > room {
                pieces.append(piece)
                piece = "\(name)*\(pieces.count)*="
            }
            piece += scalar
        }
        return pieces + [piece]
    }

    /// RFC 2231's attribute-char, without the characters that mean something in older syntaxes.
    private static func isAttribute(_ byte: UInt8) -> Bool {
        AddressSyntax.isLetterOrDigit(byte) || "-._+~".utf8.contains(byte)
    }
}
