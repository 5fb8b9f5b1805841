// Why an application did not start, or not stop in order, for the person who started it.

import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why an application did not start, or did not stop in order.
public enum ServeError: Error, Hashable, CustomStringConvertible {
    /// Another program listens on the port.
    case portInUse(host: String, port: Int)
    /// The system does not let this user listen on the port.
    case notPermitted(host: String, port: Int)
    /// The address is none of this machine's.
    case notOurAddress(host: String)
    /// The address is neither an address nor the name of a host.
    case unknownHost(String)
    /// The application runs already, or has run.
    case startedTwice
    /// Something was still running when the time for stopping was over.
    case shutdownLimit(Duration)

    /// One sentence, with what to do about it.
    public var description: String {
        switch self {
        case .portInUse(let host, let port):
            "Port \(port) on \(host) is in use by another program: stop that one, or choose another port with --port or "
                + "PORT."
        case .notPermitted(let host, let port):
            "Port \(port) on \(host) is reserved by the system: choose one above 1023 with --port or PORT."
        case .notOurAddress(let host):
            "\(host) is not an address of this machine: choose 127.0.0.1, 0.0.0.0 for all, or another with --host or HOST."
        case .unknownHost(let host):
            "\"\(host)\" is not an address, and no host of that name is known: choose another with --host or HOST."
        case .startedTwice:
            "The application has been started already: one App runs once."
        case .shutdownLimit(let limit):
            "Stopping took longer than SHUTDOWN_LIMIT (\(limit)): what was still running has been cancelled."
        }
    }

    /// What an error of the system means; nil if it is none of these.
    init?(_ error: any Error, host: String, port: Int) {
        switch error {
        case let error as IOError:
            switch error.errnoCode {
            case EADDRINUSE: self = .portInUse(host: host, port: port)
            case EACCES, EPERM: self = .notPermitted(host: host, port: port)
            case EADDRNOTAVAIL: self = .notOurAddress(host: host)
            default: return nil
            }
        case is SocketAddressError, is SocketAddressError.UnknownHost: self = .unknownHost(host)
        default: return nil
        }
    }
}
