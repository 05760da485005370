// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "OwnZoo",
  dependencies: [
    // Outside of this checkout: .package(url: "…", from: "…").
    .package(name: "Zoo", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "OwnZoo",
      dependencies: [
        .product(name: "ZooCommand", package: "Zoo"),
        .product(name: "BuiltIn", package: "Zoo"),
        .product(name: "ModelZoo", package: "Zoo"),
        .product(name: "LayerGraph", package: "Zoo"),
      ])
  ]
)
