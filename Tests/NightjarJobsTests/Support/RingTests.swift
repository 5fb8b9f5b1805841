import Testing

@testable import NightjarJobs

private final class Piece: Sendable {
    let number: Int
    init(_ number: Int) { self.number = number }
}

@Suite("Ring")
struct RingTests {
    @Test("gives elements back in the order they came, round after round")
    func order() {
        let ring = Ring<Piece>(atLeast: 4)
        for round in 0..<100 {
            for number in 0..<10 { #expect(ring.push(Piece(round * 10 + number))) }
            #expect(!ring.isEmpty)
            #expect((0..<10).map { _ in ring.pop()?.number } == (0..<10).map { round * 10 + $0 })
            #expect(ring.isEmpty)
            #expect(ring.pop() == nil)
        }
    }

    @Test("says when it is full, and takes elements again when one has left")
    func full() {
        let ring = Ring<Piece>(atLeast: 16)
        for number in 0..<16 { #expect(ring.push(Piece(number))) }
        #expect(!ring.push(Piece(16)))
        #expect(ring.pop()?.number == 0)
        #expect(ring.push(Piece(16)))
    }

    @Test("lets go of what is left in it")
    func release() {
        weak var piece: Piece?
        do {
            let ring = Ring<Piece>(atLeast: 4)
            let new = Piece(1)
            piece = new
            #expect(ring.push(new))
        }
        #expect(piece == nil)
    }

    @Test("with many on both sides each element comes out once")
    func together() async {
        let ring = Ring<Piece>(atLeast: 64)
        let (producers, each) = (4, 5000)
        let taken = await withTaskGroup(of: [Int].self) { group in
            for producer in 0..<producers {
                group.addTask {
                    for number in 0..<each {
                        while !ring.push(Piece(producer * each + number)) { await Task.yield() }
                    }
                    return []
                }
            }
            for _ in 0..<producers {
                group.addTask {
                    var own: [Int] = []
                    while own.count < each {
                        if let piece = ring.pop() { own.append(piece.number) } else { await Task.yield() }
                    }
                    return own
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(taken.sorted() == Array(0..<producers * each))
    }
}
