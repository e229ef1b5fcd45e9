// JSON as a value, for tests that read what others wrote. Must not know what it says.

import Foundation

/// A JSON value.
public enum Json: Equatable, Sendable, Codable, CustomStringConvertible {
    case null
    case truth(Bool)
    case number(Double)
    case text(String)
    case list([Json])
    case object([String: Json])

    /// Reads a document.
    public init(parsing text: some StringProtocol) throws {
        self = try JSONDecoder().decode(Json.self, from: Data(text.utf8))
    }

    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let truth = try? value.decode(Bool.self) {
            self = .truth(truth)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([Json].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: Json].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .truth(let truth): try value.encode(truth)
        case .number(let number): try value.encode(number)
        case .text(let text): try value.encode(text)
        case .list(let list): try value.encode(list)
        case .object(let object): try value.encode(object)
        }
    }

    /// On one line, fields in the order of their names.
    public var description: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "?"
    }

    /// The field of an object.
    public subscript(_ name: String) -> Json? { object?[name] }

    public var text: String? { if case .text(let text) = self { text } else { nil } }

    public var number: Double? { if case .number(let number) = self { number } else { nil } }

    public var truth: Bool? { if case .truth(let truth) = self { truth } else { nil } }

    public var list: [Json]? { if case .list(let list) = self { list } else { nil } }

    public var object: [String: Json]? { if case .object(let object) = self { object } else { nil } }
}

extension Json: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByBooleanLiteral {
    public init(stringLiteral text: String) { self = .text(text) }

    public init(booleanLiteral truth: Bool) { self = .truth(truth) }

    public init(dictionaryLiteral fields: (String, Json)...) {
        self = .object(Dictionary(uniqueKeysWithValues: fields))
    }
}
