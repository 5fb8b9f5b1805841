// Base64 in lines of 76 characters (RFC 2045 §6.8).

import Foundation

enum Base64Lines {
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.isEmpty { return [] }
        let options: Data.Base64EncodingOptions = [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ]
        var lines = [UInt8](Data(bytes).base64EncodedData(options: options))
        if !lines.suffix(2).elementsEqual([13, 10]) { lines += [13, 10] }
        return lines
    }

    /// How many bytes `encode` makes of so many.
    static func length(_ count: Int) -> Int {
        let characters = (count + 2) / 3 * 4
        return characters + (characters + 75) / 76 * 2
    }

    static func string(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }
}
