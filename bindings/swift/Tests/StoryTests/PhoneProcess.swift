// The runner's end of a phone: a process that is told what to do and says what it shows. Must not know what a story is.

import Foundation
import MemberCoreTesting

/// A phone that runs. It ends with this object at the latest.
///
/// Unchecked, since the compiler does not know that a lock guards what the reading thread touches.
final class PhoneProcess: @unchecked Sendable {
    private let process = Process()
    private let requests = Pipe()
    private var last = 0

    private let lock = NSLock()
    private var kept: [Int: [Json]] = [:]
    private var ended = false
    /// Who waits for a line of this request.
    private var waiting: (id: Int, number: Int, continuation: CheckedContinuation<Json?, any Error>)?
    private var waits = 0

    init() throws {
        let built = [Bundle.main.executableURL!, Bundle(for: PhoneProcess.self).bundleURL]
        let programs = built.map { $0.deletingLastPathComponent().appendingPathComponent("StoryPhone") }
        guard let program = programs.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
            throw Fault("no phone in \(programs)")
        }
        process.executableURL = program
        // Dates are shown in the device's time zone.
        process.environment = ProcessInfo.processInfo.environment.merging(["TZ": "UTC"]) { _, new in new }
        process.standardInput = requests
        let answers = Pipe()
        process.standardOutput = answers
        try hearing { try process.run() }
        Thread.detachNewThread { [weak self] in
            var rest = Data()
            while case let more = answers.fileHandleForReading.availableData, !more.isEmpty {
                rest += more
                while let end = rest.firstIndex(of: 0x0A) {
                    let line = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
                    rest = Data(rest[(end + 1)...])
                    self?.take(line)
                }
            }
            self?.end()
        }
    }

    deinit {
        kill()
    }

    /// Sends a request, and answers its number.
    func send(_ word: String, _ fields: [String: Json]) -> Int {
        last += 1
        let request = fields.merging(["id": .number(Double(last)), "do": .text(word)]) { _, own in own }
        // A phone that has ended is noticed by whoever waits for the answer.
        try? requests.fileHandleForWriting.write(contentsOf: Data("\(Json.object(request))\n".utf8))
        return last
    }

    /// The next line for this request, waited for at most so long; nothing where there is none by then.
    func next(_ id: Int, seconds: Double) async throws -> Json? {
        try await withCheckedThrowingContinuation { continuation in
            let number: Int? = lock.withLock {
                if let line = kept[id]?.first {
                    kept[id]?.removeFirst()
                    continuation.resume(returning: line)
                } else if ended {
                    continuation.resume(throwing: Mishap("the phone has ended"))
                } else {
                    waits += 1
                    waiting = (id, waits, continuation)
                    return waits
                }
                return nil
            }
            guard let number else { return }
            DispatchQueue.global().asyncAfter(deadline: .now() + max(0, seconds)) { [self] in
                let late = lock.withLock {
                    defer { if waiting?.number == number { waiting = nil } }
                    return waiting?.number == number ? waiting : nil
                }
                late?.continuation.resume(returning: nil)
            }
        }
    }

    /// Without a word, as a system does that needs the memory.
    func kill() {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// Waits until the program has ended by itself.
    func finish() throws {
        try requests.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    private func take(_ line: String) {
        guard let line = try? Json(parsing: line), let id = line["id"]?.number.map({ Int($0) }) else { return }
        let found: CheckedContinuation<Json?, any Error>? = lock.withLock {
            guard let waiting, waiting.id == id else {
                kept[id, default: []].append(line)
                return nil
            }
            self.waiting = nil
            return waiting.continuation
        }
        found?.resume(returning: line)
    }

    private func end() {
        let left = lock.withLock {
            defer { (waiting, ended) = (nil, true) }
            return waiting
        }
        left?.continuation.resume(throwing: Mishap("the phone has ended"))
    }
}
