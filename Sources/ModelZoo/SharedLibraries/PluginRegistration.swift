/// Where a shared library puts its architectures when it is loaded.
///
/// A library has one function for it, which the program calls once:
///
/// ```swift
/// @c(zoo_plugin_register) public func register(_ list: UnsafeMutableRawPointer) {
///   PluginRegistration(list).add(Foo())
/// }
/// ```
public struct PluginRegistration {
  final class List {
    var architectures: [any Architecture] = []
  }

  private let list: List

  /// - Parameter pointer: what the program handed to `zoo_plugin_register`.
  public init(_ pointer: UnsafeMutableRawPointer) {
    list = Unmanaged<List>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Adds an architecture behind those that are there. Its id must be one that no other has.
  public func add(_ architecture: any Architecture) { list.architectures.append(architecture) }
}
