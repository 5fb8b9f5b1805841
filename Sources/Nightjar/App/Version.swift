/// The version of Nightjar this program was built with.
public let nightjarVersion = "0.1.0"
