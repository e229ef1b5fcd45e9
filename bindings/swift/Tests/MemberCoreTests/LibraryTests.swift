// The native library of another release, or none: a sentence, not a crash. Each in a process of its own, since a library is loaded
// once.

import Foundation
import MemberCore
import MemberCoreTesting
import XCTest

final class LibraryTests: XCTestCase {
    func testTheLibraryOfThisReleaseIsLoaded() throws {
        try MemberCore.ensureLoaded()
        let child = try runChild("LoadTwice")
        XCTAssertEqual(child.said, "the library is of this release\n")
    }

    func testAnotherReleaseIsSaid() throws {
        let wanted =
            "The native library member_ffi is not that of member-core \(MemberCore.version). "
            + "Take both from the same release.\n"
        for other in ["contract", "interface"] {
            let child = try runChild("LoadTwice", environment: ["OTHER": other])
            XCTAssertEqual(child.said, wanted, other)
            XCTAssert(child.status == 0 && !child.killed, "\(child)")
        }
    }

    func testAnotherVersionIsSaid() throws {
        let child = try runChild("LoadTwice", environment: ["OTHER": "version"])
        let found = "9" + MemberCore.version.dropFirst()
        XCTAssertEqual(
            child.said,
            "The native library member_ffi is of version \(found) and this is member-core \(MemberCore.version). "
                + "Take both from the same release.\n")
        XCTAssert(child.status == 0 && !child.killed, "\(child)")
    }

    func testALibraryThatIsNotThereIsSaidByTheLoader() throws {
        #if !os(Linux)
            throw XCTSkip("here the library is found by its own path")
        #endif
        let child = try runChild("LoadTwice", environment: ["LD_LIBRARY_PATH": nil])
        XCTAssert(child.said.contains("libmember_ffi") && child.said.contains("No such file"), child.said)
        XCTAssert(child.status != 0 && !child.killed, "\(child)")
    }
}
