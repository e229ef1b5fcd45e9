// The runner's end of a phone: a process that is told what to do and says what it shows. Must not know what a story is.

package dev.membercore.stories

import java.io.File
import java.io.IOException
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.time.Duration
import kotlin.time.TimeSource
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long

/** A phone that runs. It ends when it is closed, at the latest. */
class PhoneProcess : AutoCloseable {
    private val process: Process
    private val lines = LinkedBlockingQueue<JsonObject>()
    private val kept = mutableMapOf<Long, ArrayDeque<JsonObject>>()
    private var last = 0L

    init {
        val classPath = System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
        val program = File(System.getProperty("java.home"), "bin/java").path
        val library = "-Djna.library.path=" + System.getProperty("jna.library.path")
        val command = listOf(program, "-Xshare:auto", "-XX:TieredStopAtLevel=1", library, "-cp", classPath, StoryPhone::class.java.name)
        val builder = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT)
        // cargo names its folder of libraries there.
        builder.environment().keys.removeAll(setOf("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"))
        // Dates are shown in the device's time zone.
        builder.environment()["TZ"] = "UTC"
        process = builder.start()
        val reader = process.inputStream.bufferedReader()
        thread(isDaemon = true) {
            try {
                reader.forEachLine { lines += Json.parseToJsonElement(it).jsonObject }
            } catch (_: IOException) {
                // Who kills a process closes what it was read from.
            } finally {
                lines += ENDED
            }
        }
    }

    /** Sends a request, and answers its number. */
    fun send(word: String, fields: Map<String, JsonElement>): Long {
        last += 1
        val request = JsonObject(fields + mapOf("id" to JsonPrimitive(last), "do" to JsonPrimitive(word)))
        // A phone that has ended is noticed by whoever waits for the answer.
        runCatching { process.outputStream.run { write("$request\n".toByteArray()); flush() } }
        return last
    }

    /** The next line for this request, waited for at most so long; null where there is none by then. */
    fun next(id: Long, patience: Duration): JsonObject? {
        val begun = TimeSource.Monotonic.markNow()
        while (true) {
            kept[id]?.removeFirstOrNull()?.let { return it }
            val left = (patience - begun.elapsedNow()).coerceAtLeast(Duration.ZERO)
            val line = lines.poll(left.inWholeMilliseconds, TimeUnit.MILLISECONDS) ?: return null
            if (line === ENDED) throw Mishap("the phone has ended")
            kept.getOrPut(line.getValue("id").jsonPrimitive.long) { ArrayDeque() } += line
        }
    }

    /** Without a word, as a system does that needs the memory: SIGKILL. */
    fun kill() {
        process.destroyForcibly().waitFor()
    }

    /** Waits until the program has ended by itself. */
    fun ended() {
        process.outputStream.close()
        if (!process.waitFor(60, TimeUnit.SECONDS)) throw Mishap("the phone does not end")
    }

    override fun close() = kill()

    private companion object {
        val ENDED = JsonObject(emptyMap())
    }
}
