// The phone: a program that holds a wallet and does what lines on its standard input say. It is a process of its own, so that killing
// it is real. docs/stories.md describes the lines. Must not know what a story is.

package dev.membercore.stories

import dev.membercore.ActionFate
import dev.membercore.Address
import dev.membercore.FileSecrets
import dev.membercore.HostEvent
import dev.membercore.JoinDetails
import dev.membercore.MemberException
import dev.membercore.MemberWallet
import dev.membercore.WalletConfig
import java.io.File
import java.io.FileDescriptor
import java.io.FileOutputStream
import java.io.PrintStream
import java.lang.reflect.Modifier
import kotlin.system.exitProcess
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long

object StoryPhone {
    private val out = PrintStream(FileOutputStream(FileDescriptor.out), true, Charsets.UTF_8)
    private val watches = mutableMapOf<Long, Job>()
    private var wallet: MemberWallet? = null

    @Volatile
    private var online = true

    @JvmStatic
    fun main(arguments: Array<String>) {
        check(arguments.isEmpty())
        val requests = System.`in`.bufferedReader()
        runBlocking(Dispatchers.Default) {
            while (true) {
                // A thread that waits for input must not be one of the few that run coroutines.
                val line = withContext(Dispatchers.IO) { requests.readLine() } ?: break
                val request = Json.parseToJsonElement(line).jsonObject
                val id = request.getValue("id").jsonPrimitive.long
                try {
                    obey(id, request)?.let { say(id, "done", it) }
                } catch (error: MemberException) {
                    say(id, "error", explained(error))
                }
                if (request["do"].text() == "close") break
            }
            exitProcess(0)
        }
    }

    private fun say(id: Long, what: String, value: JsonElement) =
        synchronized(out) { out.println(JsonObject(mapOf("id" to JsonPrimitive(id), what to value))) }

    /** What was done; null where it is answered by what is shown. */
    private suspend fun CoroutineScope.obey(id: Long, request: JsonObject): JsonElement? {
        fun text(name: String) = request.getValue(name).jsonPrimitive.content
        if (text("do") == "open") {
            online = request.getValue("online").jsonPrimitive.boolean
            val config = WalletConfig(home = text("home"), server = text("server"), language = text("language"))
            wallet = MemberWallet.open(config, FileSecrets(File(text("vault")))) { online }
            return JsonNull
        }
        val wallet = checkNotNull(wallet) { "no wallet is open" }
        when (text("do")) {
            "request_code" -> {
                val join = if ("name" in request) JoinDetails(text("name"), text("language"), terms = "2026-01") else null
                wallet.requestCode(Address.Email(text("email")), join)
            }
            "sign_in" -> wallet.signIn(text("code"))
            "refresh" -> wallet.refresh()
            "claim" -> return json(wallet.claim(text("reward")))
            "cancel" -> return json(wallet.cancel(text("key")))
            "set_spend_lock" -> return json(wallet.setSpendLock(request.getValue("locked").jsonPrimitive.boolean))
            "retry" -> return json(wallet.retry(text("key")))
            "discard" -> wallet.discard(text("key"))
            "fate" -> return fate(wallet.fate(text("key")))
            "network" -> {
                online = request.getValue("online").jsonPrimitive.boolean
                if (online) wallet.hostEvent(HostEvent.NETWORK_AVAILABLE)
            }
            "watch" -> {
                watches[id] = watch(id, wallet.view(text("view")))
                return null
            }
            "unwatch" -> watches.remove(request.getValue("watch").jsonPrimitive.long)?.cancelAndJoin()
            "close" -> {
                watches.values.forEach { it.cancelAndJoin() }
                wallet.shutDown()
            }
            else -> error("there is no request ${text("do")}")
        }
        return JsonNull
    }

    private fun MemberWallet.view(name: String): Flow<Any> = when (name) {
        "activity" -> activity()
        "balance" -> balance
        "card" -> card
        "card_on_screen" -> cardOnScreen
        "pending" -> pending
        "rewards" -> rewards
        "sign_in_state" -> signInState
        "spending" -> spending
        "tiers" -> tiers
        "vouchers" -> vouchers
        else -> error("there is no view $name")
    }

    private fun CoroutineScope.watch(id: Long, view: Flow<Any>): Job = launch {
        try {
            view.collect { say(id, "shown", json(it)) }
        } catch (error: MemberException) {
            say(id, "error", explained(error))
        }
    }

    private fun fate(fate: ActionFate): JsonElement = when (fate) {
        is ActionFate.Waiting -> json(mapOf("state" to "waiting", "text" to fate.text))
        is ActionFate.Confirmed -> json(mapOf("state" to "confirmed"))
        is ActionFate.Stopped -> json(mapOf("state" to "stopped", "text" to fate.text))
    }

    private fun explained(error: MemberException): JsonElement =
        json(mapOf("kind" to named(error.javaClass.simpleName, '-'), "code" to error.code, "text" to error.text))

    /** A value as JSON, by the names of its fields, as the core would write them. */
    private fun json(value: Any?): JsonElement = when (value) {
        null -> JsonNull
        is String -> JsonPrimitive(value)
        is Boolean -> JsonPrimitive(value)
        is Number -> JsonPrimitive(value)
        is Enum<*> -> JsonPrimitive(value.name.lowercase().replace('_', '-'))
        // Modules of a symbol.
        is ByteArray -> JsonPrimitive(value.joinToString("") { if (it.toInt() == 1) "1" else "0" })
        is List<*> -> JsonArray(value.map(::json))
        is Map<*, *> -> JsonObject(value.entries.associate { (name, field) -> name as String to json(field) })
        else -> {
            val fields = value.javaClass.declaredFields.filter { !Modifier.isStatic(it.modifiers) }
            JsonObject(fields.associate { field -> named(field.name, '_') to json(field.apply { isAccessible = true }.get(value)) })
        }
    }

    /** `confirmedText` in small letters, its words set apart. */
    private fun named(name: String, between: Char): String =
        name.replace(Regex("(?<=.)[A-Z]")) { between + it.value }.lowercase()
}
