// A list that only grows, read without a lock: pages and job threads of low priority walk it at the same time, and
// neither may wait for the other. A chain of nodes, each of which learns its successor once.

import Synchronization

/// A list to which elements are added at the end and from which none is taken.
final class GrowingList<Element: Sendable>: Sendable {
    private final class Node: Sendable {
        let element: Element
        let next = AtomicLazyReference<Node>()
        init(_ element: Element) { self.element = element }
    }

    private let first = AtomicLazyReference<Node>()

    /// Whether nothing was ever added: one atomic read.
    var isEmpty: Bool { first.load() == nil }

    /// What was added so far, in that order.
    var elements: [Element] {
        var elements: [Element] = []
        var node = first.load()
        while let current = node {
            elements.append(current.element)
            node = current.next.load()
        }
        return elements
    }

    /// Adds an element at the end.
    func append(_ element: Element) {
        let new = Node(element)
        var last = first.storeIfNil(new)
        while last !== new { last = last.next.storeIfNil(new) }
    }
}
