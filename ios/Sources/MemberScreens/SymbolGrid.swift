// A card's symbol in whole pixels of a screen. Must not know how a symbol is made, nor what draws it.

import MemberCore

/// How dense a screen is, out of what the system says of it.
public struct ScreenDensity: Equatable, Sendable {
    /// Pixels that are drawn for one point.
    public let scale: Double
    /// Pixels of the screen in an inch, as they are drawn.
    public let pixelsPerInch: Double

    /// The system says how many pixels are drawn for a point and not how large they are, but there are few densities:
    /// telephones have 326 pixels an inch where a point is two of them, and 458 to 476 where it is three; tablets have 264, and
    /// 326 on small ones. The one in the middle is at most 4 % off on telephones; on a small tablet a module comes out a fifth
    /// smaller, which is still within what scanners take.
    ///
    /// - Parameters:
    ///   - scale: pixels that are drawn for one point.
    ///   - nativeScale: pixels that the panel has for one point. It differs where the member has chosen larger display zoom.
    ///   - isTablet: whether it is a tablet.
    public init(scale: Double, nativeScale: Double, isTablet: Bool) {
        self.scale = scale
        let panel: Double = isTablet ? 264 : scale > 2 ? 460 : 326
        pixelsPerInch = nativeScale > 0 ? panel * scale / nativeScale : panel
    }
}

/// A symbol as runs of dark pixels: as few rectangles as its rows allow.
public struct SymbolGrid: Equatable, Sendable {
    /// A row's neighbouring dark modules, in pixels from the upper left corner of the quiet zone.
    public struct Run: Equatable, Sendable {
        public let x: Int
        public let y: Int
        public let width: Int
        public let height: Int
    }

    /// The width with the quiet zone, in pixels.
    public let width: Int
    /// The height with the quiet zone, in pixels.
    public let height: Int
    public let runs: [Run]

    public init(symbol: Symbol, drawing: SymbolDrawing) {
        let (module, tall) = (Int(drawing.modulePixels), Int(drawing.rowPixels))
        let (left, top) = (Int(drawing.leftPixels), Int(drawing.topPixels))
        let (width, height) = (Int(symbol.width), Int(symbol.height))
        self.width = Int(drawing.widthPixels)
        self.height = Int(drawing.heightPixels)
        let modules = [UInt8](symbol.modules)
        var runs: [Run] = []
        for row in 0..<height {
            var column = 0
            while column < width {
                guard modules[row * width + column] == 1 else {
                    column += 1
                    continue
                }
                let start = column
                while column < width, modules[row * width + column] == 1 { column += 1 }
                let (x, y) = (left + start * module, top + row * tall)
                runs.append(Run(x: x, y: y, width: (column - start) * module, height: tall))
            }
        }
        self.runs = runs
    }
}
