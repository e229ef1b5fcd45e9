// Thousands of rounds leave nothing behind: no memory, no thread, no descriptor. Must not know what a view holds.

import Foundation
import MemberCore
import MemberCoreTesting
import XCTest

final class FootprintTests: WithSandbox {
    func testTenThousandReadersLeaveNothingBehind() async throws {
        try await test(seconds: 300) { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                for _ in 1...1000 { _ = try await wallet.balance.first() }
                let before = try await Footprint.now()
                for round in 1...10_000 {
                    if round % 10 == 0 {
                        let screen = Task { for try await _ in wallet.cardOnScreen { break } }
                        try await screen.value
                    } else {
                        _ = try await wallet.balance.first()
                    }
                }
                try await Footprint.now().assertNotMuchMore(than: before)
            }
        }
    }

    func testTenThousandReadersThatAreCancelledLeaveNothingBehind() async throws {
        try await test(seconds: 300) { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                let round: @Sendable () async throws -> Void = {
                    let begun = Mailbox<Void>()
                    let screen = Task { for try await _ in wallet.balance { begun.send(()) } }
                    try await begun.receive()
                    screen.cancel()
                    try await screen.value
                }
                for _ in 1...1000 { try await round() }
                let before = try await Footprint.now()
                for _ in 1...10_000 { try await round() }
                try await Footprint.now().assertNotMuchMore(than: before)
            }
        }
    }

    /// Opening takes tens of milliseconds with a library that is not optimised, so there are fewer rounds unless MEMBER_ROUNDS says
    /// how many.
    func testThousandsOfWalletsLeaveNothingBehind() async throws {
        let rounds = Int(ProcessInfo.processInfo.environment["MEMBER_ROUNDS"] ?? "") ?? 300
        try await test(seconds: 60 + Double(rounds)) { phone, sandbox in
            await (try phone.joined(sandbox)).shutDown()
            phone.network.online = false
            let round: @Sendable () async throws -> Void = {
                let wallet = try phone.open()
                // A sequence that begins only after the closing throws, so the reader is waited for.
                let begun = Mailbox<Void>()
                let screen = Task { for try await _ in wallet.card { begun.send(()) } }
                try await begun.receive()
                let points = try await wallet.points()
                XCTAssertEqual(points.confirmed, 100)
                await wallet.shutDown()
                try await screen.value
            }
            for _ in 1...100 { try await round() }
            let before = try await Footprint.now()
            for _ in 1...rounds { try await round() }
            try await Footprint.now().assertNotMuchMore(than: before)
        }
    }
}

/// Resident memory in kB, threads and open descriptors of this process.
private struct Footprint {
    let resident: Int
    let threads: Int
    let descriptors: Int

    /// Once it is settled: threads of closed wallets end by themselves.
    static func now() async throws -> Footprint {
        guard FileManager.default.isReadableFile(atPath: "/proc/self/status") else {
            throw XCTSkip("this system does not say what a process takes")
        }
        var last = try read()
        for _ in 1...20 {
            try await Task.sleep(nanoseconds: 100_000_000)
            let next = try read()
            if next.threads == last.threads && next.resident == last.resident { break }
            last = next
        }
        return last
    }

    private static func read() throws -> Footprint {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        func number(_ name: String) throws -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
            return try XCTUnwrap(line.flatMap { Int($0.filter(\.isNumber)) }, status)
        }
        return Footprint(
            resident: try number("VmRSS"), threads: try number("Threads"),
            descriptors: try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count)
    }

    func assertNotMuchMore(than before: Footprint, file: StaticString = #filePath, line: UInt = #line) {
        let said = "\(self), before \(before)"
        print(
            "what is left of the rounds: \(resident - before.resident) kB, \(threads - before.threads) threads,",
            "\(descriptors - before.descriptors) descriptors")
        XCTAssertLessThan(resident - before.resident, 4 * 1024, said, file: file, line: line)
        XCTAssertLessThan(threads, before.threads + 8, said, file: file, line: line)
        XCTAssertLessThan(descriptors, before.descriptors + 8, said, file: file, line: line)
    }
}
