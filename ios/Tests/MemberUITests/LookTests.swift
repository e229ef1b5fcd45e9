// What can be said of the screen's looks without a screen: that text is readable on its colour, and that previews show what there is.

import Foundation
import MemberCore
import MemberCoreTesting
import MemberScreens
import Testing

@testable import MemberUI

struct LookTests {
    @Test func whatStandsOnAColourIsReadable() throws {
        let pairs = [
            (CardColors.face, CardColors.onFace), (CardColors.face, CardColors.onFaceQuiet), (CardColors.tier, CardColors.onTier),
            (CardColors.arrived, CardColors.onArrived), (CardColors.paper, CardColors.ink),
        ]
        for (ground, text) in pairs { #expect(contrast(ground, text) >= 4.5, "\(text) on \(ground)") }
        // The tint writes on the system's own grounds: white and almost white by day, black and almost black by night.
        let tints = try accents()
        for ground in [Shade(0xFFFFFF), Shade(0xF2F2F7)] { #expect(contrast(ground, tints.day) >= 4.5) }
        for ground in [Shade(0x000000), Shade(0x1C1C1E), Shade(0x2C2C2E)] { #expect(contrast(ground, tints.night) >= 4.5) }
        // The measure itself: WCAG's extremes, and grey that just fails on white.
        #expect(contrast(Shade(0xFFFFFF), Shade(0x000000)) == 21)
        #expect(contrast(Shade(0xFFFFFF), Shade(0x777777)) < 4.5)
    }

    @Test func previewsShowEachStateOnce() {
        var seen: [CardScreenState] = []
        for sample in Sample.allCases {
            #expect(!seen.contains(sample.state), "\(sample) is shown twice")
            seen.append(sample.state)
        }
    }

    @Test func theSymbolOfThePreviewsIsARealOne() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("member-ui-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let sandbox = try Sandbox(folder.appendingPathComponent("sandbox"))
        let picture = folder.appendingPathComponent("card.png")
        try png(Sample.symbol).write(to: picture)
        // The till reads a card number in it, of a member whom this backend does not have.
        #expect {
            try sandbox.accrue(picture: picture, amount: "1.00")
        } throws: { error in
            "\(error)".contains("unknown-card")
        }
    }

    /// By WCAG 2: 1 to 21.
    private func contrast(_ one: Shade, _ other: Shade) -> Double {
        let (a, b) = (luminance(one), luminance(other))
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    private func luminance(_ shade: Shade) -> Double {
        func linear(_ part: UInt8) -> Double {
            let value = Double(part) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(shade.red) + 0.7152 * linear(shade.green) + 0.0722 * linear(shade.blue)
    }

    /// The app's tint, out of its asset catalogue.
    private func accents() throws -> (day: Shade, night: Shade) {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        let file = folder.appendingPathComponent("App/Assets.xcassets/AccentColor.colorset/Contents.json")
        struct Catalogue: Decodable {
            let colors: [Entry]

            struct Entry: Decodable {
                let appearances: [Appearance]?
                let color: Colour
            }

            struct Appearance: Decodable {
                let value: String
            }

            struct Colour: Decodable {
                let components: [String: String]
            }
        }
        let catalogue = try JSONDecoder().decode(Catalogue.self, from: Data(contentsOf: file))
        func shade(_ appearance: String?) throws -> Shade {
            let entry = catalogue.colors.first { $0.appearances?.first?.value == appearance }
            let parts = ["red", "green", "blue"].compactMap { part in
                entry?.color.components[part].flatMap { UInt32($0.dropFirst(2), radix: 16) }
            }
            guard parts.count == 3 else { throw Fault("no colour for \(appearance ?? "the day")") }
            return Shade(parts[0] << 16 | parts[1] << 8 | parts[2])
        }
        return (try shade(nil), try shade("dark"))
    }
}
