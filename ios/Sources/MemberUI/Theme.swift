// Colours of the card, the same by day and by night: it is a thing, not a screen. Everything else has the system's colours and the app's
// tint. Must not know what is written on it; that each pair is readable is held by a test.

import SwiftUI

/// A colour by its parts, in sRGB.
struct Shade: Equatable, Sendable {
    let red: UInt8
    let green: UInt8
    let blue: UInt8

    /// Out of 0xRRGGBB.
    init(_ code: UInt32) {
        red = UInt8(code >> 16 & 0xFF)
        green = UInt8(code >> 8 & 0xFF)
        blue = UInt8(code & 0xFF)
    }

    var color: Color {
        Color(red: Double(red) / 255, green: Double(green) / 255, blue: Double(blue) / 255)
    }
}

/// The card's own colours, with what is written on each.
enum CardColors {
    static let face = Shade(0x12443B)
    static let onFace = Shade(0xFFFFFF)
    static let onFaceQuiet = Shade(0xC4DDD5)
    static let tier = Shade(0xF2C879)
    static let onTier = Shade(0x3A2600)
    static let arrived = Shade(0x9BE8C8)
    static let onArrived = Shade(0x00382B)
    /// Under the symbol: a scanner needs black on white.
    static let paper = Shade(0xFFFFFF)
    static let ink = Shade(0x000000)
}
