// swift-tools-version: 6.0
// The app's screens as a package: models that are tested where there is no SwiftUI, and views. The app itself is an Xcode project
// (App/project.yml).

import PackageDescription

#if os(Linux)
    // Apple's frameworks are not here. Modules of their names declare what the views and the app's target use, so that both are
    // type-checked against them: they agree with these declarations, which were written by hand after Apple's documentation.
    let frameworks = ["SwiftUI", "UIKit", "Security", "Network", "BackgroundTasks"]
    let surface: [Target] =
        frameworks.map { .target(name: $0, path: "Surface/\($0)") } + [
            .executableTarget(
                name: "MemberApp",
                dependencies: ["MemberUI"] + frameworks.map { .target(name: $0) },
                path: "App",
                exclude: ["Assets.xcassets", "Info.plist", "PrivacyInfo.xcprivacy", "project.yml"])
        ]
    let swiftUI: [Target.Dependency] = ["SwiftUI"]
#else
    let surface: [Target] = []
    let swiftUI: [Target.Dependency] = []
#endif

let package = Package(
    name: "MemberApp",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "MemberScreens", targets: ["MemberScreens"]),
        .library(name: "MemberUI", targets: ["MemberUI"]),
    ],
    dependencies: [.package(path: "../bindings/swift")],
    targets: surface + [
        .target(name: "ObservationShim"),
        .target(
            name: "MemberScreens",
            dependencies: ["ObservationShim", .product(name: "MemberCore", package: "swift")]),
        .target(name: "MemberUI", dependencies: ["MemberScreens"] + swiftUI),
    ],
    swiftLanguageModes: [.v6]
)

// Tests run against a library that is loaded and a backend process, as those of the package below; `cargo xtask test ios` names both.
if Context.environment["MEMBER_CORE_LIBRARY"] != nil {
    let testing = Target.Dependency.product(name: "MemberCoreTesting", package: "swift")
    package.targets += [
        .testTarget(name: "MemberScreensTests", dependencies: ["MemberScreens", testing]),
        .testTarget(name: "MemberUITests", dependencies: ["MemberUI", testing]),
    ]
}
