// Waiting for what happens elsewhere, with a limit and without sleeping. Must not know what is waited for.

import Foundation

/// Nothing here takes longer than this, also on a busy machine. What hangs is left behind: it may not know of cancelling.
public func within<T: Sendable>(
    seconds: Double = 30, _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
    let first = First<T>()
    let work = Task {
        do {
            first.give(.success(try await body()))
        } catch {
            first.give(.failure(error))
        }
    }
    let limit = Task {
        try await Task.sleep(nanoseconds: UInt64(seconds * 1e9))
        first.give(.failure(Fault("not within \(seconds) seconds")))
    }
    defer {
        work.cancel()
        limit.cancel()
    }
    return try await first.value()
}

/// Seconds that this took.
public func elapsed(_ body: () async throws -> Void) async rethrows -> Double {
    let begun = DispatchTime.now().uptimeNanoseconds
    try await body()
    return Double(DispatchTime.now().uptimeNanoseconds - begun) / 1e9
}

/// The first of two. Unchecked, since the compiler does not know that a lock guards it.
private final class First<T: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var result: Result<T, any Error>?
    private var waiting: CheckedContinuation<T, any Error>?

    func give(_ given: Result<T, any Error>) {
        let waiting: CheckedContinuation<T, any Error>? = lock.withLock {
            if result != nil { return nil }
            result = given
            return self.waiting
        }
        waiting?.resume(with: given)
    }

    func value() async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let early: Result<T, any Error>? = lock.withLock {
                waiting = continuation
                return result
            }
            if let early { continuation.resume(with: early) }
        }
    }
}

/// What was said by whoever, in order, to be awaited.
public final class Mailbox<Message: Sendable>: Sendable {
    private let messages: AsyncStream<Message>
    private let sender: AsyncStream<Message>.Continuation

    public init() {
        (messages, sender) = AsyncStream.makeStream()
    }

    public func send(_ message: Message) {
        sender.yield(message)
    }

    /// The next one. One reader at a time.
    public func receive() async throws -> Message {
        var iterator = messages.makeAsyncIterator()
        guard let message = await iterator.next() else { throw CancellationError() }
        return message
    }
}
