// One pattern of an ignore file, as git reads it.
//
//     build        anything of that name, at any depth        *.o      a star stops at a slash
//     /build       only here                                  **/x     at any depth
//     docs/api     only here: a slash in it anchors it        a/**/b   any folders between, or none
//     build/       only a folder                              logs/**  everything inside, not `logs` itself
//
// A pattern becomes a list of steps and a path is fed to all places in that list it may be at, so that no pattern takes
// longer than its length times the path's. It works on bytes, as git does.

/// A pattern of an ignore file, without its `!` and its last slash.
struct GlobPattern: Sendable {
    private enum Step: Sendable {
        case byte(UInt8)
        /// `?`
        case one
        /// `[a-z]`
        case oneOf(ByteSet)
        /// `*`
        case star
        /// `**/`: folders, or none.
        case folders
        /// The `**` at the end of `/**`: something, with any slashes in it.
        case something
        /// What follows `something`.
        case anything
    }

    private var steps: [Step] = []
    /// Whether the pattern is about the whole path, not about its last part.
    let isAnchored: Bool

    /// - Returns: `nil` if it cannot match anything: an open bracket, a backslash at the end.
    init?(_ text: some Sequence<UInt8>) {
        var bytes = ArraySlice(text)
        let slash = UInt8(ascii: "/")
        isAnchored = bytes.contains(slash)
        if bytes.first == slash { bytes.removeFirst() }
        guard !bytes.isEmpty else { return nil }
        var previous = slash
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "*"):
                let stars = bytes.prefix { $0 == UInt8(ascii: "*") }.count
                bytes.removeFirst(stars)
                let isPart = stars > 0 && previous == slash && isAnchored
                if isPart, bytes.isEmpty {
                    steps += [.something, .anything]
                } else if isPart, bytes.first == slash {
                    bytes.removeFirst()
                    steps.append(.folders)
                    previous = slash
                    continue
                } else {
                    steps.append(.star)
                }
            case UInt8(ascii: "?"): steps.append(.one)
            case UInt8(ascii: "["):
                guard let set = ByteSet(&bytes) else { return nil }
                steps.append(.oneOf(set))
            case UInt8(ascii: "\\"):
                guard let escaped = bytes.popFirst() else { return nil }
                steps.append(.byte(escaped))
            default: steps.append(.byte(byte))
            }
            previous = byte
        }
    }

    /// Whether a text is what the pattern says, from beginning to end.
    func matches(_ text: some Sequence<UInt8>) -> Bool {
        var places = Set<Int>()
        enter(0, &places)
        for byte in text {
            var next = Set<Int>()
            for place in places where place < steps.count {
                let isSlash = byte == UInt8(ascii: "/")
                switch steps[place] {
                case .byte(let wanted): if byte == wanted { enter(place + 1, &next) }
                case .one: if !isSlash { enter(place + 1, &next) }
                case .oneOf(let set): if !isSlash, set.contains(byte) { enter(place + 1, &next) }
                case .star: if !isSlash { enter(place, &next) }
                case .folders:
                    next.insert(place)
                    if isSlash { enter(place + 1, &next) }
                case .something: enter(place + 1, &next)
                case .anything: next.insert(place)
                }
            }
            guard !next.isEmpty else { return false }
            places = next
        }
        return places.contains { $0 == steps.count || isAnything($0) }
    }

    /// Arrives at a step, and at those behind it if it may stand for nothing.
    private func enter(_ place: Int, _ places: inout Set<Int>) {
        places.insert(place)
        guard place < steps.count else { return }
        switch steps[place] {
        case .star, .folders: enter(place + 1, &places)
        default: break
        }
    }

    private func isAnything(_ place: Int) -> Bool {
        guard place < steps.count, case .anything = steps[place] else { return false }
        return true
    }
}
