// Files from disk, served by Hummingbird's FileMiddleware: entity tags, ranges, conditional requests, streaming. What we
// add: the folder is asked only for paths that no route answers, hidden files stay hidden, and browsers may not guess
// content types.

import HTTPTypes
import Hummingbird
import Logging
import NIOPosix

/// A folder whose files are served below a path.
struct StaticFolder: Sendable {
    /// Where its files appear: `/assets`, or empty for the root.
    let prefix: String
    private let files: FileMiddleware<FileContext, LocalFileSystem>
    private let fileSystem: LocalFileSystem

    init(_ folder: String, prefix: String, maxAge: Duration?) {
        self.prefix = prefix
        self.fileSystem = LocalFileSystem(rootFolder: folder, threadPool: .singleton, logger: .silent)
        self.files = FileMiddleware(
            fileProvider: fileSystem,
            urlBasePath: prefix.isEmpty ? nil : prefix,
            cacheControl: maxAge.map {
                CacheControl([(MediaType(type: .any), [.maxAge(Int($0.components.seconds)), .public])])
            }
                ?? CacheControl([(MediaType(type: .any), [.noCache])]),
            searchForIndexHtml: true
        )
    }

    /// Whether there is a file, or a folder with an index, for a path.
    func contains(_ rawPath: String) async -> Bool {
        guard let name = name(rawPath) else { return false }
        guard let attributes = await stat(name) else { return false }
        guard attributes.isFolder else { return !rawPath.hasSuffix("/") }
        return await stat(name + "/index.html") != nil
    }

    /// The file for a request's path.
    func respond(to request: Request) async throws -> Response {
        guard let name = name(request.path) else { throw HTTPProblem(.notFound) }
        if let attributes = await stat(name), attributes.isFolder, !request.path.hasSuffix("/") {
            // Relative links in the index would otherwise lead one level too high.
            return try .redirect(to: "/" + request.path.drop { $0 == "/" } + "/", status: .permanentRedirect)
        }
        return try await StaticFile.respond(to: request, path: request.path, with: files)
    }

    private func stat(_ name: String) async -> LocalFileSystem.FileAttributes? {
        guard let id = fileSystem.getFileIdentifier(name) else { return nil }
        return try? await fileSystem.getAttributes(id: id)
    }

    /// The file's path in the folder, or nil if the path is not below the prefix or names something hidden.
    private func name(_ rawPath: String) -> String? {
        guard rawPath.hasPrefix(prefix) else { return nil }
        let rest = rawPath.dropFirst(prefix.count)
        guard rest.isEmpty || rest.hasPrefix("/") else { return nil }
        let name = PercentCoding.decode(rest, plusIsSpace: false)
        for part in name.split(separator: "/") where part.hasPrefix(".") && part != ".well-known" { return nil }
        guard !name.unicodeScalars.contains("\0"), !name.contains("\\") else { return nil }
        return name.isEmpty ? "/" : name
    }
}

/// One file of the application, whatever the request's path.
struct StaticFile: Sendable {
    let path: String

    func respond(to request: Request) async throws -> Response {
        let (folder, name) =
            path.utf8.lastIndex(of: UInt8(ascii: "/")).map {
                (String(path[...$0]), String(path[path.utf8.index(after: $0)...]))
            }
            ?? ("./", path)
        let files = FileMiddleware<FileContext, LocalFileSystem>(
            fileProvider: LocalFileSystem(
                rootFolder: folder,
                threadPool: .singleton,
                logger: .silent
            ),
            cacheControl: CacheControl([(MediaType(type: .any), [.noCache])])
        )
        return try await Self.respond(to: request, path: "/" + PercentCoding.encode(name), with: files)
    }

    static func respond(
        to request: Request,
        path: String,
        with files: FileMiddleware<FileContext, LocalFileSystem>
    ) async throws -> Response {
        let head = HTTPRequest(
            // A file may also be the answer to a POST; the middleware only knows GET and HEAD.
            method: request.method == .head ? .head : .get,
            scheme: nil,
            authority: nil,
            path: path,
            headerFields: request.headers.known
        )
        let lookup = Hummingbird.Request(head: head, body: Hummingbird.RequestBody(buffer: ByteBuffer()))
        let context = FileContext(source: FileContext.FileSource(logger: request.logger))
        let found = try await files.handle(lookup, context: context) { _, _ in
            throw HTTPError(.notFound)
        }
        var response = Response(
            status: found.status,
            headers: found.headers,
            body: ResponseBody(content: .ready(found.body))
        )
        if request.method == .head { response.body = .empty }
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }
}

extension Logger {
    /// For Hummingbird's file system, which announces every folder, and for us that is every file.
    fileprivate static let silent = Logger(label: "nightjar.files") { _ in SwiftLogNoOpLogHandler() }
}

/// The little that the file middleware wants to know.
struct FileContext: RequestContext {
    typealias Source = FileSource

    struct FileSource: RequestContextSource {
        let logger: Logger
    }

    var coreContext: CoreRequestContextStorage

    init(source: FileSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
    }
}

extension RouteBuilder {
    /// Serves the files of a folder.
    ///
    /// They are looked for when no route answers a path; a folder's `index.html` stands for the folder. Files and folders
    /// whose name begins with a dot are not served, but for `.well-known`.
    ///
    /// - Parameters:
    ///   - folder: The folder, relative to where the program runs.
    ///   - path: Where the files appear, below the path of the group.
    ///   - maxAge: How long browsers may keep them without asking. Nil, the default, makes them ask each time, which a
    ///     304 answers: a changed file is seen at once.
    public func files(_ folder: String, at path: String = "/", maxAge: Duration? = nil) {
        routeScope.add(StaticFolder(folder, prefix: routeScope.join(path), maxAge: maxAge))
    }
}
