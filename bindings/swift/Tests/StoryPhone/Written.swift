// A value as JSON, by the names of its fields, as the core would write them. Must not know which values there are, beside those that
// show nothing of themselves.

import Foundation
import MemberCore
import MemberCoreTesting

func written(_ value: Any) -> Json {
    switch value {
    case let text as String: return .text(text)
    case let truth as Bool: return .truth(truth)
    case let number as any BinaryInteger: return .number(Double(Int64(number)))
    case let number as Double: return .number(number)
    // Modules of a symbol.
    case let bytes as Data: return .text(bytes.map { $0 == 1 ? "1" : "0" }.joined())
    // These have an empty mirror, so that nothing prints them.
    case let symbol as Symbol:
        return fields([
            "symbology": symbol.symbology, "width": symbol.width, "height": symbol.height, "modules": symbol.modules,
        ])
    case let card as Card:
        return fields([
            "programme": card.programme, "member": card.member, "number": card.number, "symbol": card.symbol,
            "tier": card.tier as Any, "balance": card.balance as Any, "pending": card.pending as Any,
            "arrived": card.arrived as Any, "description": card.description,
        ])
    case let voucher as VoucherLine:
        return fields([
            "id": voucher.id as Any, "key": voucher.key as Any, "title": voucher.title, "code": voucher.code as Any,
            "symbol": voucher.symbol as Any, "place": voucher.place, "text": voucher.text,
            "canCancel": voucher.canCancel,
        ])
    default: break
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional: return mirror.children.first.map { written($0.value) } ?? .null
    case .collection: return .list(mirror.children.map { written($0.value) })
    case .enum: return .text(named(String(describing: value), "-"))
    default: return fields(Dictionary(uniqueKeysWithValues: mirror.children.map { ($0.label!, $0.value) }))
    }
}

private func fields(_ fields: [String: Any]) -> Json {
    .object(Dictionary(uniqueKeysWithValues: fields.map { (named($0.key, "_"), written($0.value)) }))
}

/// `confirmedText` in small letters, its words set apart.
private func named(_ name: String, _ between: String) -> String {
    name.map { $0.isUppercase ? between + $0.lowercased() : String($0) }.joined()
}
