import Foundation
import HTTPTypes
import Testing

@testable import Nightjar

/// Templates.
@Suite struct TemplateTests {
    private func templates(_ texts: [String: String]) throws -> Templates {
        let templates = try RequestSettings().templates
        for (name, text) in texts { try templates.add(name, text) }
        return templates
    }

    @Test("values are escaped, in text and in attributes, with combining marks as well")
    func escaping() throws {
        let templates = try templates([
            "page": #"<a title="{{x}}">{{x}}</a>{{{x}}}"#, "outer": "{{> page}}{{#list}}{{.}}{{/list}}",
        ])
        let attack = #""><script>alert('&')</script>"#
        let safe = "&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;"
        #expect(try templates.text("page", ["x": attack]) == "<a title=\"\(safe)\">\(safe)</a>\(attack)")
        // A quote and a combining mark are one character, but for a browser still a quote.
        let marked = try templates.text("outer", ["x": "\"\u{301} onload=x", "list": ["<\u{338}b>"]])
        #expect(marked.contains("title=\"&quot;\u{301} onload=x\""))
        #expect(marked.hasSuffix("&lt;\u{338}b&gt;"))
    }

    @Test("sections, partials, nested values and absent optionals render as one expects")
    func rendering() async throws {
        let templates = try templates([
            "page": "{{#birds}}{{> bird}};{{/birds}}{{^none}}nobody{{/none}}{{#maybe}}yes{{/maybe}}[{{maybe}}]",
            "bird": "{{name}}:{{wing.span}}",
        ])
        let absent: String? = nil
        let text = try templates.text(
            "page",
            [
                "birds": [
                    ["name": "owl", "wing": ["span": 95]] as [String: any Sendable],
                    ["name": "wren", "wing": ["span": 15]] as [String: any Sendable],
                ] as [any Sendable],
                "maybe": absent,
            ]
        )
        #expect(text == "owl:95;wren:15;nobody[]")
        struct Page: Sendable { var birds = [["name": "x"]], maybe = "m" }
        let page = try await templates.render("page", Page(), for: makeRequest())
        #expect(page.headers[.contentType] == "text/html; charset=utf-8")
    }

    @Test("pages know their request")
    func request() async throws {
        let templates = try templates(["page": "{{request.path}} {{request.locale}} {{title}}"])
        let request = try makeRequest(.get, "/a/b", headers: [.acceptLanguage: "de"])
        let page = try await templates.render("page", ["title": "T"], for: request, status: .created)
        #expect(page.status == .created)
        guard case .bytes(let body) = page.body.content else { throw RequestError.noCurrentRequest }
        #expect(String(buffer: body) == "/a/b de T")
    }

    @Test("a missing template is an error that says which there are")
    func missing() throws {
        let templates = try templates(["a": "", "b": ""])
        #expect(throws: TemplateError.unknown(name: "c", known: ["a", "b"])) { try templates.text("c") }
    }

    @Test("a malformed template is an error that says where")
    func malformed() throws {
        do {
            _ = try templates(["page": "line one\n{{#open}} never closed"])
        } catch TemplateError.malformed(let name, let line, _, _) {
            #expect(name == "page")
            #expect(line >= 2)
        }
        #expect(throws: TemplateError.self) { try templates(["page": "{{x"]) }
    }

    @Test("a folder of templates loads with its folders")
    func folder() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/mails", withIntermediateDirectories: true)
        try Data("Hi {{name}}".utf8).write(to: URL(fileURLWithPath: folder + "/mails/welcome.mustache"))
        try Data("ignored".utf8).write(to: URL(fileURLWithPath: folder + "/notes.txt"))
        let templates = try RequestSettings().templates
        try await templates.load(folder: folder)
        #expect(try templates.text("mails/welcome", ["name": "Ada"]) == "Hi Ada")
        await #expect(throws: TemplateError.self) { try await templates.load(folder: folder + "/nothing") }
    }
}
