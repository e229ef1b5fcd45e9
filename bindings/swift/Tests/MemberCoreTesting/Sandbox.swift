// A real backend: the process `member sandbox` on loopback, and a till that talks to it. Must not know what a test is about.

import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A backend with a folder of its own. It keeps its port and its data while it is down.
///
/// Unchecked, since the compiler does not know that a test starts and stops it from one place at a time.
public final class Sandbox: @unchecked Sendable {
    private let folder: URL
    private let programme: String
    private var process: Process?
    private var listen = "127.0.0.1:0"
    private var tills = URL(fileURLWithPath: "/")
    /// Where it serves.
    public private(set) var url = ""

    /// Begins to serve.
    public init(_ folder: URL, programme: String = "market") throws {
        (self.folder, self.programme) = (folder, programme)
        try up()
    }

    deinit {
        down()
    }

    /// The program `member`; `cargo xtask test swift` names it.
    private static func program() throws -> URL {
        let path = ProcessInfo.processInfo.environment["MEMBER_BINARY"] ?? ""
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Fault("there is no program to run a backend with; `cargo xtask test swift` names one in MEMBER_BINARY")
        }
        return URL(fileURLWithPath: path)
    }

    /// Serves.
    public func up() throws {
        let process = Process()
        process.executableURL = try Self.program()
        process.arguments = ["sandbox", "--listen", listen, "--dir", folder.path, "--programme", programme, "--json"]
        let said = Pipe()
        process.standardOutput = said
        process.standardError = FileHandle.nullDevice
        try hearing { try process.run() }
        self.process = process
        var text = ""
        while text.isEmpty || text.filter({ $0 == "{" }).count != text.filter({ $0 == "}" }).count {
            let more = said.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Fault("the backend ended before it served: \(text)") }
            text += String(decoding: more, as: UTF8.self)
        }
        url = try field("url", in: text)
        tills = URL(fileURLWithPath: try field("tills", in: text))
        listen = String(url.dropFirst("http://".count))
    }

    /// Nobody answers any more.
    public func down() {
        guard let running = process else { return }
        running.terminate()
        running.waitUntilExit()
        process = nil
    }

    /// The code that was sent to this address last.
    public func code(_ email: String) async throws -> String {
        try field("code", in: try await get("/sandbox/v1/sent?address=\(email)"))
    }

    /// Whether the books are in order.
    public func audit() async throws -> String { try await get("/sandbox/v1/audit") }

    /// Misbehaves by these rules from now on.
    public func faults(_ rules: String) async throws {
        try await post("/sandbox/v1/faults", #"{"rules": [\#(rules)]}"#)
    }

    /// A till scans the card and sells for so many cents.
    public func accrue(_ cardNumber: String, minor: Int) async throws {
        let credentials = String(decoding: try Data(contentsOf: tills), as: UTF8.self)
        let till = "\(try field("id", in: credentials)):\(try field("secret", in: credentials))"
        let token = try await post(
            "/v1/auth/token", "grant_type=client_credentials",
            [
                "Content-Type": "application/x-www-form-urlencoded",
                "Authorization": "Basic \(Data(till.utf8).base64EncodedString())",
            ])
        let bearer = "Bearer \(try field("access_token", in: token))"
        let receipt = "receipt-\(UUID().uuidString)"
        func keyed(_ path: String, _ body: String) async throws -> String {
            let key = UUID().uuidString.lowercased()
            return try await post(
                path, body,
                ["Content-Type": "application/json", "Authorization": bearer, "Idempotency-Key": key])
        }
        let scanned = try await keyed("/v1/till/scans", #"{"payload": "\#(cardNumber)", "sale": "\#(receipt)"}"#)
        let line = #"{"line": 1, "amount": {"minor": \#(minor), "currency": "EUR"}}"#
        _ = try await keyed(
            "/v1/till/accruals",
            #"{"scan": "\#(try field("scan", in: scanned))", "receipt": "\#(receipt)", "lines": [\#(line)]}"#)
    }

    /// A till's camera sees this PNG, reads it with a decoder that is not ours, and sells for so much, such as `35.00`.
    public func accrue(picture: URL, amount: String) throws {
        let till = Process()
        till.executableURL = try Self.program()
        till.arguments = [
            "till", "accrue", "--picture", picture.path, "--amount", amount, "--credentials", tills.path, "--json",
        ]
        let said = Pipe()
        till.standardOutput = said
        till.standardError = said
        try till.run()
        let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        till.waitUntilExit()
        guard till.terminationStatus == 0 else { throw Fault("the till refuses: \(text)") }
    }

    /// What it answers.
    public func get(_ path: String) async throws -> String {
        try await answer(URLRequest(url: try address(path)))
    }

    /// What it answers to this body.
    @discardableResult
    public func post(
        _ path: String, _ body: String, _ headers: [String: String] = ["Content-Type": "application/json"]
    ) async throws -> String {
        var request = URLRequest(url: try address(path))
        request.httpMethod = "POST"
        request.httpBody = Data(body.utf8)
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        return try await answer(request)
    }

    private func address(_ path: String) throws -> URL {
        guard let address = URL(string: url + path) else { throw Fault("no address: \(url + path)") }
        return address
    }

    private func answer(_ request: URLRequest) async throws -> String {
        let (body, response) = try await URLSession.shared.data(for: request)
        let text = String(decoding: body, as: UTF8.self)
        guard let status = (response as? HTTPURLResponse)?.statusCode, (200..<300).contains(status) else {
            throw Fault("\(request.url?.path ?? ""): \(response) \(text)")
        }
        return text
    }
}

/// Starts a process that hears signals. The threads of tasks hear none on Linux, and a child inherits that: it could not be asked to
/// end.
public func hearing<T>(_ start: () throws -> T) rethrows -> T {
    var (none, before) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try start()
}

/// What went wrong around a test.
public struct Fault: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// The first text field of this name.
public func field(_ name: String, in json: String) throws -> String {
    guard let found = json.range(of: "\"\(name)\"\\s*:\\s*\"[^\"]*\"", options: .regularExpression) else {
        throw Fault("no \(name) in \(json)")
    }
    return String(json[found].dropLast().split(separator: "\"", omittingEmptySubsequences: false).last ?? "")
}
