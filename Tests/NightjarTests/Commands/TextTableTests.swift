import Testing

@testable import Nightjar
@testable import NightjarJobs

@Suite("Tables and words for people")
struct TextTableTests {
    private let table = TextTable(
        [.flexible("JOB"), .number("COUNT"), .text("ID").spare],
        rows: [["Shop.SendReceipt", "7", "a1"], ["Mail", "1200", "b2"]])

    @Test("columns are as wide as they must be, and numbers stand at the right")
    func natural() {
        #expect(
            table.text(width: nil) == """
                JOB               COUNT  ID
                Shop.SendReceipt      7  a1
                Mail               1200  b2
                """)
        #expect(table.text(width: 27) == table.text(width: nil))
    }

    @Test("where it is narrow, flexible columns are cut, then spare ones left out, then rows become blocks")
    func narrow() {
        #expect(
            table.text(width: 22) == """
                JOB          COUNT  ID
                Shop.SendR…      7  a1
                Mail          1200  b2
                """)
        #expect(
            table.text(width: 16) == """
                JOB        COUNT
                Shop.Sen…      7
                Mail        1200
                """)
        #expect(
            table.text(width: 10) == """
                JOB: Shop.SendReceipt
                COUNT: 7
                ID: a1

                JOB: Mail
                COUNT: 1200
                ID: b2
                """)
    }

    @Test("no line is wider than the terminal, as long as a row fits at all", arguments: 15...40)
    func fits(width: Int) {
        #expect(table.text(width: width).split(separator: "\n").allSatisfy { $0.count <= width })
    }

    @Test("text from elsewhere cannot command the terminal")
    func harmless() {
        #expect(Words.harmless("a\u{1B}[31mred\u{7}\nb\u{202E}c\u{9B}2J") == "a [31mred b\u{FFFD}c 2J")
        let table = TextTable([.text("E")], rows: [["x\n\u{1B}]0;title\u{7}y"]])
        #expect(table.text(width: nil) == "E\nx ]0;title y")
    }

    @Test(
        "lengths of time are said in one unit",
        arguments: [
            (Duration.milliseconds(350), "350ms"), (.seconds(1), "1s"), (.seconds(119), "119s"), (.seconds(120), "2m"),
            (.seconds(7199), "119m"), (.seconds(7200), "2h"), (.seconds(172_800), "2d"), (.seconds(-3), "0ms"),
        ])
    func lengths(duration: Duration, words: String) {
        #expect(Words.length(duration) == words)
    }

    @Test("moments are said from where one stands")
    func moments() {
        let now = Timestamp(microseconds: 1_900_000_000_000_000)
        #expect(Words.moment(now, from: now) == "now")
        #expect(Words.moment(now - .seconds(90), from: now) == "90s ago")
        #expect(Words.moment(now + .seconds(3600), from: now) == "in 60m")
    }

    @Test("a sheet puts names and values in columns, and below each other where there is no room")
    func sheet() {
        var sheet = TextSheet()
        sheet.add("Job", "Mail")
        sheet.add("Worker", "web1:42:x")
        sheet.add("Nothing", nil)
        #expect(sheet.text(width: nil) == "Job     Mail\nWorker  web1:42:x")
        #expect(sheet.text(width: 12) == "Job     Mail\nWorker\n  web1:42:x")
    }
}
