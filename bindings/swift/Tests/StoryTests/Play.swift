// Plays a story: a backend, a phone, and what each step does with them. Must not know which stories there are.

import Foundation
import MemberCoreTesting

/// Why a step failed, in words.
struct Mishap: Error {
    let what: String

    init(_ what: String) {
        self.what = what
    }
}

/// Seconds, far more than any call takes, also on a busy machine.
let limit = 60.0

/// Plays all steps, until one fails. What is to be shown is waited for at most so long.
func play(_ story: Story, seconds: Double) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("story-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var stage = Stage(
        folder: folder, sandbox: try Sandbox(folder.appendingPathComponent("sandbox"), programme: story.programme),
        seconds: seconds)
    for step in story.steps {
        do {
            try await stage.play(step)
        } catch let mishap as Mishap {
            throw step.failure(story, mishap.what)
        }
    }
}

private struct Stage {
    let folder: URL
    let sandbox: Sandbox
    let seconds: Double
    var running: PhoneProcess?
    /// What the device knows of the network, whether or not an app runs on it.
    var online = true
    /// The card on screen: the request that shows it, and how it was shown last.
    var onScreen: Watch?
    var email: String?
    var cardNumber: String?
    /// What is remembered: keys of claims by the names that the story gave them.
    var names: [String: String] = [:]

    struct Watch {
        let id: Int
        var last: Json
    }

    enum Answer {
        case done(Json)
        case error(Json)

        var isError: Bool { if case .error = self { true } else { false } }
    }

    var phone: PhoneProcess {
        get throws {
            guard let running else { throw Mishap("the app is not open") }
            return running
        }
    }

    mutating func play(_ step: Step) async throws {
        switch step.word {
        case "open": try await open(step.text("language", or: "en"))
        case "close":
            _ = try await call("close")
            try gone().finish()
        case "kill": try gone().kill()
        case "offline": try await network(false)
        case "online": try await network(true)
        case "join":
            let join = ["name": step.text("name"), "language": step.text("language", or: "en")]
            try await signIn(step, join.mapValues(Json.text))
        case "sign_in": try await signIn(step, [:])
        case "refresh": _ = try judge(step, try await call("refresh"))
        case "claim":
            try remember(step, try judge(step, try await call("claim", ["reward": .text(step.text("reward"))])))
        case "cancel", "retry", "discard", "fate":
            let name = step.text("action")
            guard let key = names[name] else { throw Mishap("nothing is remembered as \"\(name)\"") }
            try remember(step, try judge(step, try await call(step.word, ["key": .text(key)])))
        case "lock", "unlock":
            try remember(step, try judge(step, try await call("set_spend_lock", ["locked": .truth(step.word == "lock")])))
        case "show_card":
            guard onScreen == nil else { throw Mishap("the card is on screen already") }
            onScreen = try await watch("card_on_screen")
        case "leave_card":
            guard let watch = onScreen else { throw Mishap("the card is not on screen") }
            try await unwatch(watch)
            onScreen = nil
        case "show": try await show(step)
        case "accrue": try await accrue(step.text("till"), step.text("amount"))
        case "clock": try await clock(step.text("at"))
        case "faults": _ = try await post("faults", ["rules": step.fields["rules"]!])
        case "grant":
            let fields = ["member": Json.text(try await member()), "unit": step.fields["unit"]!, "amount": step.fields["amount"]!]
            _ = try await post("grant", fields)
        case "reward": _ = try await post("rewards/\(step.text("id"))", step.fields["change"]!.object!)
        case "revoke": _ = try await post("revoke", ["member": .text(try await member())])
        case "server_stop": sandbox.down()
        case "server_start": try sandbox.up()
        case "ledger": try compare(step, "expect", try await ledger(), "the ledger is not as expected")
        default: throw Mishap("this runner does not know the step \"\(step.word)\"")
        }
    }

    /// The phone, on which nothing will run from now on.
    mutating func gone() throws -> PhoneProcess {
        let phone = try phone
        (running, onScreen) = (nil, nil)
        return phone
    }

    mutating func open(_ language: String) async throws {
        guard running == nil else { throw Mishap("the app is open already") }
        running = try PhoneProcess()
        let config = [
            "home": folder.appendingPathComponent("home").path, "vault": folder.appendingPathComponent("vault").path,
            "server": sandbox.url, "language": language,
        ]
        try expectDone(try await call("open", config.mapValues(Json.text).merging(["online": .truth(online)]) { $1 }))
    }

    mutating func network(_ online: Bool) async throws {
        self.online = online
        if running != nil { try expectDone(try await call("network", ["online": .truth(online)])) }
    }

    /// Asks for a code, reads it where it was sent, enters it, and syncs.
    mutating func signIn(_ step: Step, _ join: [String: Json]) async throws {
        let address = step.text("email")
        email = address
        var answer = try await call("request_code", join.merging(["email": .text(address)]) { $1 })
        if !answer.isError { answer = try await call("sign_in", ["code": .text(try await sandbox.code(address))]) }
        if !answer.isError { answer = try await call("refresh") }
        _ = try judge(step, answer)
    }

    /// The key of what was done, by the name that the step gives it.
    mutating func remember(_ step: Step, _ done: Json?) throws {
        guard let done, let name = step.fields["as"]?.text else { return }
        guard let key = done["key"]?.text else { throw Mishap("there is no key to remember as \"\(name)\"") }
        names[name] = key
    }

    mutating func accrue(_ till: String, _ amount: String) async throws {
        if cardNumber == nil {
            let watch = try await watch("card")
            try await unwatch(watch)
            guard let number = watch.last["card"]?["number"]?.text else { throw Mishap("there is no card to be scanned") }
            cardNumber = number.replacing(" ", with: "")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: ProcessInfo.processInfo.environment["MEMBER_BINARY"] ?? "")
        process.arguments = [
            "till", "accrue", "--till", till, "--payload", cardNumber!, "--amount", amount, "--credentials",
            folder.appendingPathComponent("sandbox/tills.json").path,
        ]
        process.environment = ["HOME": folder.path]
        let said = Pipe()
        (process.standardOutput, process.standardError) = (said, said)
        try hearing { try process.run() }
        let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw Mishap("the till says: \(text)") }
    }

    /// From now on the server's clock says so, and goes on from there. In one request: an app may be talking to it.
    func clock(_ at: String) async throws {
        guard let at = ISO8601DateFormatter().date(from: at) else { throw Mishap("the field \"at\" is no instant") }
        _ = try await post("clock", ["offset_seconds": .number(at.timeIntervalSinceNow.rounded())])
    }

    func post(_ path: String, _ fields: [String: Json]) async throws -> Json {
        try Json(parsing: try await sandbox.post("/sandbox/v1/\(path)", Json.object(fields).description))
    }

    func get(_ path: String) async throws -> Json {
        try Json(parsing: try await sandbox.get("/sandbox/v1/\(path)"))
    }

    func member() async throws -> String {
        guard let email else { throw Mishap("nobody has joined") }
        return try await get("members?address=\(email)")["member"]!.text!
    }

    /// The member's true ledger, and the books in numbers.
    func ledger() async throws -> Json {
        let ledger = try await get("members/\(try await member())/ledger").object!
        return .object(ledger.merging(["audit": try await get("audit")]) { $1 })
    }

    /// Sends a request, and waits for what came of it: a value, or an error with its kind, code and text.
    func call(_ word: String, _ fields: [String: Json] = [:]) async throws -> Answer {
        let line = try await line(try phone.send(word, fields))
        return line["error"].map(Answer.error) ?? .done(line["done"] ?? .null)
    }

    func line(_ id: Int) async throws -> Json {
        guard let line = try await phone.next(id, seconds: limit) else { throw Mishap("the phone does not answer") }
        return line
    }

    func expectDone(_ answer: Answer) throws {
        if case .error(let error) = answer { throw unexpected(error) }
    }

    /// The value, if there is one and it is as the step says; nothing, if it was to fail and did as the step says.
    func judge(_ step: Step, _ answer: Answer) throws -> Json? {
        switch (answer, step.fields["fails"]) {
        case (.done, .some): throw Mishap("it was to fail, and did not")
        case (.error(let error), .none): throw unexpected(error)
        case (.done(let done), .none):
            try compare(step, "answer", done, "it answers something else")
            return done
        case (.error(let error), .some):
            try compare(step, "fails", error, "it fails in another way")
            return nil
        }
    }

    /// Holds what is shown against a field of the step, where the step has it.
    func compare(_ step: Step, _ field: String, _ shown: Json, _ what: String) throws {
        guard let expected = step.fields[field] else { return }
        let found = differences(expected, shown, names)
        if !found.isEmpty { throw Mishap("\(what)\n  \(found.joined(separator: "\n  "))") }
    }

    /// Begins to watch a view, and waits until it is shown.
    func watch(_ view: String) async throws -> Watch {
        let id = try phone.send("watch", ["view": .text(view)])
        guard let line = try await phone.next(id, seconds: seconds) else {
            throw Mishap("\(view) is not shown within \(Int(seconds)) s")
        }
        return Watch(id: id, last: try shown(line))
    }

    func unwatch(_ watch: Watch) async throws {
        try expectDone(try await call("unwatch", ["watch": .number(Double(watch.id))]))
    }

    mutating func show(_ step: Step) async throws {
        let view = step.text("view")
        if view == "card_on_screen" {
            guard var watch = onScreen else { throw Mishap("the card is not on screen") }
            try await hold(step, &watch)
            onScreen = watch
        } else {
            var watch = try await watch(view)
            try await hold(step, &watch)
            try await unwatch(watch)
        }
    }

    /// Holds what is shown against the step: what is shown now, or eventually.
    func hold(_ step: Step, _ watch: inout Watch) async throws {
        let eventually = step.fields["eventually"]?.truth == true
        let what = eventually ? "did not become as expected within \(Int(seconds)) s" : "is not as expected"
        let until = DispatchTime.now() + seconds
        while let line = try await phone.next(watch.id, seconds: 0) { watch.last = try shown(line) }
        while true {
            do {
                return try compare(step, "expect", watch.last, "\(step.text("view")) \(what)")
            } catch let mishap as Mishap {
                let left = Double(until.uptimeNanoseconds) - Double(DispatchTime.now().uptimeNanoseconds)
                guard eventually, let line = try await phone.next(watch.id, seconds: left / 1e9) else { throw mishap }
                watch.last = try shown(line)
            }
        }
    }

    /// The view in a line of a watch.
    func shown(_ line: Json) throws -> Json {
        if let error = line["error"] { throw unexpected(error) }
        return line["shown"]!
    }

    func unexpected(_ error: Json) -> Mishap {
        let text = ["kind", "code", "text"].map { error[$0]?.text ?? "" }
        return Mishap("it failed\n  \(text[0]), \(text[1]): \(text[2])")
    }
}
