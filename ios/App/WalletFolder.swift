// Where the wallet keeps its files: in no backup, and readable after the first unlock. Must not know what is in them.

import Foundation

/// The folder of the wallet, in the app's own container.
struct WalletFolder: Sendable {
    // The system has one such folder for each app.
    private let folder = FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask)[0]
        .appendingPathComponent("MemberCore", isDirectory: true)

    /// The wallet's home.
    var home: URL { folder.appendingPathComponent("home", isDirectory: true) }

    /// Stands beside the home, so that neither is ever there without the other's folder.
    var mark: URL { folder.appendingPathComponent("installed") }

    /// Makes the folder as it must be. What fails here shows when the wallet is opened, which says so in a sentence for the member.
    func prepare() {
        let protection = [FileAttributeKey.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication]
        let files = FileManager.default
        try? files.createDirectory(at: folder, withIntermediateDirectories: true, attributes: protection)
        // A folder of an older version of the app may lack it; files that are made in it later take it over.
        try? files.setAttributes(protection, ofItemAtPath: folder.path)
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        var excluded = folder
        try? excluded.setResourceValues(values)
    }
}
