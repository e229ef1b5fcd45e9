// Signing out and being forgotten, against a real backend.

package dev.membercore

import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

class SignOutTest {
    @TempDir lateinit var folder: File
    private lateinit var sandbox: Sandbox
    private lateinit var phone: Phone

    @BeforeEach
    fun start() {
        sandbox = Sandbox(File(folder, "sandbox"))
        phone = Phone(folder, sandbox.url)
    }

    @AfterEach
    fun stop() = sandbox.close()

    /** What of somebody is still in the folder of the wallet and in its vault. */
    private fun left(): List<String> =
        listOf(phone.home, phone.vault).flatMap { it.list().orEmpty().toList() }.filter { it.startsWith("member-") || it.startsWith("revoke-") }

    @Test
    fun whatWaitsIsNamedAndDeletedWithConsentAndTheServerHearsOfItLater() = within30Seconds {
        phone.joined(sandbox).use { wallet ->
            val states = Channel<SignInState>(Channel.UNLIMITED)
            val screen = launch { wallet.signInState.collect { states.send(it) } }
            assertEquals(SignInState.SIGNED_IN, states.receive())
            sandbox.down()
            phone.online = false
            val claimed = wallet.claim(COFFEE)
            val asked = wallet.prepareSignOut()
            assertEquals(listOf(claimed.key), asked.unsent.map { it.key })
            assertTrue(asked.sent.isEmpty() && asked.sentText == null && asked.advice != null)
            // Nothing was shown, so nothing is deleted.
            assertEquals("not-shown", assertFailsWith<MemberException.Refused> { wallet.signOut(emptyList()) }.code)
            assertEquals(Triple(100L, -50L, 50L), wallet.points())

            val done = wallet.signOut(asked.shown)
            assertTrue(done.deleted)
            assertFalse(done.told)
            var state = states.receive()
            while (state != SignInState.SIGNED_OUT) state = states.receive()
            screen.cancel()
            assertFailsWith<MemberException.SignedOut> { wallet.cardNow() }
            assertFailsWith<MemberException.SignedOut> { wallet.claim(COFFEE) }
            assertEquals(listOf("revoke"), left().map { it.substringBefore('-') })
            sandbox.up()
            phone.online = true
            // What an app does in the background, whoever is signed in.
            assertFailsWith<MemberException.SignedOut> { wallet.refresh() }
            assertEquals(emptyList(), left())
            phone.join(wallet, sandbox)
            assertEquals(Triple(100L, 0L, 100L), wallet.points())
        }
    }

    @Test
    fun everythingIsForgottenWithoutAServer() = within30Seconds {
        phone.joined(sandbox).use { wallet ->
            sandbox.down()
            assertTrue(wallet.wipe().deleted)
            assertEquals(SignInState.SIGNED_OUT, wallet.signInState.first())
            assertEquals(emptyList(), left())
        }
    }

    @Test
    fun aHomeThatDoesNotOpenIsForgotten() = within30Seconds {
        phone.joined(sandbox).use {}
        val key = phone.vault.listFiles()!!.single()
        key.writeBytes(ByteArray(32) { 7 })
        assertEquals("wrong-key", assertFailsWith<MemberException.Unusable> { phone.open() }.code)
        MemberWallet.forget(phone.config(), FileSecrets(phone.vault))
        assertEquals(emptyList(), left())
        phone.open().use { wallet ->
            assertEquals(SignInState.SIGNED_OUT, wallet.signInState.first())
            assertNull(wallet.takeNotice())
        }
    }
}
