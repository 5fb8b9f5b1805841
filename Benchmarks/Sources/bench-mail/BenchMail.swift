// What a mail costs: to write its bytes, and to hand it to a server on this machine over connections that are kept.

import ArgumentParser
import BenchKit
import NightjarMail

@main
struct BenchMail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "Mails: built, and sent to a sink on this machine.")

    @Flag(help: "Fewer rounds: numbers to look at while working, not to publish.")
    var quick = false

    @Option(help: "Also write the numbers to this file, as JSON.")
    var json: String?

    @Argument(help: "The part's name, as scripts/bench passes it.")
    var part = "mail"

    func run() async throws {
        var report = Report()
        report.section("mail: text and html of 3 kB, one recipient")
        let rounds = quick ? 3 : 9
        report.add(try built(rounds))
        let sink = try Sink()
        for connections in [1, 4] {
            let before = sink.connections
            var metric = try await sent(rounds, to: sink.port, connections)
            metric = Metric(
                metric.name, metric.title, metric.value, metric.unit, spread: metric.spread,
                note: "\(sink.connections - before) connections made")
            report.add(metric)
        }
        if let json { try report.write(to: json) }
    }

    private static func message() throws -> MailMessage {
        let mail = try Mail(
            to: "Ada Lovelace <ada@example.org>", subject: "Grüße aus der Küche",
            text: String(repeating: "Hello there, déjà vu. ", count: 40),
            html: "<p>" + String(repeating: "Hello <b>there</b>, déjà vu. ", count: 80))
        return try MailMessage(mail, defaultAuthor: MailAddress("Robot <robot@example.org>"))
    }

    private func built(_ rounds: Int) throws -> Metric {
        let count = 2000
        let rates = try (0..<rounds).map { _ in
            var bytes = 0
            let time = try ContinuousClock().measure {
                for _ in 0..<count { bytes += try Self.message().encoded().count }
            }
            return Double(count) / time.inSeconds
        }
        return metric("mail.built", "checked, stamped and encoded", rates)
    }

    private func sent(_ rounds: Int, to port: Int, _ connections: Int) async throws -> Metric {
        var server = SMTPConfiguration(host: "127.0.0.1", port: port, security: .none)
        server.connections = connections
        let transport = SMTPTransport(server)
        let count = quick ? 500 : 2000
        var rates: [Double] = []
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        var delivered = 0
                        for _ in 0..<count / 16 {
                            let message = try Self.message()
                            let report = try await transport.deliver(message.encoded(), to: message.envelope)
                            delivered += report.delivered.count
                        }
                        return delivered
                    }
                }
                for try await delivered in group where delivered != count / 16 {
                    throw ValidationError("The sink took \(delivered) of \(count / 16) mails.")
                }
            }
            rates.append(Double(count / 16 * 16) / (ContinuousClock.now - start).inSeconds)
        }
        await transport.close()
        return metric("mail.sent.\(connections)", "built and sent, \(connections) kept at most", rates)
    }

    private func metric(_ name: String, _ title: String, _ rates: [Double]) -> Metric {
        let sorted = rates.sorted()
        let median = sorted[sorted.count / 2]
        return Metric(
            name, title, median, "mails/s", spread: ((sorted.last ?? 0) - (sorted.first ?? 0)) / 2 / median)
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
