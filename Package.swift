// swift-tools-version: 6.2
import PackageDescription

/// What release builds leave out for speed.
var release: [SwiftSetting] = [
  // Debug builds, which the tests are, check that no two accesses to a variable overlap. In the program
  // these checks would take a tenth of the time.
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]
#if compiler(>=6.2) && compiler(<6.4)
  // Types such as `[String: Int]` are had by calling for them and not by their names: by name, a start
  // goes through all conformances of the program to see that `String` is `Hashable`, once for each of these.
  // The compiler does not promise to know this flag in other versions.
  release.append(
    .unsafeFlags(
      ["-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors"],
      .when(configuration: .release)))
#endif

let strict: [SwiftSetting] =
  release + [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]

/// Targets that hold values and decisions only: every unsafe expression has to be marked.
let safe: [SwiftSetting] = strict + [.strictMemorySafety()]

let package = Package(
  name: "pni-lint",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "pni-lint", targets: ["pni-lint"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "CLibYAML", pkgConfig: "yaml-0.1",
      providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
    .systemLibrary(
      name: "CLibXML2", pkgConfig: "libxml-2.0",
      providers: [.apt(["libxml2-dev"]), .brew(["libxml2"])]),
    // Valgrind, which counts instructions, fails at what a later compiler writes by itself.
    .target(name: "CSystem", cSettings: [.unsafeFlags(["-gdwarf-4"])]),
    .target(name: "CBytes"),
    .target(name: "SGModel", swiftSettings: safe),
    .target(name: "Workers", dependencies: ["CSystem"], swiftSettings: strict),
    .target(
      name: "Loaders", dependencies: ["SGModel", "Workers", "CBytes", "CLibYAML"],
      swiftSettings: strict),
    .target(name: "Rules", dependencies: ["SGModel", "Workers"], swiftSettings: safe),
    .target(name: "Reporters", dependencies: ["SGModel", "CLibXML2"], swiftSettings: strict),
    .target(
      name: "LintDriver", dependencies: ["SGModel", "Loaders", "Rules", "Reporters", "Workers"],
      swiftSettings: strict),
    .executableTarget(
      name: "pni-lint",
      dependencies: [
        "LintDriver", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .target(name: "BenchmarkInputs", path: "Benchmarks/Inputs", swiftSettings: safe),
    .executableTarget(
      name: "pni-bench",
      dependencies: ["SGModel", "Loaders", "Rules", "Workers", "BenchmarkInputs", "CLibYAML"],
      path: "Benchmarks", exclude: ["ask_z3.py", "programs.py", "Inputs", "instructions.json"],
      swiftSettings: strict),
    .testTarget(name: "WorkersTests", dependencies: ["Workers"], swiftSettings: strict),
    .testTarget(name: "SGModelTests", dependencies: ["SGModel"], swiftSettings: strict),
    .testTarget(
      name: "LoadersTests", dependencies: ["Loaders", "SGModel", "Workers"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "RulesTests",
      dependencies: ["Rules", "Loaders", "LintDriver", "SGModel", "BenchmarkInputs"],
      swiftSettings: strict),
    .testTarget(
      name: "ReportersTests", dependencies: ["Reporters", "SGModel"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "BenchmarkTests", dependencies: ["BenchmarkInputs", "Loaders", "SGModel"],
      swiftSettings: strict),
    .testTarget(name: "CommandTests", dependencies: ["pni-lint"], swiftSettings: strict),
  ]
)
