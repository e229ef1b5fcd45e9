// What each test has around it: a folder, a backend, a device. Must not know what a test is about.

import Foundation
import MemberCore
import MemberCoreTesting
import XCTest

class WithSandbox: XCTestCase {
    private(set) var folder: URL!
    private(set) var sandbox: Sandbox!
    private(set) var phone: Phone!

    override func setUpWithError() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("member-\(UUID().uuidString)")
        sandbox = try Sandbox(folder.appendingPathComponent("sandbox"))
        phone = Phone(folder, server: sandbox.url)
    }

    override func tearDownWithError() throws {
        sandbox.down()
        (sandbox, phone) = (nil, nil)
        try FileManager.default.removeItem(at: folder)
    }

    /// Runs with the device and the backend, within 30 seconds.
    func test(
        seconds: Double = 30, _ body: @escaping @Sendable (Phone, Sandbox) async throws -> Void
    ) async throws {
        let (phone, sandbox) = (phone!, sandbox!)
        try await within(seconds: seconds) { try await body(phone, sandbox) }
    }
}

/// Runs with a wallet, and closes it whatever happens.
func using(_ wallet: MemberWallet, _ body: (MemberWallet) async throws -> Void) async throws {
    do {
        try await body(wallet)
    } catch {
        await wallet.shutDown()
        throw error
    }
    await wallet.shutDown()
}

/// The error that this throws.
func failure<T>(_ call: () async throws -> T) async throws -> any Error {
    do {
        let value = try await call()
        throw Fault("no error, but \(value)")
    } catch let error where !(error is Fault) {
        return error
    }
}

/// The wallet's error that this throws, which has this code and a sentence.
@discardableResult
func fails<T>(
    _ code: String, file: StaticString = #filePath, line: UInt = #line, _ call: () async throws -> T
) async throws -> MemberError {
    let thrown = try await failure(call)
    let error = try XCTUnwrap(thrown as? MemberError, "\(thrown)", file: file, line: line)
    XCTAssertEqual(error.code, code, file: file, line: line)
    XCTAssert(error.text.hasSuffix(".") && error.text.contains(" "), error.text, file: file, line: line)
    XCTAssertEqual(error.text, error.localizedDescription, file: file, line: line)
    return error
}

/// Runs a program that was built beside the tests; answers what it said and how it ended.
func runChild(
    _ program: String, _ arguments: [String] = [], environment: [String: String?] = [:]
) throws -> (said: String, status: Int32, killed: Bool) {
    let built = Bundle.main.executableURL!.deletingLastPathComponent()
    let folders = [built, Bundle(for: WithSandbox.self).bundleURL.deletingLastPathComponent()]
    let found = folders.map { $0.appendingPathComponent(program) }
        .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    let child = Process()
    child.executableURL = try XCTUnwrap(found, "\(program) in \(folders)")
    child.arguments = arguments
    var inherited = ProcessInfo.processInfo.environment
    for (name, value) in environment { inherited[name] = value }
    child.environment = inherited
    let said = Pipe()
    child.standardOutput = said
    child.standardError = said
    try child.run()
    let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    child.waitUntilExit()
    return (text, child.terminationStatus, child.terminationReason == .uncaughtSignal)
}
