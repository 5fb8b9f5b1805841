// The text part for a mail that was written as html only.
//
// A plain reading, not a renderer: blocks become lines, list items get a dash, a link shows its address when the words
// do not, a picture its alternative text; scripts, styles and the title are dropped. Of the head nothing else shows, and
// its end may be left out, so it is not skipped as a whole. What is preformatted keeps its lines and spaces.

enum TextFromHTML {
    private static let blocks: Set<String> = [
        "p", "div", "table", "tr", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "section",
        "article", "header", "footer", "address", "dl", "dt", "dd", "hr", "center", "form",
    ]
    private static let spaced: Set<String> = [
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre",
    ]
    private static let hidden: Set<String> = ["script", "style", "title", "template"]

    /// The words of an html text, one blank line between paragraphs.
    static func text(_ html: String) -> String {
        var page = Page()
        var rest = html[...]
        while let open = rest.firstIndex(of: "<") {
            page.write(rest[..<open])
            rest = rest[open...]
            if rest.hasPrefix("<!--") {
                rest = rest.firstRange(of: "-->").map { rest[$0.upperBound...] } ?? ""
                continue
            }
            guard let tag = Tag(&rest) else {
                page.write("<")
                rest = rest.dropFirst()
                continue
            }
            if hidden.contains(tag.name) {
                if !tag.isClosing { rest = skip(tag.name, in: rest) }
            } else {
                apply(tag, to: &page)
            }
        }
        page.write(rest)
        return page.finished
    }

    private static func apply(_ tag: Tag, to page: inout Page) {
        switch tag.name {
        case "br": page.breakLine()
        case "li":
            page.breakLine(ifNeeded: true)
            if !tag.isClosing { page.put("- ") }
        case "td", "th": if tag.isClosing { page.putSpace() }
        case "img": page.write((tag.attributes["alt"] ?? "")[...])
        case "a": tag.isClosing ? page.closeLink() : page.openLink(tag.attributes["href"])
        case let name where blocks.contains(name):
            if name == "pre", tag.isClosing { page.isPreformatted = false }
            page.breakLine(ifNeeded: true)
            if spaced.contains(name) { page.blankLine() }
            if name == "pre", !tag.isClosing { page.isPreformatted = true }
        default: break
        }
    }

    private static func skip(_ name: String, in text: Substring) -> Substring {
        var rest = text
        while let open = rest.firstRange(of: "</") {
            rest = rest[open.lowerBound...]
            if let tag = Tag(&rest), tag.name == name { return rest }
            if rest.startIndex == open.lowerBound { rest = rest[open.upperBound...] }
        }
        return ""
    }
}

/// One tag, taken off the front of a text.
private struct Tag {
    var name = ""
    var isClosing = false
    var attributes: [String: String] = [:]

    init?(_ text: inout Substring) {
        var rest = text.dropFirst()
        if rest.first == "/" {
            isClosing = true
            rest = rest.dropFirst()
        }
        if rest.first == "!" || rest.first == "?" {
            guard let end = rest.firstIndex(where: { $0 == ">" || $0 == "<" }), rest[end] == ">" else { return nil }
            text = text[text.index(after: end)...]
            return
        }
        guard let first = rest.first, first.isASCII, first.isLetter else { return nil }
        name = rest.prefix { $0.isLetter || $0.isNumber }.lowercased()
        rest = rest.drop { $0.isLetter || $0.isNumber }
        while let next = rest.first, next != ">" {
            if next.isWhitespace || next == "/" {
                rest = rest.dropFirst()
                continue
            }
            // A tag that was never closed: given up here, so that a thousand of them cost no more than a thousand.
            guard next != "<" else { return nil }
            let key = rest.prefix { !$0.isWhitespace && !"=></".contains($0) }
            rest = rest.dropFirst(key.count)
            var value = ""[...]
            rest = rest.drop { $0.isWhitespace }
            if rest.first == "=" {
                rest = rest.dropFirst().drop { $0.isWhitespace }
                if let quote = rest.first, quote == "\"" || quote == "'" {
                    value = rest.dropFirst().prefix { $0 != quote }
                    rest = rest.dropFirst(value.count + 2)
                } else {
                    value = rest.prefix { !$0.isWhitespace && $0 != ">" && $0 != "<" }
                    rest = rest.dropFirst(value.count)
                }
            } else if key.isEmpty {
                rest = rest.dropFirst()
            }
            attributes[key.lowercased()] = String(value)
        }
        guard rest.first == ">" else { return nil }
        text = rest.dropFirst()
    }
}

/// The text so far: words with single spaces, lines without trailing ones.
private struct Page {
    private var lines: [String] = [""]
    private var link: (address: String, line: Int, start: Int)?
    /// Whether line breaks and spaces count.
    var isPreformatted = false

    mutating func write(_ html: Substring) {
        for character in HTMLEntities.decoded(html) {
            if isPreformatted {
                character.isNewline ? breakLine() : put(String(character))
            } else if character.isWhitespace, character != "\u{A0}" {
                if let last = lines.last?.last, last != " " { lines[lines.count - 1].append(" ") }
            } else {
                lines[lines.count - 1].append(character == "\u{A0}" ? " " : character)
            }
        }
    }

    mutating func put(_ text: String) { lines[lines.count - 1] += text }

    mutating func putSpace() {
        if let last = lines.last?.last, last != " " { put(" ") }
    }

    mutating func breakLine(ifNeeded: Bool = false) {
        if ifNeeded, lines.last?.isEmpty ?? true { return }
        lines.append("")
    }

    mutating func blankLine() {
        if lines.count >= 2, lines[lines.count - 2].isEmpty { return }
        if lines.count > 1 || !(lines.last?.isEmpty ?? true) { lines.append("") }
    }

    mutating func openLink(_ address: String?) {
        guard let address, !address.isEmpty, !address.hasPrefix("#") else { return }
        link = (HTMLEntities.decoded(address[...]), lines.count - 1, lines.last?.count ?? 0)
    }

    mutating func closeLink() {
        guard let link else { return }
        self.link = nil
        let words = ([String(lines[link.line].dropFirst(link.start))] + lines[(link.line + 1)...]).joined(
            separator: " ")
        let bare = link.address.hasPrefix("mailto:") ? String(link.address.dropFirst(7)) : link.address
        let shown = words.trimmingSpaces()
        if shown != bare, shown != link.address { put(shown.isEmpty ? bare : " (\(bare))") }
    }

    var finished: String {
        var trimmed = lines.map { line in String(line.reversed().drop { $0 == " " }.reversed()) }
        while trimmed.last?.isEmpty ?? false { trimmed.removeLast() }
        return trimmed.drop { $0.isEmpty }.joined(separator: "\n")
    }
}
