import Foundation

/// A learning rate that rises linearly and then falls along a cosine, over a known number of steps or trajectories.
public struct CosineSchedule: Sendable, Equatable, Codable {
  /// The largest rate.
  public let peak: Double
  /// The rate at the end, as a share of the peak.
  public let floor: Double
  /// Share of the whole during which the rate rises, 0 ... 1.
  public let warmUp: Double

  /// A schedule; the defaults are those of a recipe.
  public init(peak: Double, floor: Double = 0.005, warmUp: Double = 0.02) {
    self.peak = peak
    self.floor = floor
    self.warmUp = warmUp
  }

  /// The rate when `progress` (0 ... 1) of the whole is done.
  public func rate(at progress: Double) -> Double {
    let progress = min(1, max(0, progress))
    if progress < warmUp { return peak * max(progress / warmUp, 1e-3) }
    let rest = (progress - warmUp) / max(1e-12, 1 - warmUp)
    return peak * (floor + (1 - floor) * (1 + cos(.pi * rest)) / 2)
  }
}

/// A learning rate that rises linearly, stays, and falls linearly at the end.
///
/// Where the weights that count are an average over many steps, the average does for most of a run what a falling rate
/// would, and a rate that stays learns more; the fall at the end then brings what is left.
public struct TrapezoidSchedule: Sendable, Equatable, Codable {
  /// The largest rate.
  public let peak: Double
  /// The rate at the end, as a share of the peak.
  public let floor: Double
  /// Share of the whole during which the rate rises, 0 ... 1.
  public let warmUp: Double
  /// Share of the whole during which the rate falls, 0 ... 1.
  public let coolDown: Double

  /// A schedule; the defaults are those of a recipe.
  public init(peak: Double, floor: Double = 0.005, warmUp: Double = 0.02, coolDown: Double = 0.2) {
    self.peak = peak
    self.floor = floor
    self.warmUp = warmUp
    self.coolDown = coolDown
  }

  /// The rate when `progress` (0 ... 1) of the whole is done.
  public func rate(at progress: Double) -> Double {
    let progress = min(1, max(0, progress))
    let rise = progress < warmUp ? max(progress / warmUp, 1e-3) : 1
    let fall = progress > 1 - coolDown ? floor + (1 - floor) * (1 - progress) / coolDown : 1
    return peak * min(rise, fall)
  }
}

/// The published training loop's rule: a fifth of the rate when the validation loss stops falling, the end at the third
/// time.
///
/// After an epoch whose loss is no new best: where more than 2 epochs have passed since the last cut (or the start) and
/// both of the last two losses are above the best, the rate is divided by 5; the third such event stops training.
/// - Source: Li, Yao and Huang (2021), section 2.4, and their published code.
public struct PlateauSchedule: Sendable, Equatable, Codable {
  /// The rate of the next epoch.
  public private(set) var rate: Double
  /// The least validation loss so far.
  public private(set) var best: Double = 1000
  /// Cuts so far, the stopping event included.
  public private(set) var changes = 0
  /// The epoch that ended last, from 0; -1 before the first.
  public private(set) var epoch = -1
  private var since = 0
  /// Nil before the first epoch: infinity has no place in JSON.
  private var previous: Double?

  /// The schedule before the first epoch.
  public init(rate: Double = 1e-3) { self.rate = rate }

  /// Takes the validation loss of the epoch that has just ended.
  /// - Returns: whether training goes on.
  public mutating func finishEpoch(loss: Double) -> Bool {
    epoch += 1
    defer { previous = loss }
    if loss < best {
      best = loss
    } else if epoch - since > 2, min(loss, previous ?? .infinity) > best {
      changes += 1
      if changes > 2 { return false }
      rate /= 5
      since = epoch
    }
    return true
  }
}
