// Waiting for the core, and giving up. Must not know what is called.
//
// Cancelling a task does not reach into the bridge: a future that was begun there is polled to its end. So the call runs in a task of
// its own, and the caller waits for whichever comes first, the answer or the cancelling.

import Foundation

/// Runs a call of the bridge, with errors of this module. A task that is cancelled gives up waiting at once with `CancellationError`;
/// what was begun comes to its end all the same.
func awaited<T: Sendable>(_ call: @escaping @Sendable () async throws -> T) async throws -> T {
    try Task.checkCancellation()
    let answer = Answer<T>()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            answer.wait(continuation)
            // Not a child: a child would have to be waited for.
            Task {
                do {
                    answer.give(.success(try await call()))
                } catch {
                    answer.give(.failure(MemberError(ofBridge: error)))
                }
            }
        }
    } onCancel: {
        answer.give(.failure(CancellationError()))
    }
}

/// The first of several answers, for the one who waits.
private final class Answer<T: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<T, any Error>)
        case given(Result<T, any Error>)
        case taken
    }

    private let state = Locked(State.open)

    func wait(_ continuation: CheckedContinuation<T, any Error>) {
        let early: Result<T, any Error>? = state.with { state in
            guard case .given(let result) = state else {
                state = .waiting(continuation)
                return nil
            }
            state = .taken
            return result
        }
        if let early { continuation.resume(with: early) }
    }

    func give(_ result: Result<T, any Error>) {
        let waiting: CheckedContinuation<T, any Error>? = state.with { state in
            switch state {
            case .open:
                state = .given(result)
                return nil
            case .waiting(let continuation):
                state = .taken
                return continuation
            case .given, .taken:
                return nil
            }
        }
        waiting?.resume(with: result)
    }
}

/// A value behind a lock. Unchecked, since the compiler does not know that a lock guards it: each use of `value` is in `with`.
/// (`Mutex` of the standard library is newer than the systems that this package is for.)
final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    func with<T>(_ body: (inout Value) throws -> T) rethrows -> T {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
