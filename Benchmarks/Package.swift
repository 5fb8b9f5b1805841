// swift-tools-version:6.3

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        // The name is given because a clone's folder may be called anything.
        .package(name: "nightjar", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.20.0"),
    ],
    targets: [
        .target(name: "CBench"),
        .target(name: "BenchKit", dependencies: ["CBench"], swiftSettings: settings),
        .executableTarget(
            name: "bench",
            dependencies: [
                "BenchKit",
                .product(name: "NightjarJobs", package: "nightjar"),
                .product(name: "NightjarSQLite", package: "nightjar"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "bench-mail",
            dependencies: [
                "BenchKit",
                .product(name: "NightjarMail", package: "nightjar"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        // Apart from `bench`, so that measuring the engine does not build the web framework.
        .executableTarget(
            name: "bench-http",
            dependencies: [
                "BenchKit",
                .product(name: "Nightjar", package: "nightjar"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
    ]
)
