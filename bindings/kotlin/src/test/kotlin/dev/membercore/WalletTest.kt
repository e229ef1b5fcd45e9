// The wallet on a good day and offline, against a real backend.

package dev.membercore

import com.google.zxing.BinaryBitmap
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

class WalletTest {
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

    @Test
    fun aMemberJoinsAndAScannerReadsTheCard() = within30Seconds {
        phone.open().use { wallet ->
            assertEquals(SignInState.SIGNED_OUT, wallet.signInState.first())
            phone.join(wallet, sandbox)
            assertEquals(SignInState.SIGNED_IN, wallet.signInState.first())
            val card = assertNotNull(wallet.cardNow().card)
            assertEquals(NAME, card.member)
            assertEquals(card.number.replace(" ", ""), scanned(card.symbol))
            assertEquals(Triple(100L, 0L, 100L), wallet.points())
            val rewards = wallet.rewards.first().rewards
            assertTrue(rewards.first { it.id == COFFEE }.canClaim)
            assertTrue(rewards.filter { !it.canClaim }.all { it.whyNot != null })
            assertEquals(1, wallet.tiers.first().tiers.count { it.place == TierPlace.CURRENT })
            assertEquals(listOf(100L), wallet.activity().first().lines.map { it.amount })
            assertTrue(wallet.activityBefore(1).lines.isEmpty())
            assertNull(wallet.takeNotice())
        }
    }

    @Test
    fun pointsArriveOnTheCardWhileItIsShown() = within30Seconds {
        phone.joined(sandbox).use { wallet ->
            val shown = Channel<CardView>(Channel.UNLIMITED)
            val screen = launch { wallet.cardOnScreen.collect { shown.send(it) } }
            val first = assertNotNull(shown.receive().card)
            assertNull(first.arrived)
            sandbox.accrue(wallet.cardNumber(), 3500)
            var arrived: String? = null
            while (arrived == null) arrived = shown.receive().card?.arrived
            assertTrue("35" in arrived, arrived)
            screen.cancel()
            screen.join()
            // Off the screen nobody waits at the server any more.
            val before = wallet.points()
            sandbox.accrue(wallet.cardNumber(), 3500)
            delay(1500)
            assertEquals(before, wallet.points())
            wallet.refresh()
            assertTrue(wallet.points().first > before.first)
        }
    }

    @Test
    fun everyFlowGoesOnWithWhatChanged() = within30Seconds {
        phone.joined(sandbox).use { wallet ->
            phone.online = false
            val balances = Channel<BalanceView>(Channel.UNLIMITED)
            val pending = Channel<PendingView>(Channel.UNLIMITED)
            val screens = listOf(
                launch { wallet.balance.collect { balances.send(it) } },
                launch { wallet.pending.collect { pending.send(it) } },
            )
            assertEquals(0L, balances.receive().units.first().pending)
            assertEquals(0u, pending.receive().waiting)
            val claimed = wallet.claim(COFFEE)
            assertEquals(-50L, balances.receive().units.first().pending)
            assertEquals(claimed.key, pending.receive().actions.single().key)
            wallet.discard(claimed.key)
            assertEquals(0L, balances.receive().units.first().pending)
            assertEquals(0u, pending.receive().waiting)
            screens.forEach { it.cancel() }
        }
    }

    @Test
    fun aFlowWaitsForWhoeverSignsIn() = within30Seconds {
        phone.open().use { wallet ->
            val balance = async { wallet.balance.first() }
            val onScreen = async { wallet.cardOnScreen.first { it.card != null } }
            phone.join(wallet, sandbox)
            assertNotNull(balance.await())
            assertEquals(NAME, onScreen.await().card?.member)
        }
    }

    @Test
    fun aClaimMadeOfflineSurvivesARestartAndBringsOneVoucher() = within30Seconds {
        val claimed = phone.joined(sandbox).use { wallet ->
            phone.online = false
            sandbox.down()
            val claimed = wallet.claim(COFFEE)
            assertEquals(Triple(100L, -50L, 50L), wallet.points())
            assertEquals(VoucherPlace.PENDING, wallet.vouchers.first().vouchers.single().place)
            assertIs<MemberException.Unreachable>(runCatching { wallet.refresh() }.exceptionOrNull())
            claimed
        }
        sandbox.up()
        phone.open().use { wallet ->
            assertIs<ActionFate.Waiting>(wallet.fate(claimed.key))
            phone.online = true
            wallet.hostEvent(HostEvent.NETWORK_AVAILABLE)
            val voucher = wallet.vouchers.first { it.vouchers.any { line -> line.place == VoucherPlace.READY } }.vouchers.single()
            assertEquals(voucher.code, scanned(assertNotNull(voucher.symbol)))
            assertEquals(ActionFate.Confirmed, wallet.fate(claimed.key))
            assertEquals(Triple(50L, 0L, 50L), wallet.points())
            assertEquals(0u, wallet.pending.first { it.actions.isEmpty() }.waiting)
        }
        assertTrue(Regex("\"confirmed\"\\s*:\\s*1\\b").containsMatchIn(sandbox.audit()), sandbox.audit())
    }

    @Test
    fun passesForOtherWalletsComeFromTheProgrammeAndAreNotPrinted() = within30Seconds {
        phone.joined(sandbox).use { wallet ->
            val apple = assertIs<WalletPass.Apple>(wallet.walletPass(WalletKind.APPLE))
            assertEquals("PK", apple.file.decodeToString(0, 2))
            val google = assertIs<WalletPass.Google>(wallet.walletPass(WalletKind.GOOGLE))
            assertTrue(google.saveUrl.startsWith("https://pay.google.com/gp/v/save/"))
            assertEquals("Apple(…) Google(…)", "$apple $google")
            phone.online = false
            sandbox.down()
            assertIs<MemberException.Unreachable>(runCatching { wallet.walletPass(WalletKind.GOOGLE) }.exceptionOrNull())
        }
    }

    @Test
    fun manyThreadsMayCallAtOnce() = within30Seconds {
        phone.joined(sandbox).use { wallet ->
            val calls = (0 until 16).map { number ->
                async {
                    repeat(20) { round ->
                        when ((number + round) % 6) {
                            0 -> wallet.card.first()
                            1 -> wallet.cardNow()
                            2 -> wallet.refresh()
                            3 -> wallet.activity(10).first()
                            4 -> wallet.vouchers.first()
                            else -> wallet.hostEvent(HostEvent.FOREGROUND)
                        }
                    }
                }
            }
            calls.awaitAll()
            assertEquals(Triple(100L, 0L, 100L), wallet.points())
        }
    }

    @Test
    fun nothingThatIsPrintedNamesAPersonANumberOrACode() = within30Seconds {
        phone.joined(sandbox).use { wallet ->
            wallet.claim(COFFEE)
            wallet.refresh()
            val card = wallet.cardNow()
            val vouchers = wallet.vouchers.first()
            val join = JoinDetails(name = NAME, language = "en", terms = "2026-01")
            val printed = "$card $vouchers $join ${Address.Email(phone.email)} ${card.card!!.symbol}"
            val code = assertNotNull(vouchers.vouchers.single().code)
            for (hidden in listOf(NAME, phone.email, card.card.number, code)) assertFalse(hidden in printed, printed)
        }
    }

    /** What a decoder that is not ours reads in a picture of the symbol. */
    private fun scanned(symbol: Symbol): String {
        val (scale, quiet) = 4 to 4
        val width = symbol.width.toInt()
        assertEquals(Symbology.QR, symbol.symbology)
        assertEquals(symbol.width to width * width, symbol.height to symbol.modules.size)
        val side = (width + 2 * quiet) * scale
        val pixels = IntArray(side * side) { 0xFFFFFF }
        for (y in 0 until side) for (x in 0 until side) {
            val (column, row) = x / scale - quiet to y / scale - quiet
            val dark = column in 0 until width && row in 0 until width && symbol.modules[row * width + column].toInt() == 1
            if (dark) pixels[y * side + x] = 0
        }
        val picture = BinaryBitmap(HybridBinarizer(RGBLuminanceSource(side, side, pixels)))
        return QRCodeReader().decode(picture).text
    }
}
