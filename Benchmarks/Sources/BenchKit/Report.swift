// What a run prints, and what it writes for programs. Lines appear as soon as they are known: a bench that is silent for
// two minutes gets interrupted.

import Foundation

/// Collects the metrics of a run and prints each as it comes in.
public struct Report {
    private let machine = Machine.current
    private var metrics: [Metric] = []
    private var versions: [String: String]

    /// An empty report. Prints the machine.
    public init() {
        // Line by line even into a pipe: who watches wants to see how far it is.
        printLineByLine()
        versions = ["swift": machine.swift]
        print("\(machine.processor), \(machine.cores) cores, \(machine.system), \(machine.swift); load \(machine.load)")
    }

    /// Starts a part.
    public func section(_ title: String) { print("\n\(title)") }

    /// Says which version of something took part.
    public mutating func note(version: String, of part: String) { versions[part] = version }

    /// Adds a metric.
    public mutating func add(_ metric: Metric) {
        metrics.append(metric)
        var line =
            "  \(metric.title.padded(to: 52))\(metric.value.readable.padded(to: 12, left: true)) \(metric.unit.padded(to: 9))"
        if let spread = metric.spread { line += "±\((spread * 100).readable) %".padded(to: 9) }
        if let goal = metric.goal, let isMet = metric.isMet {
            line += " \(isMet ? "✓" : "✗") \(goal.sign) \(goal.limit.readable)"
        }
        if let cost = metric.cost {
            line += "  \(cost.cpuSecondsPer1000Jobs.readable) s CPU/1000, peak \(cost.peakMegabytes.readable) MB"
        }
        if let durability = metric.durability { line += "  [\(durability)]" }
        if let note = metric.note { line += "  \(note)" }
        print(line)
    }

    /// Writes everything as JSON.
    /// - Throws: When the file cannot be written.
    public func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let document = Document(
            machine: machine, versions: versions,
            metrics: Dictionary(metrics.map { ($0.name, $0) }, uniquingKeysWith: { $1 }))
        try encoder.encode(document).write(to: URL(fileURLWithPath: path))
    }

    private struct Document: Encodable {
        let machine: Machine
        let versions: [String: String]
        let metrics: [String: Metric]
    }
}

extension Double {
    /// Three digits that matter, with a thin space between thousands.
    public var readable: String {
        guard isFinite else { return "–" }
        let digits = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 0.1 || self == 0 ? 2 : 4
        let parts = String(format: "%.\(digits)f", self).split(separator: ".", maxSplits: 1)
        var whole = String(parts[0])
        var index = whole.count - 3
        while index > (whole.hasPrefix("-") ? 1 : 0) {
            whole.insert(" ", at: whole.index(whole.startIndex, offsetBy: index))
            index -= 3
        }
        return parts.count > 1 ? "\(whole).\(parts[1])" : whole
    }
}

extension String {
    func padded(to width: Int, left: Bool = false) -> String {
        let padding = String(repeating: " ", count: max(0, width - count))
        return left ? padding + self : self + padding
    }
}
