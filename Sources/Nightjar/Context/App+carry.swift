// How an application says which values its jobs may read.

extension App {
    /// Lets the values under a key travel into jobs, also into those that leave this process.
    ///
    /// ```swift
    /// try app.carry(CurrentUserID.self)
    /// ```
    ///
    /// - Throws: ``RequestError/doubledKey(id:)`` if another key has the same id; ``RequestError/noSecret(key:)`` if the
    ///   values must be sealed and `APP_SECRET` is not set.
    public func carry<Key: CarriedContextKey>(_ key: Key.Type) throws {
        try settings.carry(CarriedKey(key))
    }
}
