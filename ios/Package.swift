// swift-tools-version: 6.0
// The app's screens as a package: models that are tested where there is no SwiftUI, and views. Must not know of the app's target, which
// is an Xcode project (App/project.yml).

import PackageDescription

#if os(Linux)
    // There is no SwiftUI here. A module of that name declares what the views use, so that they are type-checked against it: they
    // agree with these declarations, which were written by hand after Apple's.
    let surface: [Target] = [.target(name: "SwiftUI")]
    let surfaceName: [Target.Dependency] = ["SwiftUI"]
#else
    let surface: [Target] = []
    let surfaceName: [Target.Dependency] = []
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
        .target(name: "MemberUI", dependencies: ["MemberScreens"] + surfaceName),
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
