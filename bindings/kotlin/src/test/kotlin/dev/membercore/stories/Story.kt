// Stories as files: reading one, and checking its words before anything is played. Must not know what a step does.

package dev.membercore.stories

import java.io.File
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.booleanOrNull
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.longOrNull

/** What went wrong, as whoever wrote the story reads it. */
class StoryFailure(message: String) : AssertionError(message)

/** A story that uses known words only. */
class Story(val file: String, val programme: String, val steps: List<Step>)

/** One step of it, with its [number] counted from 1. */
class Step(val number: Int, val title: String, val word: String, val fields: JsonObject) {
    /** A text that the vocabulary asks for. */
    fun text(name: String): String = fields.getValue(name).jsonPrimitive.content

    fun optionalText(name: String, default: String): String = fields[name]?.jsonPrimitive?.contentOrNull ?: default

    fun failure(story: Story, what: String) = StoryFailure("${story.file}, step $number, \"$title\": $what")
}

object Stories {
    /** The folder with programmes, stories and the vocabulary. Tests run in bindings/kotlin. */
    private val folder = File("../../sandbox").canonicalFile

    fun json(path: String): JsonObject = Json.parseToJsonElement(File(folder, path).readText()).jsonObject

    /** Every story there is, by the path of its file from the root of the repository. */
    fun all(): Map<String, JsonObject> {
        val programmes = folder.resolve("programmes").listFiles().orEmpty().map { it.resolve("story.json") }
        val files = (programmes + folder.resolve("stories").listFiles().orEmpty()).filter { it.isFile }.sorted()
        return files.map { it.relativeTo(folder).path }.associate { "sandbox/$it" to json(it) }
    }
}

/** The words that there are. */
class Vocabulary {
    private val words = Stories.json("stories/format/vocabulary.json")

    /** Reads a story, and refuses what is not in the vocabulary. */
    fun story(file: String, story: JsonObject): Story {
        check(story, words.getValue("story").jsonObject)?.let { throw StoryFailure("$file: $it") }
        val steps = story.getValue("steps").jsonArray.mapIndexed { index, step ->
            val fields = step as? JsonObject ?: throw StoryFailure("$file, step ${index + 1}: it is not an object")
            fault(fields)?.let { what ->
                val title = fields["title"].text()?.let { ", \"$it\"" }.orEmpty()
                throw StoryFailure("$file, step ${index + 1}$title: $what")
            }
            Step(index + 1, fields["title"].text()!!, fields["do"].text()!!, fields)
        }
        return Story(file, story["programme"].text()!!, steps)
    }

    private fun fault(step: JsonObject): String? {
        val word = step["do"].text() ?: return "the field \"do\" is missing or no text"
        val own = words.getValue("steps").jsonObject[word]?.jsonObject ?: return "there is no step \"$word\""
        check(step, JsonObject(words.getValue("step").jsonObject + own))?.let { return it }
        val view = step["view"] ?: return null
        return if (view in words.getValue("views").jsonArray) null else "there is no view $view"
    }

    /** Each field is known and of its kind, and those that must be there are. */
    private fun check(fields: JsonObject, known: JsonObject): String? {
        fields.keys.sorted().firstOrNull { it !in known }?.let { return "there is no field \"$it\"" }
        for (name in known.keys.sorted()) {
            val kind = known.getValue(name).jsonPrimitive.content
            val value = fields[name]
            when {
                value == null -> if (!kind.endsWith("?")) return "the field \"$name\" is missing"
                !value.fits(kind.removeSuffix("?")) -> return "the field \"$name\" is no ${kind.removeSuffix("?")}"
            }
        }
        return null
    }

    private fun JsonElement.fits(kind: String): Boolean = when (kind) {
        "text" -> text() != null
        "number" -> this is JsonPrimitive && !isString && longOrNull != null
        "truth" -> this is JsonPrimitive && !isString && booleanOrNull != null
        "list" -> this is JsonArray
        "object" -> this is JsonObject
        else -> kind == "any"
    }
}

/** The text, if it is one. */
fun JsonElement?.text(): String? = (this as? JsonPrimitive)?.takeIf { it.isString }?.content
