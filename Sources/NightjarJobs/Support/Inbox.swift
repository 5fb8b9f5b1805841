// Many put in, one takes everything out, and nobody who puts in ever waits.
//
// A list whose head is one atomic word: pushing is a compare-and-swap, emptying an exchange, so there is nothing to
// hold a lock on. That matters because job threads run at background priority: a page that had to wait for a lock
// such a thread holds would wait for the whole machine to become idle.

import Synchronization

/// A lock-free collection point: elements come out in the order they went in.
// Sendable: a node belongs to whoever pushes it until the swap succeeds, and to whoever exchanged it out afterwards.
package final class Inbox<Element: Sendable>: @unchecked Sendable {
    private struct Node {
        let element: Element
        var next: UnsafeMutablePointer<Node>?
    }

    private let head = Atomic<UnsafeMutablePointer<Node>?>(nil)

    package init() {}

    deinit { _ = drain() }

    /// Whether there was nothing in it at that moment.
    package var isEmpty: Bool { head.load(ordering: .sequentiallyConsistent) == nil }

    /// Puts an element in.
    package func push(_ element: Element) {
        let node = UnsafeMutablePointer<Node>.allocate(capacity: 1)
        node.initialize(to: Node(element: element, next: head.load(ordering: .relaxed)))
        while true {
            let (exchanged, current) = head.weakCompareExchange(
                expected: node.pointee.next, desired: node, ordering: .sequentiallyConsistent)
            if exchanged { return }
            node.pointee.next = current
        }
    }

    /// Takes out all there is, oldest first.
    package func drain() -> [Element] {
        var elements = drainNewestFirst()
        elements.reverse()
        return elements
    }

    /// Takes out all there is, newest first: taking the oldest is taking the last then.
    package func drainNewestFirst() -> [Element] {
        var node = head.exchange(nil, ordering: .sequentiallyConsistent)
        var elements: [Element] = []
        while let current = node {
            node = current.pointee.next
            elements.append(current.move().element)
            current.deallocate()
        }
        return elements
    }
}
