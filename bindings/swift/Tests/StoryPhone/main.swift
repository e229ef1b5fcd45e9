// The phone: a program that holds a wallet and does what lines on its standard input say. It is a process of its own, so that killing
// it is real. docs/stories.md describes the lines. Must not know what a story is.

import Foundation
import MemberCore
import MemberCoreTesting

let device = Device()
while let line = readLine() {
    let request = try Json(parsing: line)
    let id = Int(request["id"]!.number!)
    do {
        if let done = try await device.obey(id, request) { say(id, "done", done) }
    } catch let error as MemberError {
        say(id, "error", explained(error))
    }
    if request["do"] == "close" { break }
}
exit(0)
