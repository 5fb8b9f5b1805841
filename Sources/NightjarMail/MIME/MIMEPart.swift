// One node of a mail's tree: headers of its own, and either bytes already encoded or further parts.
//
// A boundary holds “=_”, which neither quoted-printable nor base64 can produce: the first writes every “=” as “=3D”,
// the second has no underscore. So no content can end a part, and no content needs to be searched.

struct MIMEPart {
    private var headers: [String]
    private var content: Content

    private enum Content {
        case encoded([UInt8])
        case parts(kind: String, parameter: String?, [MIMEPart])
    }

    /// Text, as quoted-printable or base64, whichever is shorter.
    static func text(_ text: String, subtype: String) -> MIMEPart {
        let canonical = LineEnds.terminated(LineEnds.normalised(Array(text.utf8)))
        let printable = QuotedPrintable.encode(canonical)
        let isPrintable = printable.count <= Base64Lines.length(canonical.count)
        return MIMEPart(
            headers: [
                HeaderField.parameters("Content-Type", "text/\(subtype)", ["charset=utf-8"]),
                HeaderField.plain("Content-Transfer-Encoding", isPrintable ? "quoted-printable" : "base64"),
            ],
            content: .encoded(isPrintable ? printable : Base64Lines.encode(canonical))
        )
    }

    /// A file at the end.
    static func attachment(_ file: MailAttachment) -> MIMEPart {
        .file(file.bytes, contentType: file.contentType, disposition: "attachment", name: file.name, id: nil)
    }

    /// A file the html shows.
    static func inline(_ file: MailInline) -> MIMEPart {
        .file(file.bytes, contentType: file.contentType, disposition: "inline", name: file.name, id: file.id)
    }

    /// Several parts in one.
    static func multipart(_ kind: String, _ parts: [MIMEPart], root: String? = nil) -> MIMEPart {
        MIMEPart(headers: [], content: .parts(kind: kind, parameter: root.map { "type=\"\($0)\"" }, parts))
    }

    private static func file(
        _ bytes: [UInt8],
        contentType: String,
        disposition: String,
        name: String?,
        id: String?
    ) -> MIMEPart {
        let type = contentType.split(separator: "; ").map(String.init)
        var headers = [
            HeaderField.parameters("Content-Type", type[0], Array(type.dropFirst())),
            HeaderField.plain("Content-Transfer-Encoding", "base64"),
            HeaderField.parameters(
                "Content-Disposition",
                disposition,
                name.map { Parameter2231.pieces("filename", $0) } ?? []
            ),
        ]
        if let id { headers.append(HeaderField.plain("Content-ID", "<\(id)>")) }
        return MIMEPart(headers: headers, content: .encoded(Base64Lines.encode(bytes)))
    }

    /// Appends headers, an empty line and the content; `boundary` is the stamp's, made unique by the path to the part.
    func write(to bytes: inout [UInt8], boundary: String, path: String = "") {
        for header in headers { bytes += header.utf8 }
        switch content {
        case .encoded(let body):
            bytes += "\r\n".utf8
            bytes += body
        case .parts(let kind, let parameter, let parts):
            let line = "=_\(boundary)\(path)"
            let parameters = (parameter.map { [$0] } ?? []) + ["boundary=\"\(line)\""]
            bytes += HeaderField.parameters("Content-Type", "multipart/\(kind)", parameters).utf8
            bytes += "\r\n".utf8
            for (index, part) in parts.enumerated() {
                bytes += "--\(line)\r\n".utf8
                part.write(to: &bytes, boundary: boundary, path: "\(path)_\(index)")
                bytes += "\r\n".utf8
            }
            bytes += "--\(line)--\r\n".utf8
        }
    }
}
