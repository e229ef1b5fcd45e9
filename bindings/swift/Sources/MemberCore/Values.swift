// What can be asked of a value alone. Must not know of wallets.

import MemberCoreBridge

/// Out of one field for both kinds: with an `@` an e-mail address, else a telephone number, which people write with spaces, hyphens,
/// dots, brackets, and `00` for `+`. Whether it can be one is said by ``MemberWallet/requestCode(_:join:)``.
public func parseAddress(_ text: String) throws -> Address {
    try MemberCore.ensureLoaded()
    return MemberCoreBridge.parseAddress(text: text)
}

extension Symbol {
    /// How this symbol is drawn on a screen of `pixelsPerInch` (physical, of that very screen) in a square of `availablePixels` a
    /// side: whole pixels for each module, nearest to 0.9 mm (bars: 0.495 mm), never outside of what a till reads. Nil where that is
    /// impossible; then the number alone is shown.
    public func drawing(pixelsPerInch: Double, availablePixels: Int) -> SymbolDrawing? {
        symbolDrawing(symbol: self, pixelsPerInch: pixelsPerInch, availablePixels: UInt32(clamping: availablePixels))
    }
}
