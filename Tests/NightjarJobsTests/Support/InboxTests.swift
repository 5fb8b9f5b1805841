import NightjarJobs
import NightjarTesting
import Testing

@Suite("Inbox", .timeLimit(.minutes(1)))
struct InboxTests {
    @Test("elements come out in the order they went in")
    func order() {
        let inbox = Inbox<Int>()
        #expect(inbox.isEmpty)
        for number in 0..<100 { inbox.push(number) }
        #expect(!inbox.isEmpty)
        #expect(inbox.drain() == Array(0..<100))
        #expect(inbox.drain().isEmpty)
    }

    @Test("nothing is lost or doubled, and each sender's order is kept, while many push and many drain")
    func stress() async {
        let inbox = Inbox<(sender: Int, number: Int)>()
        let done = Counter()
        let drained = await withTaskGroup(of: [[(sender: Int, number: Int)]].self) { group in
            for _ in 0..<2 {
                group.addTask {
                    var batches: [[(sender: Int, number: Int)]] = []
                    while done.value == 0 || !inbox.isEmpty {
                        batches.append(inbox.drain())
                        await Task.yield()
                    }
                    return batches
                }
            }
            await withTaskGroup(of: Void.self) { senders in
                for sender in 0..<4 {
                    senders.addTask { for number in 0..<10_000 { inbox.push((sender, number)) } }
                }
            }
            done.add()
            return await group.reduce(into: []) { $0 += $1 }
        }
        let all = drained.flatMap { $0 }
        #expect(all.count == 40_000)
        #expect(Set(all.map { $0.sender * 10_000 + $0.number }).count == 40_000)
        let inOrder = drained.allSatisfy { batch in
            (0..<4).allSatisfy { sender in
                let numbers = batch.filter { $0.sender == sender }.map(\.number)
                return numbers == numbers.sorted()
            }
        }
        #expect(inOrder)
    }

    @Test("what is left in it is freed with it")
    func freed() {
        final class Token: Sendable {}
        weak var token: Token?
        do {
            let inbox = Inbox<Token>()
            let own = Token()
            token = own
            inbox.push(own)
        }
        #expect(token == nil)
    }
}
