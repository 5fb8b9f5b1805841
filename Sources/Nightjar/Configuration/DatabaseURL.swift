// What DATABASE_URL says. Pure.
//
//     sqlite://jobs.sqlite     sqlite:jobs.sqlite      a file in the folder the program runs in
//     sqlite:///srv/jobs.db    sqlite:/srv/jobs.db     a file by its whole path

/// The address of a database.
struct DatabaseURL: Sendable, Hashable {
    /// The file, as it was written.
    let file: String

    /// - Throws: ``ConfigurationError`` if no database is meant that jobs could be kept in. The address itself is not
    ///   repeated, because it may hold a password.
    init(_ text: String) throws {
        guard let colon = text.firstIndex(of: ":"), text[..<colon].lowercased() == "sqlite" else {
            let scheme = text.firstIndex(of: ":").map { "begins with \"\(text[...$0])\"" } ?? "has no scheme"
            throw ConfigurationError(
                "DATABASE_URL \(scheme), and jobs can be kept in a SQLite file only: it has to be sqlite://PATH, such as "
                    + "sqlite://nightjar.sqlite or sqlite:///srv/app/nightjar.sqlite.")
        }
        let rest = text[text.index(after: colon)...]
        file = String(rest.hasPrefix("//") ? rest.dropFirst(2) : rest)
        guard !file.isEmpty, !file.hasSuffix("/"), !file.contains("\0") else {
            throw ConfigurationError(
                "DATABASE_URL=\(text) names no file: it has to be sqlite://PATH, such as sqlite://nightjar.sqlite.")
        }
        guard file != ":memory:" else {
            throw ConfigurationError(
                "DATABASE_URL=\(text) would keep nothing: name a file, or set QUEUE_BACKEND=memory.")
        }
    }

    /// The whole path of the file.
    ///
    /// - Parameter folder: What a path that does not begin with "/" is relative to.
    func path(in folder: String) -> String {
        file.hasPrefix("/") ? file : folder.hasSuffix("/") ? folder + file : "\(folder)/\(file)"
    }
}
