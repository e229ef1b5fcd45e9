// A symbol as the PNG that a camera sees. Must not know what the symbol says.

import Foundation
import MemberCore

/// A square symbol, black on white with `quiet` light modules around it, `scale` pixels a module, 8 bits of grey.
public func png(_ symbol: Symbol, quiet: Int = 4, scale: Int = 4) -> Data {
    let width = Int(symbol.width)
    let side = (width + 2 * quiet) * scale
    let modules = [UInt8](symbol.modules)
    precondition(modules.count == width * width && symbol.height == symbol.width, "a square of modules")
    var pixels: [UInt8] = []
    for y in 0..<side {
        // Each line begins with the name of its filter: none.
        pixels.append(0)
        for x in 0..<side {
            let (column, row) = (x / scale - quiet, y / scale - quiet)
            let inside = (0..<width).contains(column) && (0..<width).contains(row)
            pixels.append(inside && modules[row * width + column] == 1 ? 0 : 255)
        }
    }
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    file += chunk("IHDR", bytes(UInt32(side)) + bytes(UInt32(side)) + [8, 0, 0, 0, 0])
    file += chunk("IDAT", stored(pixels))
    file += chunk("IEND", [])
    return Data(file)
}

private func bytes(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
}

private func chunk(_ kind: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(kind.utf8) + data
    return bytes(UInt32(data.count)) + body + bytes(crc(body))
}

/// zlib's format (RFC 1950) in blocks that are not compressed.
private func stored(_ data: [UInt8]) -> [UInt8] {
    var out: [UInt8] = [0x78, 0x01]
    var at = 0
    repeat {
        let end = min(at + 0xFFFF, data.count)
        let length = UInt16(end - at)
        out.append(end == data.count ? 1 : 0)
        for half in [length, ~length] { out += [UInt8(half & 0xFF), UInt8(half >> 8)] }
        out += data[at..<end]
        at = end
    } while at < data.count
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in data {
        a = (a + UInt32(byte)) % 65521
        b = (b + a) % 65521
    }
    return out + bytes(b << 16 | a)
}

private func crc(_ data: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in data {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
}
