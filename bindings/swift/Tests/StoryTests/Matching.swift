// What a story expects against what was shown. Must not know what a view is.

import MemberCoreTesting

/// What differs, a line for each place; empty where the shown is as expected. docs/stories.md has the rules.
func differences(_ expected: Json, _ shown: Json, _ names: [String: String]) -> [String] {
    var found: [String] = []
    compare("", expected, shown, names, &found)
    return found
}

private func compare(
    _ path: String, _ expected: Json, _ shown: Json, _ names: [String: String], _ found: inout [String]
) {
    switch (expected, shown) {
    case (.object(let fields), .object(let all)):
        for (name, expected) in fields.sorted(by: { $0.key < $1.key }) {
            let at = path.isEmpty ? name : "\(path).\(name)"
            switch pick(name, all) {
            case .found(let shown): compare(at, expected, shown, names, &found)
            case .not(let why): found.append("\(at): \(why)")
            }
        }
    case (.list(let expected), .list(let elements)) where expected.count == elements.count:
        for (index, (expected, element)) in zip(expected, elements).enumerated() {
            compare("\(path)[\(index)]", expected, element, names, &found)
        }
    case (.text(let pattern), .text(let text)) where fits(plain(filled(pattern, names)), plain(text)): break
    case (let expected, let shown) where expected == shown: break
    default: found.append("\(path.isEmpty ? "all of it" : path): expected \(expected), shown \(shown)")
    }
}

private enum Picked {
    case found(Json)
    case not(String)
}

/// The field, or the one element of a list, that `name` picks.
private func pick(_ name: String, _ shown: [String: Json]) -> Picked {
    let parts = name.split(separator: "[", maxSplits: 1)
    guard let value = shown[String(parts[0])] else { return .not("there is no such field") }
    guard parts.count == 2 else { return .found(value) }
    guard let elements = value.list else { return .not("it is no list") }
    let selector = parts[1].dropLast().split(separator: "=", maxSplits: 1).map(String.init)
    let picked: [Json] =
        if selector.count == 2 {
            elements.filter { $0[selector[0]]?.text == selector[1] }
        } else {
            Int(selector[0]).flatMap { elements.indices.contains($0) ? [elements[$0]] : nil } ?? []
        }
    guard picked.count == 1 else { return .not("expected one such element, shown \(picked.count) of \(elements.count)") }
    return .found(picked[0])
}

private func filled(_ pattern: String, _ names: [String: String]) -> String {
    names.reduce(pattern) { $0.replacing("{\($1.key)}", with: $1.value) }
}

/// Amounts are written with spaces that keep them on one line; nobody sees those in a file.
private func plain(_ text: String) -> String {
    text.replacing("\u{a0}", with: " ").replacing("\u{202f}", with: " ")
}

/// `*` stands for any text, also none.
private func fits(_ pattern: String, _ text: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return pattern == text }
    guard text.hasPrefix(parts[0]) else { return false }
    var rest = text.dropFirst(parts[0].count)
    for part in parts[1..<(parts.count - 1)] where !part.isEmpty {
        guard let found = rest.firstRange(of: part) else { return false }
        rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(parts[parts.count - 1])
}
