// A server on loopback that accepts, and answers only when it is told to. Must not know what is asked.

import Foundation

/// Listens on a port of its own.
public final class SilentServer: Sendable {
    private let socket: Int32
    public let url: String

    public init() throws {
        #if canImport(Darwin)
            let kind = SOCK_STREAM
        #else
            let kind = Int32(SOCK_STREAM.rawValue)
        #endif
        let made = Foundation.socket(AF_INET, kind, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let ready = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(made, $0, length) == 0 && listen(made, 5) == 0 && getsockname(made, $0, &length) == 0
            }
        }
        guard made >= 0, ready else { throw Fault("no port: \(errno)") }
        socket = made
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    }

    deinit {
        close(socket)
    }

    /// The next connection, once its request has begun to arrive.
    public func accept() async throws -> SilentConnection {
        let socket = socket
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                let accepted = Foundation.accept(socket, nil, nil)
                var request = [UInt8](repeating: 0, count: 4096)
                guard accepted >= 0, read(accepted, &request, request.count) > 0 else {
                    return continuation.resume(throwing: Fault("nobody came: \(errno)"))
                }
                continuation.resume(returning: SilentConnection(socket: accepted))
            }
        }
    }
}

/// A client that waits for its answer.
public final class SilentConnection: Sendable {
    private let socket: Int32

    fileprivate init(socket: Int32) {
        self.socket = socket
    }

    deinit {
        close(socket)
    }

    /// Answers with this JSON and ends.
    public func answer(_ status: Int, _ json: String) throws {
        let head = "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
        let bytes = Array((head + "Content-Length: \(json.utf8.count)\r\nConnection: close\r\n\r\n" + json).utf8)
        guard write(socket, bytes, bytes.count) == bytes.count else { throw Fault("no answer: \(errno)") }
    }
}
