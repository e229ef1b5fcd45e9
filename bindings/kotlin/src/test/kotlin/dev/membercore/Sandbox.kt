// A real backend: the process `member sandbox` on loopback, and a till that talks to it. Must not know what a test is about.

package dev.membercore

import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.util.Base64
import java.util.UUID
import java.util.concurrent.TimeUnit

/** A backend with a folder of its own. It keeps its port and its data while it is down. */
class Sandbox(private val folder: File, private val programme: String = "market") : AutoCloseable {
    private var process: Process? = null
    private var listen = "127.0.0.1:0"
    lateinit var url: String
        private set
    private lateinit var tills: String

    init {
        up()
    }

    /** Serves. */
    fun up() {
        val binary = System.getProperty("member.binary").orEmpty()
        check(File(binary).canExecute()) { "there is no program to run a backend with; `cargo xtask test kotlin` hands one in" }
        val arguments = listOf(binary, "sandbox", "--listen", listen, "--dir", folder.path, "--programme", programme, "--json")
        val started = ProcessBuilder(arguments).redirectError(ProcessBuilder.Redirect.DISCARD).start()
        process = started
        val reader = started.inputStream.bufferedReader()
        var said = ""
        while (said.isBlank() || said.count { it == '{' } != said.count { it == '}' }) {
            said += reader.readLine() ?: error("the backend ended before it served: $said")
        }
        url = field(said, "url")
        tills = File(field(said, "tills")).readText()
        listen = url.removePrefix("http://")
    }

    /** Nobody answers any more. */
    fun down() {
        val running = process ?: return
        running.destroy()
        check(running.waitFor(20, TimeUnit.SECONDS)) { "the backend does not end" }
        process = null
    }

    override fun close() = down()

    /** The code that was sent to this address last. */
    fun code(email: String): String = field(get("/sandbox/v1/sent?address=$email"), "code")

    /** Whether the books are in order. */
    fun audit(): String = get("/sandbox/v1/audit")

    /** A till scans the card and sells for so many cents. */
    fun accrue(cardNumber: String, minor: Int) {
        val (id, secret) = field(tills, "id") to field(tills, "secret")
        val basic = Base64.getEncoder().encodeToString("$id:$secret".toByteArray())
        val token =
            post(
                "/v1/auth/token",
                "grant_type=client_credentials",
                "Content-Type" to "application/x-www-form-urlencoded",
                "Authorization" to "Basic $basic",
            )
        val bearer = "Bearer " + field(token, "access_token")
        val receipt = "receipt-" + UUID.randomUUID()
        fun keyed(path: String, body: String) =
            post(path, body, "Content-Type" to "application/json", "Authorization" to bearer, "Idempotency-Key" to UUID.randomUUID().toString())
        val scan = field(keyed("/v1/till/scans", """{"payload": "$cardNumber", "sale": "$receipt"}"""), "scan")
        val line = """{"line": 1, "amount": {"minor": $minor, "currency": "EUR"}}"""
        keyed("/v1/till/accruals", """{"scan": "$scan", "receipt": "$receipt", "lines": [$line]}""")
    }

    fun get(path: String): String = answer(HttpRequest.newBuilder(URI(url + path)).build())

    fun post(path: String, body: String, vararg headers: Pair<String, String>): String {
        val request = HttpRequest.newBuilder(URI(url + path)).POST(HttpRequest.BodyPublishers.ofString(body))
        headers.forEach { (name, value) -> request.header(name, value) }
        return answer(request.build())
    }

    private fun answer(request: HttpRequest): String {
        val answer = http.send(request, HttpResponse.BodyHandlers.ofString())
        check(answer.statusCode() in 200..299) { "${request.uri()}: ${answer.statusCode()} ${answer.body()}" }
        return answer.body()
    }

    private companion object {
        val http: HttpClient = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()

        /** The first text field of this name. */
        fun field(json: String, name: String): String =
            Regex("\"$name\"\\s*:\\s*\"([^\"]*)\"").find(json)?.groupValues?.get(1) ?: error("no $name in $json")
    }
}
