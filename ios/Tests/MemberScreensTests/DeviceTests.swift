// What surrounds the screen on a device: vault, brightness, network, density, settings, refreshing in the background. The wallet is
// real; what a device alone has is faked.

import Foundation
import MemberCore
import MemberCoreTesting
import MemberScreens
import Testing

@MainActor
@Suite(.timeLimit(.minutes(2)))
struct DeviceTests {
    private let folder: Folder

    init() throws {
        folder = try Folder()
    }

    private var mark: URL { folder.url.appendingPathComponent("installed") }

    @Test func aKeychainKeepsReplacesAndDeletes() throws {
        let secrets = KeychainSecrets(keychain: FakeKeychain(), mark: mark)
        #expect(try secrets.read(name: "a") == nil)
        try secrets.write(name: "a", secret: Data([1]))
        try secrets.write(name: "a", secret: Data([2]))
        #expect(try secrets.read(name: "a") == Data([2]))
        try secrets.delete(name: "a")
        try secrets.delete(name: "a")
        #expect(try secrets.read(name: "a") == nil)
    }

    /// Locked, no entitlement, not available, parameter error, decode error, and one that nobody has met yet.
    @Test(arguments: [-25308, -34018, -25291, -50, -26275, 1] as [Int32])
    func aKeychainThatCannotSayIsNoEmptyOne(status: Int32) throws {
        let keychain = FakeKeychain()
        let secrets = KeychainSecrets(keychain: keychain, mark: mark)
        try secrets.write(name: "a", secret: Data([1]))
        keychain.fault = status
        #expect(throws: SecretsUnavailable.self) { try secrets.read(name: "a") }
        #expect(throws: SecretsUnavailable.self) { try secrets.read(name: "b") }
        #expect(throws: SecretsUnavailable.self) { try secrets.write(name: "a", secret: Data([2])) }
        #expect(throws: SecretsUnavailable.self) { try secrets.delete(name: "a") }
        keychain.fault = nil
        #expect(try secrets.read(name: "a") == Data([1]))
    }

    @Test func aKeyOfAnEarlierInstallationIsDeletedAtTheFirstStartAlone() throws {
        let keychain = FakeKeychain()
        _ = keychain.add("a", Data([1]))
        let first = KeychainSecrets(keychain: keychain, mark: mark)
        #expect(try first.read(name: "a") == nil)
        try first.write(name: "a", secret: Data([2]))
        // The app starts again.
        #expect(try KeychainSecrets(keychain: keychain, mark: mark).read(name: "a") == Data([2]))
        // It is removed, and installed again.
        try FileManager.default.removeItem(at: mark)
        #expect(try KeychainSecrets(keychain: keychain, mark: mark).read(name: "a") == nil)
    }

    @Test func aFirstStartThatCannotBeMadeCompleteKeepsNoKey() throws {
        let keychain = FakeKeychain()
        _ = keychain.add("a", Data([1]))
        // There is no folder for the mark: a key that were written now would be deleted on the next start.
        let nowhere = KeychainSecrets(keychain: keychain, mark: folder.url.appendingPathComponent("none/installed"))
        #expect(throws: SecretsUnavailable.self) { try nowhere.write(name: "b", secret: Data([2])) }
        #expect(throws: SecretsUnavailable.self) { try nowhere.read(name: "a") }
        // A file in the place of the folder: what is behind it cannot be looked at, so nothing is deleted.
        try Data().write(to: folder.url.appendingPathComponent("file"))
        _ = keychain.add("a", Data([1]))
        let hidden = KeychainSecrets(keychain: keychain, mark: folder.url.appendingPathComponent("file/installed"))
        #expect(throws: SecretsUnavailable.self) { try hidden.read(name: "a") }
        #expect(keychain.copy("a").secret == Data([1]))
        // Before the first unlock the old key cannot be deleted. The mark is not set, and the next try does it.
        let secrets = KeychainSecrets(keychain: keychain, mark: mark)
        keychain.fault = -25308
        #expect(throws: SecretsUnavailable.self) { try secrets.read(name: "a") }
        keychain.fault = nil
        #expect(try secrets.read(name: "a") == nil)
    }

    @Test func aLockedPhoneIsToldAndLosesNothing() async throws {
        let sandbox = try Sandbox(folder.url.appendingPathComponent("sandbox"))
        let phone = Phone(folder.url, server: sandbox.url)
        let keychain = FakeKeychain()
        let mark = mark
        let vault = { KeychainSecrets(keychain: keychain, mark: mark) }
        let first = try phone.open(vault())
        try await phone.join(first, sandbox)
        await first.shutDown()
        keychain.fault = -25308
        let screen = Screen(phone.wallet(secrets: vault()))
        try await screen.ends()
        guard case .failed(let text) = screen.model.state.content else { throw Fault("not refused") }
        #expect(text.contains("Unlock"))
        keychain.fault = nil
        screen.model.tryAgainTapped()
        let again = Screen(screen.model)
        #expect(try await again.shown("the card").view.card?.member == memberName)
        await again.leave()
    }

    @Test func theScreenIsBrightAndAwakeWhileTheCardIsShownAndAsItWasAfterwards() {
        let display = FakeDisplay(brightness: 0.3)
        let presentation = CardPresentation(display: display)
        presentation.isShown = true
        #expect(display.brightness == 1 && display.staysAwake)
        // Shown once more: what was before is not forgotten.
        presentation.isShown = true
        presentation.isShown = false
        #expect(display.brightness == 0.3 && !display.staysAwake)
        presentation.isShown = false
        #expect(display.brightness == 0.3)
        // Dimmed by hand meanwhile: that is what the member wants.
        presentation.isShown = true
        display.brightness = 0.6
        presentation.isShown = false
        #expect(display.brightness == 0.6 && !display.staysAwake)
    }

    @Test func aNetworkThatComesBackIsHeardOfOnce() {
        let state = NetworkState()
        #expect(state.isOnline())
        #expect(!state.changed(toOnline: true))
        #expect(!state.changed(toOnline: false))
        #expect(!state.isOnline())
        #expect(!state.changed(toOnline: false))
        #expect(state.changed(toOnline: true))
        #expect(!state.changed(toOnline: true))
        #expect(state.isOnline())
    }

    @Test func screenshotsAreNotAllowedUntilTheMemberSaysSo() throws {
        let name = "member-screens-\(UUID().uuidString)"
        let defaults = try #require(UserDefaults(suiteName: name))
        defer { defaults.removePersistentDomain(forName: name) }
        let settings = DeviceSettings(defaults: defaults)
        #expect(!settings.allowsScreenshots)
        settings.allowsScreenshots = true
        #expect(DeviceSettings(defaults: defaults).allowsScreenshots)
    }

    @Test func densityFollowsTheKindOfScreenAndTheDisplayZoom() {
        #expect(ScreenDensity(scale: 2, nativeScale: 2, isTablet: false).pixelsPerInch == 326)
        #expect(ScreenDensity(scale: 3, nativeScale: 3, isTablet: false).pixelsPerInch == 460)
        #expect(ScreenDensity(scale: 2, nativeScale: 2, isTablet: true).pixelsPerInch == 264)
        // Larger zoom: what is drawn as three pixels covers more of the panel, so it is coarser.
        #expect(ScreenDensity(scale: 3, nativeScale: 3.45, isTablet: false).pixelsPerInch == 400)
        #expect(ScreenDensity(scale: 3, nativeScale: 0, isTablet: false).pixelsPerInch == 460)
    }

    @Test(arguments: [(2.0, 2.0, false), (3.0, 3.0, false), (3.0, 3.45, false), (2.0, 2.0, true)])
    func aScannerReadsTheSymbolAsItIsDrawn(scale: Double, nativeScale: Double, isTablet: Bool) async throws {
        let sandbox = try Sandbox(folder.url.appendingPathComponent("sandbox"))
        let phone = Phone(folder.url, server: sandbox.url)
        let wallet = try await phone.joined(sandbox)
        let symbol = try #require(try wallet.cardNow().card?.symbol)
        let density = ScreenDensity(scale: scale, nativeScale: nativeScale, isTablet: isTablet)
        // As much room as the narrowest telephone leaves.
        let drawing = try #require(
            symbol.drawing(pixelsPerInch: density.pixelsPerInch, availablePixels: Int(280 * scale)))
        let grid = SymbolGrid(symbol: symbol, drawing: drawing)
        #expect((0.396...0.99).contains(drawing.moduleMm))

        let (module, quiet, width) = (Int(drawing.modulePixels), 4, Int(symbol.width))
        let side = (width + 2 * quiet) * module
        #expect(grid.width == side && grid.height == side)
        var pixels = [UInt8](repeating: 0, count: side * side)
        for run in grid.runs {
            for y in run.y..<run.y + run.height { for x in run.x..<run.x + run.width { pixels[y * side + x] += 1 } }
        }
        // Each dark module once, with all of its pixels, and nothing in the quiet zone. Scanners forgive much of this; some do not.
        let modules = [UInt8](symbol.modules)
        for (index, pixel) in pixels.enumerated() {
            let (row, column) = (index / side / module - quiet, index % side / module - quiet)
            let isInside = (0..<width).contains(column) && (0..<width).contains(row)
            guard pixel == (isInside ? modules[row * width + column] : 0) else { throw Fault("another pixel at \(row), \(column)") }
        }
        // The till's camera sees those very pixels, and reads them with a decoder that is not ours.
        let picture = folder.url.appendingPathComponent("card.png")
        let seen = Symbol(symbology: .qr, width: UInt32(side), height: UInt32(side), modules: Data(pixels))
        try png(seen, quiet: 0, scale: 1).write(to: picture)
        try await sandbox.sells(picture)
        try await wallet.refresh()
        #expect(try await wallet.points().confirmed == 135)
        await wallet.shutDown()
    }

    @Test func barsAreDrawnAsTallAsTheyAreToBe() throws {
        // Two bars of one and of two modules.
        var modules = Data(count: 95)
        for dark in [0, 2, 3] { modules[dark] = 1 }
        let symbol = Symbol(symbology: .ean13, width: 95, height: 1, modules: modules)
        let drawing = try #require(symbol.drawing(pixelsPerInch: 420, availablePixels: 1080))
        let grid = SymbolGrid(symbol: symbol, drawing: drawing)
        #expect(grid.width == 904 && grid.height == 552)
        #expect(grid.runs.map { [$0.x, $0.y, $0.width, $0.height] } == [[88, 0, 8, 552], [104, 0, 16, 552]])
    }

    @Test func theBackgroundAndTheScreenShareOneOpening() async throws {
        let sandbox = try Sandbox(folder.url.appendingPathComponent("sandbox"))
        let phone = Phone(folder.url, server: sandbox.url)
        await (try await phone.joined(sandbox)).shutDown()
        let model = phone.wallet()
        // A second opening of the same home would be refused.
        async let background = model.refreshInBackground()
        let screen = Screen(model)
        try await screen.shown("the card")
        #expect(await background)
        await sandbox.goesAway()
        #expect(await !model.refreshInBackground())
        await screen.leave()
    }

    @Test func withoutAWalletTheBackgroundHasNothingToDo() async throws {
        let phone = Phone(folder.url, server: "not an address")
        let model = phone.wallet()
        #expect(await !model.refreshInBackground())
        guard case .failed = model.state else { throw Fault("\(model.state)") }
        // Nobody is there to hear it, and nothing goes wrong.
        model.cameToForeground()
        model.wentToBackground()
        model.networkCameBack()
        model.clockChanged()
    }

    @Test func comingToTheForegroundSendsWhatWaits() async throws {
        let sandbox = try Sandbox(folder.url.appendingPathComponent("sandbox"))
        let phone = Phone(folder.url, server: sandbox.url)
        let (model, wallet) = try await phone.member(sandbox)
        phone.network.online = false
        let claimed = try await wallet.claim(coffee)
        model.wentToBackground()
        phone.network.online = true
        model.cameToForeground()
        _ = try await within { try await wallet.pending.first { $0.actions.isEmpty } }
        #expect(try await wallet.fate(claimed.key) == .confirmed)
        await wallet.shutDown()
    }
}

/// A keychain in memory. Unchecked, since the compiler does not know that a lock guards it.
private final class FakeKeychain: Keychain, @unchecked Sendable {
    private let lock = NSLock()
    private var items: [String: Data] = [:]
    private var _fault: Int32?

    /// What each call answers, where something is wrong.
    var fault: Int32? {
        get { lock.withLock { _fault } }
        set { lock.withLock { _fault = newValue } }
    }

    func copy(_ name: String) -> (status: Int32, secret: Data?) {
        lock.withLock { _fault.map { ($0, nil) } ?? items[name].map { (0, $0) } ?? (-25300, nil) }
    }

    func add(_ name: String, _ secret: Data) -> Int32 {
        changing { items in
            guard items[name] == nil else { return -25299 }
            items[name] = secret
            return 0
        }
    }

    func update(_ name: String, _ secret: Data) -> Int32 {
        changing { items in
            guard items[name] != nil else { return -25300 }
            items[name] = secret
            return 0
        }
    }

    func delete(_ name: String) -> Int32 {
        changing { $0.removeValue(forKey: name) == nil ? -25300 : 0 }
    }

    func deleteAll() -> Int32 {
        changing { items in
            defer { items = [:] }
            return items.isEmpty ? -25300 : 0
        }
    }

    private func changing(_ change: (inout [String: Data]) -> Int32) -> Int32 {
        lock.withLock { _fault ?? change(&items) }
    }
}

@MainActor
private final class FakeDisplay: Display {
    var brightness: Double
    var staysAwake = false

    init(brightness: Double) {
        self.brightness = brightness
    }
}
