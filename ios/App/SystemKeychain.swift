// Apple's Keychain, call by call. Must not know what an answer means: that is decided, and tested, in KeychainSecrets.

import Foundation
import MemberScreens
import Security

/// The Keychain of this device. Items are readable after the first unlock, so that the app can refresh in a pocket, and never leave
/// the device: neither by a backup nor by iCloud.
struct SystemKeychain: Keychain {
    private let service = "dev.membercore.wallet"

    func copy(_ name: String) -> (status: Int32, secret: Data?) {
        var query = item(name)
        query[kSecReturnData] = true
        query[kSecMatchLimit] = kSecMatchLimitOne
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        return (status, found as? Data)
    }

    func add(_ name: String, _ secret: Data) -> Int32 {
        var new = item(name)
        new[kSecValueData] = secret
        new[kSecAttrAccessible] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
        return SecItemAdd(new as CFDictionary, nil)
    }

    func update(_ name: String, _ secret: Data) -> Int32 {
        let changes: [CFString: Any] = [
            kSecValueData: secret,
            kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
        ]
        return SecItemUpdate(item(name) as CFDictionary, changes as CFDictionary)
    }

    func delete(_ name: String) -> Int32 {
        SecItemDelete(item(name) as CFDictionary)
    }

    func deleteAll() -> Int32 {
        SecItemDelete(all as CFDictionary)
    }

    private var all: [CFString: Any] {
        [kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrSynchronizable: false]
    }

    private func item(_ name: String) -> [CFString: Any] {
        var query = all
        query[kSecAttrAccount] = name
        return query
    }
}
