// Plays a story: a backend, a phone, and what each step does with them. Must not know which stories there are.

package dev.membercore.stories

import dev.membercore.Sandbox
import java.io.File
import java.time.Duration.between
import java.time.Instant
import java.util.concurrent.TimeUnit
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes
import kotlin.time.TimeSource
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** Why a step failed, in words. */
class Mishap(message: String) : Exception(message)

/** Far more than any call takes, also on a busy machine. */
val LIMIT = 1.minutes

/** Plays all steps, until one fails. What is to be shown is waited for at most as long as [patience]. */
fun play(story: Story, folder: File, patience: Duration) {
    Stage(folder, story.programme, patience).use { stage ->
        for (step in story.steps) {
            try {
                stage.play(step)
            } catch (mishap: Mishap) {
                throw step.failure(story, mishap.message.orEmpty())
            }
        }
    }
}

private class Stage(private val folder: File, programme: String, private val patience: Duration) : AutoCloseable {
    private val sandbox = Sandbox(File(folder, "sandbox"), programme)
    private var running: PhoneProcess? = null
    private val phone get() = running ?: throw Mishap("the app is not open")

    /** What the device knows of the network, whether or not an app runs on it. */
    private var online = true

    /** The card on screen: the request that shows it, and how it was shown last. */
    private var onScreen: Watch? = null
    private var email: String? = null
    private var cardNumber: String? = null

    /** What is remembered: keys of claims by the names that the story gave them. */
    private val names = mutableMapOf<String, String>()

    private class Watch(val id: Long, var last: JsonElement)

    private class Answer(val done: JsonElement?, val error: JsonObject?)

    override fun close() {
        running?.close()
        sandbox.close()
    }

    fun play(step: Step) {
        when (step.word) {
            "open" -> open(step.optionalText("language", "en"))
            "close" -> {
                call("close")
                gone().ended()
            }
            "kill" -> gone().kill()
            "offline" -> network(false)
            "online" -> network(true)
            "join" -> signIn(step, "name" to step.text("name"), "language" to step.optionalText("language", "en"))
            "sign_in" -> signIn(step)
            "refresh" -> judge(step, call("refresh"))
            "claim" -> remember(step, judge(step, call("claim", "reward" to step.text("reward"))))
            "cancel", "retry", "discard", "fate" -> {
                val name = step.text("action")
                val key = names[name] ?: throw Mishap("nothing is remembered as \"$name\"")
                remember(step, judge(step, call(step.word, "key" to key)))
            }
            "lock", "unlock" -> remember(step, judge(step, call("set_spend_lock", "locked" to (step.word == "lock"))))
            "show_card" -> {
                if (onScreen != null) throw Mishap("the card is on screen already")
                onScreen = watch("card_on_screen")
            }
            "leave_card" -> {
                unwatch(onScreen ?: throw Mishap("the card is not on screen"))
                onScreen = null
            }
            "show" -> show(step)
            "accrue" -> accrue(step.text("till"), step.text("amount"))
            "clock" -> clock(step.text("at"))
            "faults" -> post("faults", "rules" to step.fields.getValue("rules"))
            "grant" -> post("grant", "member" to member(), "unit" to step.fields["unit"], "amount" to step.fields["amount"])
            "reward" -> post("rewards/${step.text("id")}", *step.fields.getValue("change").jsonObject.toList().toTypedArray())
            "revoke" -> post("revoke", "member" to member())
            "server_stop" -> sandbox.down()
            "server_start" -> sandbox.up()
            "ledger" -> compare(step, "expect", ledger(), "the ledger is not as expected")
            else -> throw Mishap("this runner does not know the step \"${step.word}\"")
        }
    }

    /** The phone, on which nothing will run from now on. */
    private fun gone(): PhoneProcess = phone.also { running = null; onScreen = null }

    private fun open(language: String) {
        if (running != null) throw Mishap("the app is open already")
        running = PhoneProcess()
        val (home, vault) = File(folder, "home").path to File(folder, "vault").path
        expectDone(call("open", "home" to home, "vault" to vault, "server" to sandbox.url, "language" to language, "online" to online))
    }

    private fun network(online: Boolean) {
        this.online = online
        if (running != null) expectDone(call("network", "online" to online))
    }

    /** Asks for a code, reads it where it was sent, enters it, and syncs. */
    private fun signIn(step: Step, vararg join: Pair<String, String>) {
        val address = step.text("email").also { email = it }
        var answer = call("request_code", "email" to address, *join)
        if (answer.error == null) answer = call("sign_in", "code" to sandbox.code(address))
        if (answer.error == null) answer = call("refresh")
        judge(step, answer)
    }

    /** The key of what was done, by the name that the step gives it. */
    private fun remember(step: Step, done: JsonElement?) {
        val name = step.fields["as"].text()
        if (done == null || name == null) return
        names[name] = done.jsonObject["key"].text() ?: throw Mishap("there is no key to remember as \"$name\"")
    }

    private fun accrue(till: String, amount: String) {
        val number = cardNumber ?: watch("card").let { watch ->
            unwatch(watch)
            val number = (watch.last.jsonObject["card"] as? JsonObject)?.get("number").text()
            (number ?: throw Mishap("there is no card to be scanned")).replace(" ", "").also { cardNumber = it }
        }
        val tills = File(folder, "sandbox/tills.json").path
        val command = listOf(System.getProperty("member.binary"), "till", "accrue", "--till", till, "--payload", number, "--amount", amount)
        val builder = ProcessBuilder(command + listOf("--credentials", tills)).redirectErrorStream(true)
        builder.environment()["HOME"] = folder.path
        val process = builder.start()
        val said = process.inputStream.bufferedReader().readText()
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) throw Mishap("the till says: $said")
    }

    /** From now on the server's clock says so, and goes on from there. In one request: an app may be talking to it. */
    private fun clock(at: String) {
        val instant = runCatching { Instant.parse(at) }.getOrElse { throw Mishap("the field \"at\" is no instant") }
        post("clock", "offset_seconds" to between(Instant.now(), instant).toSeconds())
    }

    private fun post(path: String, vararg fields: Pair<String, Any?>): JsonObject {
        val said = sandbox.post("/sandbox/v1/$path", json(fields).toString(), "Content-Type" to "application/json")
        return Json.parseToJsonElement(said).jsonObject
    }

    private fun get(path: String): JsonObject = Json.parseToJsonElement(sandbox.get("/sandbox/v1/$path")).jsonObject

    private fun member(): String =
        get("members?address=${email ?: throw Mishap("nobody has joined")}").getValue("member").jsonPrimitive.content

    /** The member's true ledger, and the books in numbers. */
    private fun ledger() = JsonObject(get("members/${member()}/ledger") + ("audit" to get("audit")))

    private fun json(fields: Array<out Pair<String, Any?>>) =
        JsonObject(
            fields.associate { (name, value) ->
                name to when (value) {
                    is JsonElement -> value
                    is Boolean -> JsonPrimitive(value)
                    is Number -> JsonPrimitive(value)
                    is String -> JsonPrimitive(value)
                    else -> JsonNull
                }
            },
        )

    /** Sends a request, and waits for what came of it: a value, or an error with its kind, code and text. */
    private fun call(word: String, vararg fields: Pair<String, Any?>): Answer {
        val line = line(phone.send(word, json(fields)))
        return Answer(line["done"], line["error"]?.jsonObject)
    }

    private fun line(id: Long): JsonObject = phone.next(id, LIMIT) ?: throw Mishap("the phone does not answer")

    private fun expectDone(answer: Answer) {
        answer.error?.let { throw unexpected(it) }
    }

    /** The value, if there is one and it is as the step says; nothing, if it was to fail and did as the step says. */
    private fun judge(step: Step, answer: Answer): JsonElement? {
        when {
            answer.error == null && "fails" in step.fields -> throw Mishap("it was to fail, and did not")
            answer.error == null -> compare(step, "answer", answer.done ?: JsonNull, "it answers something else")
            "fails" in step.fields -> compare(step, "fails", answer.error, "it fails in another way")
            else -> throw unexpected(answer.error)
        }
        return answer.done
    }

    /** Holds what is shown against a field of the step, where the step has it. */
    private fun compare(step: Step, field: String, shown: JsonElement, what: String) {
        val found = differences(step.fields[field] ?: return, shown, names)
        if (found.isNotEmpty()) throw Mishap("$what\n  ${found.joinToString("\n  ")}")
    }

    /** Begins to watch a view, and waits until it is shown. */
    private fun watch(view: String): Watch {
        val id = phone.send("watch", json(arrayOf("view" to view)))
        return Watch(id, shown(phone.next(id, patience) ?: throw Mishap("$view is not shown within ${patience.inWholeSeconds} s")))
    }

    private fun unwatch(watch: Watch) = expectDone(call("unwatch", "watch" to watch.id))

    private fun show(step: Step) {
        val view = step.text("view")
        val eventually = step.fields["eventually"]?.jsonPrimitive?.boolean == true
        val known = if (view == "card_on_screen") onScreen ?: throw Mishap("the card is not on screen") else null
        val watch = known ?: watch(view)
        val what = if (eventually) "did not become as expected within ${patience.inWholeSeconds} s" else "is not as expected"
        val begun = TimeSource.Monotonic.markNow()
        while (true) watch.last = shown(phone.next(watch.id, Duration.ZERO) ?: break)
        while (true) {
            val mishap = runCatching { compare(step, "expect", watch.last, "$view $what") }.exceptionOrNull() ?: break
            if (!eventually) throw mishap
            watch.last = shown(phone.next(watch.id, patience - begun.elapsedNow()) ?: throw mishap)
        }
        if (known == null) unwatch(watch)
    }

    /** The view in a line of a watch. */
    private fun shown(line: JsonObject): JsonElement {
        line["error"]?.let { throw unexpected(it.jsonObject) }
        return line.getValue("shown")
    }

    private fun unexpected(error: JsonObject): Mishap {
        val (kind, code, text) = listOf("kind", "code", "text").map { error[it].text() }
        return Mishap("it failed\n  $kind, $code: $text")
    }
}
