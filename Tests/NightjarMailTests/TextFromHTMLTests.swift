import Testing

@testable import NightjarMail

@Suite("The text made from html")
struct TextFromHTMLTests {
    @Test(
        "html reads as text",
        arguments: [
            ("<p>Hello <b>Ada</b>,</p><p>welcome.</p>", "Hello Ada,\n\nwelcome."),
            ("a<br>b<br/>c", "a\nb\nc"), ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
            ("<a href=\"https://example.org/x?a=1&amp;b=2\">here</a>", "here (https://example.org/x?a=1&b=2)"),
            ("<a href='https://example.org'>https://example.org</a>", "https://example.org"),
            ("<a href='mailto:a@example.org'>a@example.org</a>", "a@example.org"),
            ("<head><title>no</title><style>p{}</style></head><body>yes<script>if (a < b) {}</script></body>", "yes"),
            ("1 &lt; 2 &amp;&amp; &#233;&#x20AC; &unknown;", "1 < 2 && é€ &unknown;"), ("a < b", "a < b"),
            ("<!-- x -->y", "y"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
            ("<img alt='logo' src=x>", "logo"),
            ("<html><head><title>no</title><meta charset=utf-8><body><p>yes</p>", "yes"),
            ("<head><style>p > a {}</style><p>no end of the head", "no end of the head"),
            ("<a href=''>here</a> <a>there</a>", "here there"),
            ("<p>Run:</p><pre>if a {\n    b &lt; c\n\n}</pre><p>then</p>", "Run:\n\nif a {\n    b < c\n\n}\n\nthen"),
            ("<table><tr><td></td><td>b</td></tr></table>", "b"),
            ("<p>unclosed <b", "unclosed <b"), ("  many \n\n  spaces ", "many spaces"), ("", ""),
        ])
    func html(html: String, text: String) {
        #expect(TextFromHTML.text(html) == text)
    }

    @Test("any soup of tags ends as text, and soon")
    func soup() {
        var generator = SeededGenerator.printed("any soup of tags ends as text")
        let pieces = [
            "<", ">", "</", "/>", "<a", "<a href=", "<p>", "</p>", "<li>", "<!--", "-->", "<!", "<?", "<script>",
            "</script",
            "<style", "\"", "'", "=", " ", "\n", "&", "&amp;", "&#", "&#x110000;", "words", "é", "\u{301}",
            "<img alt='x'>",
        ]
        for _ in 0..<500 {
            let count = Int.random(in: 0...40, using: &generator)
            let html = (0..<count).compactMap { _ in pieces.randomElement(using: &generator) }.joined()
            _ = TextFromHTML.text(html)
            _ = ContentIDs.referenced(in: html)
        }
        for piece in pieces { _ = TextFromHTML.text(String(repeating: piece, count: 5000)) }
    }
}
