// Members' stories from files, played through the Kotlin library on a real backend. docs/stories.md describes them.

package dev.membercore.stories

import java.nio.file.Files
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

class StoriesTest {
    private val vocabulary = Vocabulary()

    @TestFactory
    fun everyStoryIsPlayed(): List<DynamicTest> {
        val stories = Stories.all()
        assertTrue("sandbox/programmes/market/story.json" in stories, "the stories are found")
        return stories.map { (file, story) -> dynamicTest(file) { play(file, story, LIMIT) } }
    }

    /** A runner that finds nothing wrong with them would find nothing wrong with a broken wallet either. */
    @TestFactory
    fun storiesThatMustFailDoAndSayWhy(): List<DynamicTest> =
        Stories.json("stories/format/controls.json").getValue("controls").jsonArray.map { it.jsonObject }.map { control ->
            val file = control.getValue("file").jsonPrimitive.content
            dynamicTest(file) {
                val patience = control["patience"]?.jsonPrimitive?.long?.seconds ?: LIMIT
                val failure = assertFailsWith<StoryFailure> { play(file, control.getValue("story").jsonObject, patience) }
                assertEquals(control.getValue("says").jsonArray.joinToString("\n") { it.jsonPrimitive.content }, failure.message)
            }
        }

    @Test
    fun whatFitsAndWhatDoesNot() {
        val samples = Stories.json("stories/format/matching.json")
        val names = samples.getValue("names").jsonObject.mapValues { it.value.jsonPrimitive.content }
        for (sample in samples.getValue("samples").jsonArray.map { it.jsonObject }) {
            val said = sample.getValue("says").jsonArray.map { it.jsonPrimitive.content }
            assertEquals(said, differences(sample.getValue("expected"), samples.getValue("shown"), names))
        }
    }

    private fun play(file: String, story: JsonObject, patience: Duration) {
        val folder = Files.createTempDirectory("story").toFile()
        try {
            play(vocabulary.story(file, story), folder, patience)
        } finally {
            folder.deleteRecursively()
        }
    }
}
