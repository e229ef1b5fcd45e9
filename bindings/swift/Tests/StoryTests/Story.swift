// Stories as files: reading one, and checking its words before anything is played. Must not know what a step does.

import Foundation
import MemberCoreTesting

/// What went wrong, as whoever wrote the story reads it.
struct StoryFailure: Error, CustomStringConvertible {
    let description: String
}

/// A story that uses known words only.
struct Story: Sendable {
    let file: String
    let programme: String
    let steps: [Step]
}

/// One step of it, with its `number` counted from 1.
struct Step: Sendable {
    let number: Int
    let title: String
    let word: String
    let fields: [String: Json]

    /// A text that the vocabulary asks for.
    func text(_ name: String) -> String { fields[name]!.text! }

    func text(_ name: String, or other: String) -> String { fields[name]?.text ?? other }

    func failure(_ story: Story, _ what: String) -> StoryFailure {
        StoryFailure(description: "\(story.file), step \(number), \"\(title)\": \(what)")
    }
}

enum Stories {
    /// The folder with programmes, stories and the vocabulary.
    private static let folder: URL = {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<5 { root.deleteLastPathComponent() }
        return root.appendingPathComponent("sandbox")
    }()

    static func json(_ path: String) throws -> Json {
        try Json(parsing: String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8))
    }

    /// Every story there is, by the path of its file from the root of the repository.
    static func all() throws -> [(file: String, story: Json)] {
        let listed = { try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent($0).path) }
        let paths =
            try listed("programmes").map { "programmes/\($0)/story.json" }
            + listed("stories").filter { $0.hasSuffix(".json") }.map { "stories/\($0)" }
        let there = paths.filter { FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path) }
        return try there.sorted().map { ("sandbox/\($0)", try json($0)) }
    }
}

/// The words that there are.
struct Vocabulary {
    private let words: [String: Json]

    init() throws {
        words = try Stories.json("stories/format/vocabulary.json").object!
    }

    /// Reads a story, and refuses what is not in the vocabulary.
    func story(_ file: String, _ story: Json) throws -> Story {
        let fields = story.object ?? [:]
        if let what = fault(fields, words["story"]!.object!) { throw StoryFailure(description: "\(file): \(what)") }
        let steps = try fields["steps"]!.list!.enumerated().map { index, step in
            let fields = step.object ?? [:]
            if let what = fault(fields) {
                let title = fields["title"]?.text.map { ", \"\($0)\"" } ?? ""
                throw StoryFailure(description: "\(file), step \(index + 1)\(title): \(what)")
            }
            return Step(number: index + 1, title: fields["title"]!.text!, word: fields["do"]!.text!, fields: fields)
        }
        return Story(file: file, programme: fields["programme"]!.text!, steps: steps)
    }

    private func fault(_ step: [String: Json]) -> String? {
        guard let word = step["do"]?.text else { return "the field \"do\" is missing or no text" }
        guard let own = words["steps"]![word]?.object else { return "there is no step \"\(word)\"" }
        if let what = fault(step, words["step"]!.object!.merging(own) { _, own in own }) { return what }
        guard let view = step["view"], !words["views"]!.list!.contains(view) else { return nil }
        return "there is no view \(view)"
    }

    /// Each field is known and of its kind, and those that must be there are.
    private func fault(_ fields: [String: Json], _ known: [String: Json]) -> String? {
        if let name = fields.keys.sorted().first(where: { known[$0] == nil }) { return "there is no field \"\(name)\"" }
        for (name, kind) in known.sorted(by: { $0.key < $1.key }) {
            let optional = kind.text!.hasSuffix("?")
            let kind = optional ? String(kind.text!.dropLast()) : kind.text!
            guard let value = fields[name] else {
                if optional { continue }
                return "the field \"\(name)\" is missing"
            }
            if !fits(value, kind) { return "the field \"\(name)\" is no \(kind)" }
        }
        return nil
    }

    private func fits(_ value: Json, _ kind: String) -> Bool {
        switch (value, kind) {
        case (.text, "text"), (.number, "number"), (.truth, "truth"), (.list, "list"), (.object, "object"), (_, "any"): true
        default: false
        }
    }
}
