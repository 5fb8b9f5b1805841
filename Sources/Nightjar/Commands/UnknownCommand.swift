// "There is no command …": the parser takes a word that is no command for an argument too many of the default one, and
// says neither what there is nor what was probably meant.

import ArgumentParser

/// A word on the command line where a command should be.
struct UnknownCommand: CustomStringConvertible {
    let word: String
    /// The commands before it, the program first.
    let path: [String]
    let known: [String]

    /// Finds it among arguments that could not be parsed; nil if they fail over something else.
    static func find(in arguments: [String]) -> UnknownCommand? {
        var command: any ParsableCommand.Type = RootCommand.self
        var path = [RootCommand.programName]
        for word in arguments {
            let subcommands = command.configuration.subcommands
            guard !word.hasPrefix("-"), word != "help", !subcommands.isEmpty else { return nil }
            guard let next = subcommands.first(where: { $0.configuration.commandName == word }) else {
                let known = subcommands.compactMap { $0.configuration.commandName }
                return UnknownCommand(word: word, path: path, known: known)
            }
            command = next
            path.append(word)
        }
        return nil
    }

    var description: String {
        let hint = Suggestion.nearest(to: word, among: known).map { " Did you mean \"\($0)\"?" } ?? ""
        let before = path.joined(separator: " ")
        return """
            There is no command "\(word)".\(hint)
            Usage: \(before) [\(known.joined(separator: " | "))]
              See '\(before) --help' for more information.
            """
    }
}
