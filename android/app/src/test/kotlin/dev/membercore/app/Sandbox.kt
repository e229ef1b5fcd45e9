// A real backend: the process `member sandbox` on loopback, and a till that talks to it. Must not know what a test is about.
//
// As bindings/kotlin/src/test has it, with what Android's own class path offers for HTTP and processes.

package dev.membercore.app

import java.io.File
import java.net.HttpURLConnection
import java.net.URL
import java.util.Base64
import java.util.UUID
import java.util.concurrent.TimeUnit

/** A backend with a folder of its own. It keeps its port and its data while it is down. */
class Sandbox(private val folder: File) : AutoCloseable {
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
        check(File(binary).canExecute()) { "there is no program to run a backend with; `cargo xtask test android` hands one in" }
        val arguments = listOf(binary, "sandbox", "--listen", listen, "--dir", folder.path, "--json")
        val started = ProcessBuilder(arguments).redirectError(File("/dev/null")).start()
        process = started
        // It ends with this process, however that ends.
        Runtime.getRuntime().addShutdownHook(Thread { started.destroyForcibly() })
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
    fun code(email: String): String = field(request("/sandbox/v1/sent?address=$email"), "code")

    /** Ends the sessions of the member with this address, as the server. */
    fun revoke(email: String) {
        val member = field(request("/sandbox/v1/members?address=$email"), "member")
        request("/sandbox/v1/revoke", """{"member": "$member"}""", "Content-Type" to "application/json")
    }

    /** Requests below [path] are answered with 503 from now on; none any more where it is null. */
    fun refuse(path: String?) {
        val rules = path?.let { """{"path": "$it", "fault": "status", "status": 503}""" }.orEmpty()
        request("/sandbox/v1/faults", """{"rules": [$rules]}""", "Content-Type" to "application/json")
    }

    /** A till scans the card and sells for so many cents. */
    fun accrue(cardNumber: String, minor: Int) {
        val (id, secret) = field(tills, "id") to field(tills, "secret")
        val basic = Base64.getEncoder().encodeToString("$id:$secret".toByteArray())
        val token =
            request(
                "/v1/auth/token",
                "grant_type=client_credentials",
                "Content-Type" to "application/x-www-form-urlencoded",
                "Authorization" to "Basic $basic",
            )
        val bearer = "Bearer " + field(token, "access_token")
        val receipt = "receipt-" + UUID.randomUUID()
        fun keyed(path: String, body: String) =
            request(path, body, "Content-Type" to "application/json", "Authorization" to bearer, "Idempotency-Key" to UUID.randomUUID().toString())
        val scan = field(keyed("/v1/till/scans", """{"payload": "$cardNumber", "sale": "$receipt"}"""), "scan")
        val line = """{"line": 1, "amount": {"minor": $minor, "currency": "EUR"}}"""
        keyed("/v1/till/accruals", """{"scan": "$scan", "receipt": "$receipt", "lines": [$line]}""")
    }

    private fun request(path: String, body: String? = null, vararg headers: Pair<String, String>): String {
        val connection = URL(url + path).openConnection() as HttpURLConnection
        headers.forEach { (name, value) -> connection.setRequestProperty(name, value) }
        if (body != null) {
            connection.doOutput = true
            connection.outputStream.use { it.write(body.toByteArray()) }
        }
        val status = connection.responseCode
        val answer = (if (status < 400) connection.inputStream else connection.errorStream)?.bufferedReader()?.readText().orEmpty()
        check(status in 200..299) { "$path: $status $answer" }
        return answer
    }

    companion object {
        /** The first text field of this name. */
        fun field(json: String, name: String): String =
            Regex("\"$name\"\\s*:\\s*\"([^\"]*)\"").find(json)?.groupValues?.get(1) ?: error("no $name in $json")
    }
}
