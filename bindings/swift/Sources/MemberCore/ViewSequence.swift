// A view that is heard of as it changes. Must not know which view.

import MemberCoreBridge

/// A view, as it is now and each time that it has changed.
///
/// It begins with what is on the disk, and skips what the reader was too slow for. While nobody is signed in it waits; it ends when
/// the wallet is closed. Each iteration hears for itself, from its first `next()` until it ends, is broken off or dropped.
/// Cancelling the task ends the iteration at once, without an error.
///
/// It throws ``MemberError``.
public struct ViewSequence<View: Sendable & Equatable>: AsyncSequence, Sendable {
    public typealias Element = View

    /// Begins to hear; nothing where there is no more to show.
    let begin: @Sendable () async throws -> Reading<View>?

    public func makeAsyncIterator() -> Iterator {
        Iterator(state: .fresh(begin))
    }

    /// One reader.
    public struct Iterator: AsyncIteratorProtocol {
        enum State {
            case fresh(@Sendable () async throws -> Reading<View>?)
            case reading(Reading<View>, AsyncStream<Void>.Iterator)
            case ended
        }

        var state: State
        private var last: View?

        init(state: State) {
            self.state = state
        }

        /// The next view that differs from the one before it.
        public mutating func next() async throws -> View? {
            do {
                let view = try await read()
                if view == nil { state = .ended }
                last = view
                return view
            } catch {
                // Whatever was heard for is let go of.
                state = .ended
                if error is CancellationError { return nil }
                throw error
            }
        }

        private mutating func read() async throws -> View? {
            if case .fresh(let begin) = state {
                guard let reading = try await begin() else { return nil }
                state = .reading(reading, reading.changes.makeAsyncIterator())
            }
            guard case .reading(let reading, var changes) = state else { return nil }
            while !Task.isCancelled, await changes.next() != nil {
                if let view = try await reading.view(), view != last { return view }
            }
            return nil
        }
    }
}

/// What an iteration holds while it goes on. It ends with its object.
final class Reading<View: Sendable>: Sendable {
    /// One change that nobody has read yet is as good as many.
    let changes: AsyncStream<Void>
    private let read: @Sendable () async throws -> View
    private let end: @Sendable () -> Void

    init(changes: AsyncStream<Void>, read: @escaping @Sendable () async throws -> View, end: @escaping @Sendable () -> Void) {
        self.changes = changes
        self.read = read
        self.end = end
    }

    deinit {
        end()
    }

    /// The view as it is now; nothing where nobody is signed in or the wallet was closed meanwhile.
    func view() async throws -> View? {
        do {
            return try await awaited(read)
        } catch let error as MemberError where error.isSignedOut || error.isClosed {
            return nil
        }
    }
}

/// Passes on that a view may have changed, to whoever reads it then.
final class Changes: WalletObserver {
    private let topic: Topic
    private let changes: AsyncStream<Void>.Continuation

    init(_ topic: Topic, _ changes: AsyncStream<Void>.Continuation) {
        self.topic = topic
        self.changes = changes
    }

    func changed(topics: [Topic]) {
        if !Set([topic, .status, .session]).isDisjoint(with: topics) { changes.yield() }
    }
}

/// Whoever hears of a wallet, so that closing ends it.
final class Readers: Sendable {
    private struct State {
        var open: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
        var ended = false
    }

    private let state = Locked(State())

    var ended: Bool {
        state.with { $0.ended }
    }

    /// Answers a number to remove it by.
    func add(_ changes: AsyncStream<Void>.Continuation) -> Int {
        let (number, ended) = state.with { state in
            state.next += 1
            if !state.ended { state.open[state.next] = changes }
            return (state.next, state.ended)
        }
        if ended { changes.finish() }
        return number
    }

    func remove(_ number: Int) {
        // Freed without the lock: what it ends may call back in.
        _ = state.with { $0.open.removeValue(forKey: number) }
    }

    func end() {
        let ending = state.with { state in
            state.ended = true
            defer { state.open = [:] }
            return Array(state.open.values)
        }
        for changes in ending { changes.finish() }
    }
}
