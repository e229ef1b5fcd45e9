// The sequence alone, with a source of views that a test holds in its hand.

import XCTest

import enum MemberCoreBridge.WalletError

@testable import MemberCore

final class ViewSequenceTests: XCTestCase {
    func testAViewThatIsTheSameIsSkipped() async throws {
        let source = Source([1, 1, 1, 2])
        var views = source.sequence.makeAsyncIterator()
        let (first, second, third) = (try await views.next(), try await views.next(), try await views.next())
        XCTAssertEqual([first, second, third], [1, 2, nil])
    }

    func testWhileNobodyIsSignedInThereIsNothing() async throws {
        let signedOut = WalletError.SignedOut(code: "signed-out", text: "Sign in.")
        let source = Source([.success(1), .failure(signedOut), .success(2)])
        var views: [Int] = []
        for try await view in source.sequence { views.append(view) }
        XCTAssertEqual(views, [1, 2])
    }

    func testWhateverEndsAnIterationLetsGoOfWhatItHeard() async throws {
        // It is broken off,
        let broken = Source([1, 2, 3])
        for try await _ in broken.sequence { break }
        XCTAssertEqual(broken.ended, 1)
        // or comes to its end,
        let whole = Source([1, 2, 3])
        for try await _ in whole.sequence {}
        XCTAssertEqual(whole.ended, 1)
        // or fails,
        let locked = WalletError.Unusable(code: "locked", text: "Unlock the phone.")
        let failing = Source([.success(1), .failure(locked), .success(2)])
        var views = failing.sequence.makeAsyncIterator()
        _ = try await views.next()
        do {
            _ = try await views.next()
            XCTFail("no error")
        } catch {
            XCTAssertEqual(error as? MemberError, .unusable(code: "locked", text: "Unlock the phone."))
        }
        XCTAssertEqual(failing.ended, 1)
        let after = try await views.next()
        XCTAssertNil(after, "one that has failed is over")
        // or its task is cancelled, while its iterator is still held.
        let cancelled = Source([1, 2, 3])
        try await Task {
            var views = cancelled.sequence.makeAsyncIterator()
            _ = try await views.next()
            withUnsafeCurrentTask { $0?.cancel() }
            let next = try await views.next()
            XCTAssertNil(next)
            XCTAssertEqual(cancelled.ended, 1)
        }.value
        // One that was never begun heard nothing.
        let never = Source([1])
        _ = never.sequence.makeAsyncIterator()
        XCTAssertEqual(never.ended, 0)
    }
}

/// Has a change for each view, all of them told before the first is read.
private final class Source: Sendable {
    private let views: Locked<[Result<Int, WalletError>]>
    private let count: Int
    private let ends = Locked(0)

    init(_ views: [Result<Int, WalletError>]) {
        self.views = Locked(views)
        count = views.count
    }

    convenience init(_ views: [Int]) {
        self.init(views.map { .success($0) })
    }

    /// How often somebody let go.
    var ended: Int { ends.with { $0 } }

    var sequence: ViewSequence<Int> {
        ViewSequence { [self] in
            let (changes, continuation) = AsyncStream.makeStream(of: Void.self)
            for _ in 0..<count { continuation.yield() }
            continuation.finish()
            return Reading(changes: changes, read: { try self.views.with { try $0.removeFirst().get() } }) {
                self.ends.with { $0 += 1 }
            }
        }
    }
}
