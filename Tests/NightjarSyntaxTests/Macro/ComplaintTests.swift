// What cannot be a job is said in a sentence, at the place, and with a change that helps where there is one.

import Testing

@Suite("What cannot be a job")
struct ComplaintTests {
    @Test("a generic function")
    func generic() {
        expectComplaint("@Job func send<T: Codable>(value: T) { }", "“send” is generic", column: 15)
        expectComplaint("@JobType struct Send<T: Codable> { var value: T }", "“Send” is generic", column: 21)
    }

    @Test("a method of an instance is offered to be static")  // ASOK-B15
    func instance() {
        expectComplaint(
            "struct Mailer { @Job func send() { } }", "is a method of an instance", column: 27,
            fixed: "struct Mailer { @Job static func send() { } }")
        expectComplaint(
            "extension Mailer {\n    @Job\n    public func send() { }\n}", "Make it static", line: 3, column: 17,
            fixed: "extension Mailer {\n    @Job\n    public static func send() { }\n}")
    }

    @Test("a mutating method")
    func mutating() {
        expectComplaint(
            "struct Mailer { @Job mutating func send() { } }", "changes the value it is called on", column: 22,
            fixed: "struct Mailer { @Job static func send() { } }")
    }

    @Test("an inout parameter")
    func inoutParameter() {
        expectComplaint(
            "@Job func count(total: inout Int) { }", "“total” is inout", column: 24,
            fixed: "@Job func count(total: Int) { }")
    }

    @Test("any number of values")
    func variadic() {
        expectComplaint(
            "@Job func add(numbers: Int...) { }", "takes any number of values", column: 27,
            fixed: "@Job func add(numbers: [Int]) { }")
    }

    @Test(
        "parameters that cannot be stored",
        arguments: [
            ("() -> Void", "a closure cannot be stored"),
            ("@escaping @Sendable (Int) async -> Void", "a closure cannot be stored"),
            ("(() -> Void)?", "a closure cannot be stored"),
            ("some Shape", "“some” hides which type to read back"),
            ("any Shape", "“any” does not say which type to read back"),
            ("[any Shape]", "“any” does not say which type to read back"),
            ("[String: Any]", "“Any” does not say which type to read back"),
            ("Set<AnyHashable>", "“AnyHashable” does not say which type to read back"),
            ("(Int, Int)", "a tuple is not Codable"),
            ("Int.Type", "a type cannot be stored"), ("Void", "there is nothing in it to store"),
            ("()", "there is nothing in it to store"),
            ("isolated Mailer", "is an isolated actor"),
        ])
    func parameters(type: String, message: String) {
        expectComplaint("@Job func work(value: \(type)) { }", message, column: 23)
    }

    @Test("results that cannot be stored", arguments: ["some Shape", "any Shape", "(Int, Int)", "() -> Void"])
    func results(type: String) {
        expectComplaint("@Job func work() -> \(type) { fatalError() }", "“work” returns \(type)", column: 21)
    }

    @Test(
        "what is neither a function nor a structure",
        arguments: [
            ("class Mailer { }", "a class"), ("enum Mailer { }", "an enumeration"), ("actor Mailer { }", "an actor"),
            ("var mailer = 1", "a variable"), ("protocol Mailer { }", "a protocol"),
        ])
    func otherKinds(source: String, name: String) {
        expectComplaint("@Job \(source)", "\(name) cannot be a job", column: 1)
    }

    @Test("a structure and a function have an attribute each")
    func twoAttributes() {
        expectComplaint(
            "@Job(queue: \"low\") struct Digest { }", "before a structure it is @JobType", column: 1,
            fixed: "@JobType(queue: \"low\") struct Digest { }")
        expectComplaint("@JobType class Digest { }", "a class cannot be a job", column: 1)
    }

    @Test("a function inside a function")
    func local() {
        expectComplaint("func outer() {\n    @Job func inner() { }\n}", "inside a function", column: 1)
    }

    @Test("a method of a generic type")
    func inGenericType() {
        expectComplaint("struct Box<T> { @Job static func send() { } }", "part of a generic type", column: 11)
        expectComplaint("extension Box<Int> { @Job static func send() { } }", "part of a generic type", column: 14)
        expectComplaint(
            "extension Box where T == Int { @Job static func send() { } }", "part of a generic type", column: 15)
    }

    @Test("a context that may be missing")
    func optionalContext() {
        expectComplaint("@Job func work(context: JobContext?) { }", "it is always there", column: 25)
    }

    @Test("a structure that is private to another")
    func privateStructure() {
        expectComplaint(
            "enum Mailer { @JobType private struct Send { } }", "private to “Mailer”", column: 24,
            fixed: "enum Mailer { @JobType fileprivate struct Send { } }")
    }

    @Test("retries said twice")
    func retriesTwice() {
        expectComplaint(
            "@Job(queue: \"low\", retries: 3, retry: .never) func send() { }", "both say how often", column: 20,
            fixed: "@Job(queue: \"low\", retry: .never) func send() { }")
        expectComplaint("@Job(retries: -1) func send() { }", "cannot be tried again -1 times", column: 15)
    }

    @Test("a name, aliases or a version that the source does not show")
    func notReadable() {
        expectComplaint("@Job(name: prefix + \"send\") func send() { }", "plain string literal", column: 12)
        expectComplaint("@Job(name: \"\") func send() { }", "not empty", column: 12)
        expectComplaint("@Job(aliases: [old]) func send() { }", "array literal", column: 15)
        expectComplaint("@Job(version: 0) func send() { }", "from 1 on", column: 15)
    }

    @Test("options said in two places")
    func optionsTwice() {
        expectComplaint(
            "@JobType(queue: \"low\") struct Digest { static let options = JobOptions() }", "“options” of its own",
            column: 10,
            fixed: "@JobType() struct Digest { static let options = JobOptions() }")
    }

    @Test("a structure's own name, aliases or version that the source does not show")
    func ownNotReadable() {
        expectComplaint("@JobType struct A { static let name = prefix }", "plain string literal", column: 39)
        expectComplaint("@JobType struct A { static let name: String }", "plain string literal", column: 32)
        expectComplaint("@JobType struct A { static var name: String { make() } }", "plain string literal", column: 47)
        expectComplaint("@JobType struct A { static let aliases = [old] }", "array literal", column: 42)
        expectComplaint("@JobType struct A { static let version = 0 }", "from 1 on", column: 42)
    }

    @Test("properties that would be lost on the way to the disk")
    func lost() {
        expectComplaint(
            "@JobType struct A {\n    var a = 1\n    #if DEBUG\n    var b = 2\n    #endif\n}",
            "“b” is there or not as the program is built", line: 4, column: 5)
        expectComplaint(
            "@JobType struct A { var (p, q) = (1, 2) }", "“(p, q)” declares several properties at once", column: 25)
    }

    @Test(
        "names that mean something else inside the job's type",
        arguments: [
            ("@Job(queue: name) static func send() { }", 32),
            ("@Job(tags: [\"a\", aliases[0]]) static func send() { }", 37),
            ("@Job(queue: \"q\\(version)\") static func send() { }", 36),
            ("@Job static func send(who: String = name) { }", 56),
            ("@Job static func send(who: String = user, user: String) { }", 56),
            ("@JobType(queue: high) struct Send { static let high = 1 }", 36),
            ("@JobType(queue: options.queue) struct Send { }", 36),
        ])
    func otherMeaning(job: String, column: Int) {
        expectComplaint("struct Mailer { \(job) }", "is the job's own", column: column - 3)
    }

    @Test("names that say whose they are")
    func sameMeaning() {
        for value in ["Mailer.name", "Self.name", ".name", "Module::name", "make { name in name }", "make(\\.name)"] {
            expectNoComplaint("struct Mailer { @Job(queue: \(value)) static func send() { } }")
        }
    }
}
