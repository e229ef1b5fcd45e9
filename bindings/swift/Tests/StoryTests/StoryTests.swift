// Members' stories from files, played through the Swift package on a real backend. docs/stories.md describes them.

import Foundation
import MemberCoreTesting
import XCTest

final class StoryTests: XCTestCase {
    override class func setUp() {
        // Writing to a phone that has ended is an error, and not the end of the tests.
        signal(SIGPIPE, SIG_IGN)
    }

    func testEveryStoryIsPlayed() async throws {
        let vocabulary = try Vocabulary()
        let stories = try Stories.all()
        XCTAssertTrue(stories.contains { $0.file == "sandbox/programmes/market/story.json" }, "the stories are found")
        for (file, story) in stories {
            do {
                try await play(try vocabulary.story(file, story), seconds: limit)
            } catch let failure as StoryFailure {
                XCTFail(failure.description)
            }
        }
    }

    /// A runner that finds nothing wrong with them would find nothing wrong with a broken wallet either.
    func testStoriesThatMustFailDoAndSayWhy() async throws {
        let vocabulary = try Vocabulary()
        for control in try Stories.json("stories/format/controls.json")["controls"]!.list! {
            let file = control["file"]!.text!
            let says = control["says"]!.list!.map { $0.text! }.joined(separator: "\n")
            do {
                let story = try vocabulary.story(file, control["story"]!)
                try await play(story, seconds: control["patience"]?.number ?? limit)
                XCTFail("\(file) does not fail")
            } catch let failure as StoryFailure {
                XCTAssertEqual(failure.description, says)
            }
        }
    }

    func testWhatFitsAndWhatDoesNot() throws {
        let samples = try Stories.json("stories/format/matching.json")
        let names = samples["names"]!.object!.mapValues { $0.text! }
        for sample in samples["samples"]!.list! {
            let said = differences(sample["expected"]!, samples["shown"]!, names)
            XCTAssertEqual(said, sample["says"]!.list!.map { $0.text! })
        }
    }
}
