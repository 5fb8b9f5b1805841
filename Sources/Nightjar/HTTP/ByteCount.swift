// An amount of bytes that carries its unit, so that no limit is ever "2" of something.

/// A number of bytes, for limits such as how large a body may be.
///
/// ```swift
/// app.post("/photos", bodyLimit: .megabytes(8)) { request in try await album.add(request.body()) }
/// ```
public struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The amount in bytes; never negative.
    public let bytes: Int

    /// An amount of single bytes. A negative amount counts as zero.
    public static func bytes(_ count: Int) -> Self { Self(bytes: max(0, count)) }

    /// An amount in kilobytes of 1024 bytes.
    public static func kilobytes(_ count: Int) -> Self { scaled(count, by: 1024) }

    /// An amount in megabytes of 1024 × 1024 bytes.
    public static func megabytes(_ count: Int) -> Self { scaled(count, by: 1024 * 1024) }

    /// No limit.
    public static let unlimited = Self(bytes: .max)

    /// Orders amounts by their bytes.
    public static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }

    /// The amount as a person would say it: `2 MB`, `512 KB`, `100 bytes`.
    public var description: String {
        switch bytes {
        case .max: "unlimited"
        case let count where count >= 1024 * 1024 && count % (1024 * 1024) == 0: "\(count / (1024 * 1024)) MB"
        case let count where count >= 1024 && count % 1024 == 0: "\(count / 1024) KB"
        default: "\(bytes) bytes"
        }
    }

    private static func scaled(_ count: Int, by unit: Int) -> Self {
        let (product, overflow) = max(0, count).multipliedReportingOverflow(by: unit)
        return Self(bytes: overflow ? .max : product)
    }
}
