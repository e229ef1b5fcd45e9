// Says why the library cannot be used, and that it says so again. Must not know which library it finds.

import MemberCore
import OtherRelease

// The linker drops a library of which nothing is used.
guard other_release_is_linked() == 1 else { fatalError("the other release is not there") }

var sentences: [String] = []
for _ in 1...2 {
    do {
        try MemberCore.ensureLoaded()
        sentences.append("the library is of this release")
    } catch let error as LibraryError {
        sentences.append(error.message)
    }
}
guard sentences[0] == sentences[1] else { fatalError("\(sentences)") }
print(sentences[0])
