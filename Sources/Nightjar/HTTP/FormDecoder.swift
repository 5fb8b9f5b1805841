// Forms and queries, decoded into `Decodable` types the way HTML sends them.
//
//     name=Ada&tags=a&tags=b          repeated names are arrays (also tags[]=a)
//     address[zip]=1010               brackets are nested values
//     subscribed=on                   a ticked box is true, an absent one is false
//     age=                            an empty field is nil for everything optional but text
//
// Errors name the field, because the person who filled in the form has to find it.

/// Decodes `application/x-www-form-urlencoded` text.
enum FormDecoder {
    /// How deep brackets may nest; deeper input is an attack, not a form.
    static let depthLimit = 16

    /// - Throws: A 400 ``HTTPProblem`` that names the field that is missing or does not fit.
    static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        // A query may come from anywhere, but no browser sends such a form.
        if let name = PercentCoding.firstMalformed(text[...]) {
            throw HTTPProblem(
                .badRequest, "The field \"\(name.prefix(64))\" has a % without two hex digits behind it.", field: name)
        }
        let root = FormNode()
        for (name, value) in PercentCoding.pairs(text[...]) where !name.isEmpty {
            try root.insert(value, at: path(name), field: name)
        }
        do {
            return try Value(from: FormValueDecoder(node: root, codingPath: []))
        } catch let error as DecodingError {
            throw HTTPProblem(decoding: error)
        }
    }

    /// `address[zip]` is `address`, `zip`; `tags[]` is `tags`.
    private static func path(_ name: String) throws -> [Substring] {
        guard let bracket = name.utf8.firstIndex(of: UInt8(ascii: "[")), name.hasSuffix("]"), bracket > name.startIndex
        else { return [name[...]] }
        var path = [name[..<bracket]]
        for part in name[bracket...].dropLast().split(separator: "]", omittingEmptySubsequences: false) {
            guard part.hasPrefix("["), path.count < depthLimit else {
                throw HTTPProblem(.badRequest, "The field name \"\(name.prefix(64))\" is malformed.", field: name)
            }
            path.append(part.dropFirst())
        }
        if path.last?.isEmpty == true { path.removeLast() }
        return path
    }
}

/// A field: its texts, or the fields inside it.
private final class FormNode {
    var texts: [String] = []
    var children: [Substring: FormNode] = [:]

    func insert(_ text: String, at path: [Substring], field: String) throws {
        var node = self
        for part in path {
            guard !part.isEmpty else {
                throw HTTPProblem(.badRequest, "The field name \"\(field.prefix(64))\" is malformed.", field: field)
            }
            let child = node.children[part] ?? FormNode()
            node.children[part] = child
            node = child
        }
        node.texts.append(text)
    }

    /// The nodes of an array: one per text, or the children that are numbered, in the order of their numbers.
    var elements: [FormNode] {
        guard children.isEmpty else {
            return children.compactMap { key, node in Int(key).map { ($0, node) } }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return texts.map { text in
            let node = FormNode()
            node.texts = [text]
            return node
        }
    }
}

private struct FormKey: CodingKey {
    var stringValue: String
    var intValue: Int?
    init(stringValue: String) { self.stringValue = stringValue }
    init(intValue: Int) {
        self.stringValue = String(intValue)
        self.intValue = intValue
    }
}

private struct FormValueDecoder: Decoder {
    let node: FormNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(FormKeyedContainer<Key>(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        FormListContainer(elements: node.elements, codingPath: codingPath)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        FormValueContainer(node: node, codingPath: codingPath)
    }
}

private struct FormKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let node: FormNode
    let codingPath: [any CodingKey]
    var allKeys: [Key] { node.children.keys.compactMap { Key(stringValue: String($0)) } }

    func contains(_ key: Key) -> Bool { node.children[key.stringValue[...]] != nil }

    func decodeNil(forKey key: Key) throws -> Bool { !contains(key) }

    /// An unticked box is not sent at all, so a missing truth is false.
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        contains(key) ? try Bool(from: nested(key)) : false
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        guard let child = node.children[key.stringValue[...]] else { return nil }
        if child.children.isEmpty, child.texts == [""], type != String.self { return nil }
        return try decode(type, forKey: key)
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try ifPresent(type, key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try ifPresent(type, key) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try ifPresent(type, key) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try ifPresent(type, key) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try ifPresent(type, key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try ifPresent(type, key) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try ifPresent(type, key) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try ifPresent(type, key) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try ifPresent(type, key) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try ifPresent(type, key) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try ifPresent(type, key) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try ifPresent(type, key) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try ifPresent(type, key) }

    private func ifPresent<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
        guard let child = node.children[key.stringValue[...]], child.texts != [""] else { return nil }
        return try Value(from: nested(key))
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try decodeForm(type, from: nested(key))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try nested(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try nested(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { FormValueDecoder(node: node, codingPath: codingPath) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try nested(key) }

    private func nested(_ key: Key) throws -> FormValueDecoder {
        guard let child = node.children[key.stringValue[...]] else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "missing"))
        }
        return FormValueDecoder(node: child, codingPath: codingPath + [key])
    }
}

private struct FormListContainer: UnkeyedDecodingContainer {
    let elements: [FormNode]
    let codingPath: [any CodingKey]
    var currentIndex = 0
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    init(elements: [FormNode], codingPath: [any CodingKey]) {
        self.elements = elements
        self.codingPath = codingPath
    }

    mutating func decodeNil() throws -> Bool { false }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decodeForm(type, from: next()) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }

    mutating func superDecoder() throws -> any Decoder { try next() }

    private mutating func next() throws -> FormValueDecoder {
        let path = codingPath + [FormKey(intValue: currentIndex)]
        guard !isAtEnd else {
            let context = DecodingError.Context(codingPath: path, debugDescription: "missing")
            throw DecodingError.valueNotFound(Any.self, context)
        }
        defer { currentIndex += 1 }
        return FormValueDecoder(node: elements[currentIndex], codingPath: path)
    }
}

private struct FormValueContainer: SingleValueDecodingContainer {
    let node: FormNode
    let codingPath: [any CodingKey]

    func decodeNil() -> Bool { node.children.isEmpty && (node.texts.isEmpty || node.texts == [""]) }

    func decode(_ type: Bool.Type) throws -> Bool {
        switch try text(type).lowercased() {
        case "true", "on", "1", "yes": true
        case "false", "off", "0", "no", "": false
        default: throw mismatch(type)
        }
    }

    func decode(_ type: String.Type) throws -> String { try text(type) }
    func decode(_ type: Double.Type) throws -> Double { try parse(type) { Double($0) } }
    func decode(_ type: Float.Type) throws -> Float { try parse(type) { Float($0) } }
    func decode(_ type: Int.Type) throws -> Int { try parse(type) { Int($0) } }
    func decode(_ type: Int8.Type) throws -> Int8 { try parse(type) { Int8($0) } }
    func decode(_ type: Int16.Type) throws -> Int16 { try parse(type) { Int16($0) } }
    func decode(_ type: Int32.Type) throws -> Int32 { try parse(type) { Int32($0) } }
    func decode(_ type: Int64.Type) throws -> Int64 { try parse(type) { Int64($0) } }
    func decode(_ type: UInt.Type) throws -> UInt { try parse(type) { UInt($0) } }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try parse(type) { UInt8($0) } }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try parse(type) { UInt16($0) } }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try parse(type) { UInt32($0) } }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try parse(type) { UInt64($0) } }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try decodeForm(type, from: FormValueDecoder(node: node, codingPath: codingPath))
    }

    private func parse<Value>(_ type: Value.Type, _ read: (Substring) -> Value?) throws -> Value {
        let text = try text(type)
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        let trimmed = text.drop(while: isSpace)
        let end = trimmed.lastIndex { !isSpace($0) }.map { trimmed.index(after: $0) } ?? trimmed.startIndex
        guard let value = read(trimmed[..<end]) else { throw mismatch(type) }
        return value
    }

    private func text(_ type: any Any.Type) throws -> String {
        guard node.children.isEmpty, let text = node.texts.last else { throw mismatch(type) }
        return text
    }

    private func mismatch(_ type: any Any.Type) -> DecodingError {
        .typeMismatch(type, .init(codingPath: codingPath, debugDescription: "not \(aTypeName(type))"))
    }
}
