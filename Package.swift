// swift-tools-version:6.3

import CompilerPluginSupport
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "nightjar",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Nightjar", targets: ["Nightjar"]),
        .library(name: "NightjarJobs", targets: ["NightjarJobs"]),
        .library(name: "NightjarMail", targets: ["NightjarMail"]),
        .library(name: "NightjarSQLite", targets: ["NightjarSQLite"]),
        .library(name: "NightjarTesting", targets: ["NightjarTesting"]),
        .executable(name: "SampleApp", targets: ["SampleApp"]),
        .plugin(name: "DiscoverJobs", targets: ["DiscoverJobs"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-syntax", from: "603.0.1"),
    ],
    targets: [
        .target(name: "CNightjar"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(
            name: "NightjarJobs",
            dependencies: [
                "CNightjar",
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "NightjarResources",
            path: "Resources",
            resources: [
                .embedInCode("Pages/error.mustache"),
                .embedInCode("Pages/mail.mustache"),
                .embedInCode("Pages/mail.css"),
                .embedInCode("Pages/mail.js"),
                .embedInCode("Deploy/web.service"),
                .embedInCode("Deploy/worker.service"),
                .embedInCode("Deploy/hardening.conf"),
            ],
            swiftSettings: settings
        ),
        .target(name: "CNightjarCurl"),
        .target(
            name: "NightjarMail",
            dependencies: ["CNightjarCurl", "NightjarJobs", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .target(
            name: "NightjarSQLite",
            dependencies: [
                "CNightjar",
                "NightjarJobs",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "NightjarSyntax",
            dependencies: [
                .product(name: "SwiftBasicFormat", package: "swift-syntax"),
                .product(name: "SwiftParser", package: "swift-syntax"),
                .product(name: "SwiftSyntax", package: "swift-syntax"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "NightjarExpansion",
            dependencies: [
                "NightjarSyntax",
                .product(name: "SwiftDiagnostics", package: "swift-syntax"),
                .product(name: "SwiftParser", package: "swift-syntax"),
                .product(name: "SwiftSyntax", package: "swift-syntax"),
                .product(name: "SwiftSyntaxBuilder", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacros", package: "swift-syntax"),
            ],
            swiftSettings: settings
        ),
        .macro(
            name: "NightjarMacros",
            dependencies: [
                "NightjarExpansion",
                .product(name: "SwiftCompilerPlugin", package: "swift-syntax"),
                .product(name: "SwiftSyntax", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacros", package: "swift-syntax"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "NightjarDiscovery",
            dependencies: [
                "NightjarSyntax",
                .product(name: "SwiftDiagnostics", package: "swift-syntax"),
                .product(name: "SwiftParser", package: "swift-syntax"),
                .product(name: "SwiftParserDiagnostics", package: "swift-syntax"),
                .product(name: "SwiftSyntax", package: "swift-syntax"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "discover-jobs-tool",
            dependencies: [
                "NightjarDiscovery", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/DiscoverJobsTool",
            swiftSettings: settings
        ),
        .plugin(
            name: "DiscoverJobs",
            capability: .command(
                intent: .custom(
                    verb: "discover-jobs", description: "List the package's jobs in .nightjar/manifest.json"),
                permissions: [
                    .writeToPackageDirectory(reason: "The list of jobs is written to .nightjar/manifest.json")
                ]
            ),
            dependencies: ["discover-jobs-tool"]
        ),
        .target(
            name: "Nightjar",
            dependencies: [
                "NightjarJobs",
                "NightjarMacros",
                "NightjarMail",
                "NightjarResources",
                "NightjarSQLite",
                "NightjarTesting",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "NightjarTesting",
            dependencies: ["NightjarJobs", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "SampleApp",
            dependencies: [
                "CZlib",
                "Nightjar",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "SampleApp",
            resources: [
                .embedInCode("Resources/index.mustache"),
                .embedInCode("Resources/job.mustache"),
                .embedInCode("Resources/app.css"),
                .embedInCode("Resources/app.js"),
                .embedInCode("Resources/favicon.svg"),
                .embedInCode("Resources/mail/letter.mustache"),
                .embedInCode("Resources/mail/welcome.en.subject.mustache"),
                .embedInCode("Resources/mail/welcome.en.text.mustache"),
                .embedInCode("Resources/mail/welcome.en.html.mustache"),
                .embedInCode("Resources/mail/welcome.fr.subject.mustache"),
                .embedInCode("Resources/mail/welcome.fr.text.mustache"),
                .embedInCode("Resources/mail/welcome.fr.html.mustache"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "FileBackend",
            dependencies: ["Nightjar"],
            path: "Examples/FileBackend",
            swiftSettings: settings
        ),
        .executableTarget(name: "Hello", dependencies: ["Nightjar"], path: "Examples/Hello", swiftSettings: settings),
        .target(
            name: "Errands", dependencies: ["Nightjar"], path: "Tests/ProcessTests/Errands", swiftSettings: settings),
        .executableTarget(
            name: "ProcessFixture",
            dependencies: ["Errands", "FileBackend", "Nightjar", "NightjarSQLite"],
            path: "Tests/ProcessTests/Fixture",
            swiftSettings: settings
        ),
        .target(name: "TestSupport", path: "Tests/Support", swiftSettings: settings),
        .testTarget(
            name: "ProcessTests",
            dependencies: [
                "Hello", "ProcessFixture", "SampleApp", "TestSupport", "discover-jobs-tool",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            exclude: ["Errands", "Fixture"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "NightjarJobsTests",
            dependencies: [
                "NightjarJobs", "NightjarTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "NightjarSQLiteTests",
            dependencies: [
                "NightjarJobs", "NightjarSQLite", "NightjarTesting",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "NightjarMailTests",
            dependencies: [
                "NightjarMail", "NightjarTesting", "TestSupport",
                .product(name: "InMemoryLogging", package: "swift-log"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Python"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "NightjarSyntaxTests",
            dependencies: [
                "NightjarDiscovery", "NightjarExpansion", "TestSupport",
                .product(name: "SwiftDiagnostics", package: "swift-syntax"),
                .product(name: "SwiftParser", package: "swift-syntax"),
                .product(name: "SwiftSyntax", package: "swift-syntax"),
                .product(name: "SwiftSyntaxBuilder", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacroExpansion", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacros", package: "swift-syntax"),
                .product(name: "SwiftSyntaxMacrosGenericTestSupport", package: "swift-syntax"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "NightjarTests",
            dependencies: [
                "FileBackend", "Nightjar", "NightjarSQLite", "NightjarTesting", "TestSupport",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
    ]
)
