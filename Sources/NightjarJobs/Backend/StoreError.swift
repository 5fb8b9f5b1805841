/// An error of a backend's store that says whether it may be over soon.
///
/// A request whose `background` meets one that may pass is answered with 503 and `Retry-After` instead of 500: nothing was
/// accepted, and the same request may succeed in a moment.
public protocol StoreError: Error {
    /// Whether the same call may succeed later without anybody changing the program: the store is locked, full or away.
    var mayPass: Bool { get }
}
