// What a story expects against what was shown. Must not know what a view is.

package dev.membercore.stories

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.doubleOrNull

/** What differs, a line for each place; empty where the shown is as expected. docs/stories.md has the rules. */
fun differences(expected: JsonElement, shown: JsonElement, names: Map<String, String>): List<String> {
    val found = mutableListOf<String>()

    fun compare(path: String, expected: JsonElement, shown: JsonElement) {
        when {
            expected is JsonObject && shown is JsonObject ->
                for ((name, wanted) in expected.toSortedMap()) {
                    val at = if (path.isEmpty()) name else "$path.$name"
                    pick(name, shown).fold({ compare(at, wanted, it) }, { found += "$at: ${it.message}" })
                }
            expected is JsonArray && shown is JsonArray && expected.size == shown.size ->
                expected.zip(shown).forEachIndexed { index, (wanted, element) -> compare("$path[$index]", wanted, element) }
            !same(expected, shown, names) -> found += "${path.ifEmpty { "all of it" }}: expected $expected, shown $shown"
        }
    }

    compare("", expected, shown)
    return found
}

private fun same(expected: JsonElement, shown: JsonElement, names: Map<String, String>): Boolean {
    val (pattern, text) = expected.text() to shown.text()
    if (pattern != null && text != null) {
        val filled = names.entries.fold(pattern) { all, (name, value) -> all.replace("{$name}", value) }
        return fits(plain(filled), plain(text))
    }
    if (pattern == null && text == null && expected is JsonPrimitive && shown is JsonPrimitive) {
        val numbers = expected.doubleOrNull to shown.doubleOrNull
        return if (numbers.first != null) numbers.first == numbers.second else expected == shown
    }
    return expected == shown
}

/** The field, or the one element of a list, that [name] picks. */
private fun pick(name: String, shown: JsonObject): Result<JsonElement> = runCatching {
    val selector = name.substringAfter('[', "").removeSuffix("]")
    val value = shown[name.substringBefore('[')] ?: error("there is no such field")
    if (selector.isEmpty()) return@runCatching value
    val elements = value as? JsonArray ?: error("it is no list")
    val picked =
        if ('=' in selector) {
            elements.filter { (it as? JsonObject)?.get(selector.substringBefore('=')).text() == selector.substringAfter('=') }
        } else {
            listOfNotNull(elements.getOrNull(selector.toIntOrNull() ?: -1))
        }
    picked.singleOrNull() ?: error("expected one such element, shown ${picked.size} of ${elements.size}")
}

/** Amounts are written with spaces that keep them on one line; nobody sees those in a file. */
private fun plain(text: String) = text.replace('\u00a0', ' ').replace('\u202f', ' ')

/** `*` stands for any text, also none. */
private fun fits(pattern: String, text: String): Boolean {
    val parts = pattern.split("*")
    if (parts.size == 1) return pattern == text
    if (!text.startsWith(parts.first())) return false
    var at = parts.first().length
    for (part in parts.subList(1, parts.size - 1)) {
        val found = text.indexOf(part, at)
        if (found < 0) return false
        at = found + part.length
    }
    return text.length - at >= parts.last().length && text.endsWith(parts.last())
}
