// The card itself: its symbol in whole pixels, the number, and whose it is. Must not know how a symbol is made.

import Foundation
import MemberCore
import MemberScreens
import SwiftUI

/// What is held to the scanner: the symbol on white with its number, in every theme.
struct SymbolFace: View {
    let card: Card
    /// From when to when its code is shown, where it changes.
    let codeLife: ClosedRange<Date>?
    let density: ScreenDensity
    /// How much room there is, in points.
    let available: CGFloat
    /// Whether there is little height: then the number keeps to one line, and to a size at which that fits.
    var isLow = false

    var body: some View {
        VStack(spacing: 4) {
            if let drawing {
                SymbolView(grid: SymbolGrid(symbol: card.symbol, drawing: drawing), scale: density.scale)
                    .accessibilityElement()
                    .accessibilityLabel(Text(verbatim: card.description))
                    .accessibilityAddTraits(.isImage)
            }
            Text(verbatim: card.number)
                .speechSpellsOutCharacters()
                .font(.title3.weight(.semibold).monospacedDigit())
                .foregroundStyle(CardColors.ink.color)
                .multilineTextAlignment(.center)
                .lineLimit(isLow ? 1 : nil)
                .minimumScaleFactor(0.5)
                .dynamicTypeSize(...(isLow ? DynamicTypeSize.accessibility1 : .accessibility5))
                .padding(.horizontal, 12)
                .padding(.bottom, 12)
            if let code = card.code, let codeLife { CodeCountdown(code: code, life: codeLife) }
        }
        .frame(maxWidth: .infinity)
        .padding(.top, drawing == nil ? 12 : 0)
        // Neither a symbol nor a number is read from the right.
        .environment(\.layoutDirection, .leftToRight)
    }

    /// Nothing where no readable size fits: then the number stands alone.
    private var drawing: SymbolDrawing? {
        let pixels = Int((Double(available) * density.scale).rounded(.down))
        return card.symbol.drawing(pixelsPerInch: density.pixelsPerInch, availablePixels: pixels)
    }
}

/// How long the code is good, and what the member should know of it. The card is read again when it is over.
struct CodeCountdown: View {
    let code: LiveCode
    let life: ClosedRange<Date>

    var body: some View {
        VStack(alignment: .leading, spacing: 4) {
            ProgressView(timerInterval: life, countsDown: true) {
                Text(verbatim: code.text)
            } currentValueLabel: {
                EmptyView()
            }
            .tint(CardColors.face.color)
            if let notice = code.notice { Text(verbatim: notice) }
        }
        .font(.footnote)
        .foregroundStyle(CardColors.ink.color)
        .padding(.horizontal, 16)
        .padding(.bottom, 12)
    }
}

/// A symbol, black on white. Each module is a whole number of pixels: scaled to anything else its edges would blur, and a
/// scanner would take neighbouring modules for one.
struct SymbolView: View {
    let grid: SymbolGrid
    /// Pixels for a point.
    let scale: Double

    var body: some View {
        Canvas(opaque: true, rendersAsynchronously: false) { context, size in
            let crisp = FillStyle(eoFill: false, antialiased: false)
            context.fill(Path(CGRect(origin: .zero, size: size)), with: .color(CardColors.paper.color), style: crisp)
            var dark = Path()
            for run in grid.runs {
                dark.addRect(CGRect(x: points(run.x), y: points(run.y), width: points(run.width), height: points(run.height)))
            }
            context.fill(dark, with: .color(CardColors.ink.color), style: crisp)
        }
        .frame(width: points(grid.width), height: points(grid.height))
    }

    private func points(_ pixels: Int) -> CGFloat {
        CGFloat(Double(pixels) / scale)
    }
}

/// Whose card it is and what is on it.
struct MemberFace: View {
    let card: Card

    var body: some View {
        VStack(alignment: .leading, spacing: 14) {
            HStack(alignment: .top, spacing: 12) {
                VStack(alignment: .leading, spacing: 2) {
                    Text(verbatim: card.programme)
                        .font(.subheadline.weight(.semibold))
                        .foregroundStyle(CardColors.onFaceQuiet.color)
                        .accessibilityAddTraits(.isHeader)
                    Text(verbatim: card.member).font(.title3.weight(.semibold))
                }
                Spacer(minLength: 0)
                if let tier = card.tier { Pill(text: tier, color: CardColors.tier, onColor: CardColors.onTier) }
            }
            VStack(alignment: .leading, spacing: 6) {
                if let balance = card.balance {
                    Text(verbatim: balance).font(.largeTitle.weight(.semibold).monospacedDigit())
                }
                if let arrived = card.arrived {
                    Pill(text: arrived, color: CardColors.arrived, onColor: CardColors.onArrived).transition(.opacity)
                }
                if let locked = card.locked {
                    Label {
                        Text(verbatim: locked)
                    } icon: {
                        Image(systemName: "lock")
                    }
                    .foregroundStyle(CardColors.onFaceQuiet.color)
                }
                if let pending = card.pending {
                    Label {
                        Text(verbatim: pending)
                    } icon: {
                        Image(systemName: "clock")
                    }
                    .foregroundStyle(CardColors.onFaceQuiet.color)
                }
            }
        }
        .foregroundStyle(CardColors.onFace.color)
        .frame(maxWidth: .infinity, alignment: .leading)
        .padding(.vertical, 8)
        .animation(.default, value: card.arrived)
    }
}

private struct Pill: View {
    let text: String
    let color: Shade
    let onColor: Shade

    var body: some View {
        Text(verbatim: text)
            .font(.subheadline.weight(.semibold))
            .foregroundStyle(onColor.color)
            .padding(.horizontal, 12)
            .padding(.vertical, 5)
            .background(color.color, in: Capsule())
    }
}

/// How old what is shown is.
struct StatusLine: View {
    let status: Status

    var body: some View {
        Label {
            Text(verbatim: status.age)
        } icon: {
            Image(systemName: status.stale ? "exclamationmark.triangle.fill" : "checkmark.circle")
        }
        .font(.footnote)
        .foregroundStyle(status.stale ? AnyShapeStyle(.primary) : AnyShapeStyle(.secondary))
        .frame(maxWidth: .infinity)
    }
}
