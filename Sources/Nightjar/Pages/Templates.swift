// Templates are Mustache: text with {{values}}, sections and partials, and no code. Values are escaped for HTML unless a
// template says {{{otherwise}}}.
//
// We escape ourselves, scalar by scalar: the library compares whole characters, so a quote followed by a combining mark
// would pass it unescaped and still end an attribute in a browser.
//
// Templates whose name ends in `.text` or `.subject` are no HTML: their values stay as they are, and a browser is told that
// it gets plain text.

public import HTTPTypes
import Mustache
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The templates of an application.
///
/// ```swift
/// try app.templates.add("index", PackageResources.index_mustache)
/// app.get("/") { request in try await app.templates.render("index", ["title": "Hello"], for: request) }
/// ```
public final class Templates: Sendable {
    private let library = Mutex((templates: MustacheLibrary(), names: Set<String>()))

    init() {}

    /// Adds a template. Others include it as `{{> name}}`.
    ///
    /// Values are escaped for HTML, unless the name ends in `.text` or `.subject`: do not include such a one in a page.
    ///
    /// - Throws: ``TemplateError/malformed(name:line:column:reason:)``.
    public func add(_ name: String, _ text: String) throws {
        HTMLEscaping.register()
        let prefix = Self.isPlain(name) ? "{{% CONTENT_TYPE:TEXT}}" : HTMLEscaping.prefix
        let template: MustacheTemplate
        do {
            template = try MustacheTemplate(string: prefix + text)
        } catch let error as MustacheTemplate.ParserError {
            let isFirstLine = error.context.lineNumber == 1
            throw TemplateError.malformed(
                name: name,
                line: error.context.lineNumber,
                column: error.context.columnNumber - (isFirstLine ? prefix.count : 0),
                reason: "\(error.error)"
            )
        }
        library.withLock { library in
            library.templates.register(template, named: name)
            library.names.insert(name)
        }
    }

    /// Adds a template that is embedded in the program.
    ///
    /// - Throws: ``TemplateError/malformed(name:line:column:reason:)``.
    public func add(_ name: String, _ bytes: [UInt8]) throws {
        try add(name, String(decoding: bytes, as: UTF8.self))
    }

    /// Adds all `.mustache` files of a folder and its folders: `emails/welcome.mustache` becomes `emails/welcome`.
    ///
    /// - Throws: ``TemplateError`` if the folder cannot be read or a template is malformed.
    public func load(folder: String) async throws {
        guard let paths = try? FileManager.default.subpathsOfDirectory(atPath: folder) else {
            throw TemplateError.unreadable(folder: folder)
        }
        for path in paths.sorted() where path.hasSuffix(".mustache") {
            guard let data = FileManager.default.contents(atPath: folder + "/" + path) else {
                throw TemplateError.unreadable(folder: folder + "/" + path)
            }
            try add(String(path.dropLast(".mustache".count)), [UInt8](data))
        }
    }

    /// The page that a template makes of some values.
    ///
    /// Templates may also use `{{request.path}}`, `{{request.locale}}` and `{{request.id}}`.
    ///
    /// - Parameters:
    ///   - name: The template's name.
    ///   - values: What the template may use, by name.
    ///   - request: The request it is for.
    ///   - status: The response's status.
    /// - Throws: ``TemplateError/unknown(name:known:)``.
    public func render(
        _ name: String,
        _ values: [String: any Sendable] = [:],
        for request: Request,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        var values = values
        if values["request"] == nil {
            values["request"] = [
                "path": request.path, "locale": request.locale, "id": request.id,
            ]
        }
        return page(name, try text(name, values), status)
    }

    /// The page that a template makes of a value's properties.
    ///
    /// - Throws: ``TemplateError/unknown(name:known:)``.
    @_disfavoredOverload
    public func render(
        _ name: String,
        _ value: some Sendable,
        for request: Request,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        page(name, try render(name, object: value), status)
    }

    /// The text that a template makes of some values, for mail and files.
    ///
    /// - Throws: ``TemplateError/unknown(name:known:)``.
    public func text(_ name: String, _ values: [String: any Sendable] = [:]) throws -> String {
        try render(name, object: TemplateValues.plain(values))
    }

    func has(_ name: String) -> Bool { library.withLock { $0.names.contains(name) } }

    var names: Set<String> { library.withLock { $0.names } }

    private func page(_ name: String, _ text: String, _ status: HTTPResponse.Status) -> Response {
        Self.isPlain(name) ? .text(text, status: status) : .html(text, status: status)
    }

    private static func isPlain(_ name: String) -> Bool { name.hasSuffix(".text") || name.hasSuffix(".subject") }

    private func render(_ name: String, object: Any) throws -> String {
        let (templates, names) = library.withLock { $0 }
        guard let text = templates.render(object, withTemplate: name) else {
            throw TemplateError.unknown(name: name, known: names.sorted())
        }
        return text
    }
}

/// Values as Mustache expects them: without optionals, which it would print as `nil`.
private enum TemplateValues {
    static func plain(_ values: [String: any Sendable]) -> [String: Any] {
        values.compactMapValues { plain($0 as Any) }
    }

    private static func plain(_ value: Any) -> Any? {
        switch value {
        case let values as [String: any Sendable]: return plain(values)
        case let values as [any Sendable]: return values.compactMap { plain($0 as Any) }
        default: break
        }
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .optional else { return value }
        return mirror.children.first.flatMap { plain($0.value) }
    }
}

/// Escapes text for HTML, in elements and in quoted attributes.
struct HTMLEscaping: MustacheContentType {
    static let prefix = "{{% CONTENT_TYPE:NIGHTJAR_HTML}}"

    private static let registration: Void = MustacheContentTypes.register(HTMLEscaping(), named: "NIGHTJAR_HTML")

    static func register() { registration }

    func escapeText(_ text: String) -> String { Self.escape(text) }

    /// The text with `<`, `>`, `&`, `"` and `'` replaced.
    static func escape(_ text: String) -> String {
        let needsIt = { (byte: UInt8) in
            switch byte {
            case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
            default: false
            }
        }
        guard text.utf8.contains(where: needsIt) else { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "\""): bytes += "&quot;".utf8
            case UInt8(ascii: "'"): bytes += "&#39;".utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
