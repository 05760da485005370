// swift-tools-version: 6.1
import PackageDescription

/// Numeric code stays optimised in debug builds, so that `swift test` measures the product and not the compiler's
/// bookkeeping: unoptimised Swift is 9 to 160 times slower here.
let optimised: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]
let optimisedC: [CSetting] = [.unsafeFlags(["-O3"])]

/// The architectures of this package: a folder in Plugins/ each. Sources/BuiltIn lists their values.
let architectures = ["WADNet", "PlainLSTM", "TAMSD", "RANDI", "UPVMAT", "KerasNetwork"]

let package = Package(
  name: "Zoo",
  products: [
    .executable(name: "zoo", targets: ["zoo"]),
    .library(name: "HDF5", targets: ["HDF5"]),
    .library(name: "LayerGraph", targets: ["LayerGraph"]),
    .library(name: "Diffusion", targets: ["Diffusion"]),
    .library(name: "Embedding", targets: ["Embedding"]),
    .library(name: "ModelZoo", targets: ["ModelZoo"]),
    .library(name: "Plotting", targets: ["Plotting"]),
    .library(name: "Report", targets: ["Report"]),
    .library(name: "ZooConformance", targets: ["ZooConformance"]),
    .library(name: "ZooCommand", targets: ["ZooCommand"]),
    .library(name: "BuiltIn", targets: ["BuiltIn"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Training, evaluation and prediction on several machines; needs libopenmpi-dev."),
    .default(enabledTraits: []),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5-serial", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .target(
      name: "CCluster", dependencies: [.target(name: "CMPI", condition: .when(traits: ["MPI"]))],
      cSettings: [.define("ZOO_MPI", .when(traits: ["MPI"]))]),
    .target(name: "Cluster", dependencies: ["CCluster"]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "HDF5", dependencies: ["CHDF5"], swiftSettings: optimised),
    .target(name: "CKernels", cSettings: optimisedC),
    .target(name: "LayerGraph", dependencies: ["CKernels"], swiftSettings: optimised),
    .target(name: "CDiffusion", cSettings: optimisedC),
    .target(name: "Diffusion", dependencies: ["HDF5", "CDiffusion", "CZlib"], swiftSettings: optimised),
    .target(name: "Embedding", swiftSettings: optimised),
    .target(
      name: "ModelZoo", dependencies: ["LayerGraph", "Diffusion", "HDF5", "Cluster", "CCrypto", "Yams"],
      swiftSettings: optimised, plugins: ["InterfaceFingerprint"]),
    .plugin(name: "InterfaceFingerprint", capability: .buildTool(), path: "Sources/InterfaceFingerprint"),
    .target(name: "Plotting", swiftSettings: optimised),
    .target(name: "Report", dependencies: ["ModelZoo", "Plotting"], swiftSettings: optimised),
    .target(name: "ZooConformance", dependencies: ["ModelZoo"]),
    .target(
      name: "ZooCommand",
      dependencies: [
        "ModelZoo", "Embedding", "Report", "ZooConformance", "Cluster",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      // Shared libraries with architectures find the core in the program itself.
      linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic"], .when(platforms: [.linux]))]),
    .target(name: "BuiltIn", dependencies: ["ModelZoo"] + architectures.map { .target(name: $0) }),
    .executableTarget(name: "zoo", dependencies: ["ZooCommand", "BuiltIn"]),
    .plugin(
      name: "NewArchitecture",
      capability: .command(
        intent: .custom(
          verb: "new-architecture", description: "Lays out an architecture in Plugins/ that builds, trains and passes."),
        permissions: [.writeToPackageDirectory(reason: "The architecture's files and its registration are written.")]),
      path: "Sources/NewArchitecture"),
    .testTarget(name: "ClusterTests", dependencies: ["Cluster"]),
    .testTarget(name: "HDF5Tests", dependencies: ["HDF5"]),
    .testTarget(
      name: "DiffusionTests", dependencies: ["Diffusion", "CDiffusion", "HDF5"], swiftSettings: optimised),
    .testTarget(name: "EmbeddingTests", dependencies: ["Embedding"], swiftSettings: optimised),
    .target(
      name: "EmulatedKernels", dependencies: ["CKernels"], path: "Tests/EmulatedKernels", cSettings: optimisedC),
    .testTarget(name: "LayerGraphTests", dependencies: ["LayerGraph", "CKernels", "EmulatedKernels"]),
    .testTarget(name: "ModelZooTests", dependencies: ["ModelZoo", "Cluster", "HDF5", "BuiltIn"]),
    .testTarget(name: "ConformanceTests", dependencies: ["ZooConformance", "BuiltIn"]),
    .testTarget(name: "ParityTests", dependencies: ["ModelZoo", "HDF5", "BuiltIn"]),
    .testTarget(name: "PlottingTests", dependencies: ["Plotting"]),
    .testTarget(name: "ReportTests", dependencies: ["Report", "BuiltIn"]),
    .testTarget(name: "CommandTests", dependencies: ["zoo", "HDF5", "LayerGraph"]),
  ]
    + architectures.map {
      .target(name: $0, dependencies: ["ModelZoo"], path: "Plugins/\($0)", exclude: ["README.md"])
    }
)
