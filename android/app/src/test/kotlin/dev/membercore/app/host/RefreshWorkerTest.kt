// The refresh in the background, as WorkManager runs it, on a real wallet and a real backend. Must not know of screens.

package dev.membercore.app.host

import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import androidx.work.ListenableWorker.Result
import androidx.work.NetworkType
import androidx.work.WorkInfo
import androidx.work.WorkManager
import androidx.work.testing.TestListenableWorkerBuilder
import androidx.work.testing.WorkManagerTestInitHelper
import dev.membercore.app.TestApplication
import dev.membercore.app.amount
import dev.membercore.app.join
import java.util.concurrent.TimeUnit
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith

@RunWith(AndroidJUnit4::class)
class RefreshWorkerTest {
    private val app = ApplicationProvider.getApplicationContext<TestApplication>()
    private val email = "ada-${System.nanoTime()}@example.org"

    @Test
    fun itFetchesWhatIsNewAndRetriesOnlyWhereNobodyAnswers() = within30Seconds {
        assertEquals("nobody is signed in", Result.failure(), worker().doWork())
        val wallet = checkNotNull(app.walletHost.wallet())
        wallet.join(app, email)
        app.sandbox.accrue(wallet.cardNow().card!!.number.replace(" ", ""), 3500)
        assertEquals(amount("100 points"), wallet.cardNow().card!!.balance)
        assertEquals(Result.success(), worker().doWork())
        assertEquals(amount("135 points"), wallet.cardNow().card!!.balance)
        app.sandbox.down()
        assertEquals(Result.retry(), worker().doWork())
        app.sandbox.up()
        assertEquals(Result.success(), worker().doWork())
        app.sandbox.revoke(email)
        assertEquals("the session has ended", Result.failure(), worker().doWork())
    }

    @Test
    fun itIsScheduledOnceForWhenThereIsANetwork() = within30Seconds {
        val manager = WorkManager.getInstance(app)
        // The app has scheduled it when it was started.
        val scheduled = manager.getWorkInfosForUniqueWork(RefreshWorker.NAME).get().single()
        RefreshWorker.schedule(app)
        val again = manager.getWorkInfosForUniqueWork(RefreshWorker.NAME).get().single()
        assertEquals(scheduled.id, again.id)
        assertEquals(WorkInfo.State.ENQUEUED, again.state)
        assertEquals(NetworkType.CONNECTED, again.constraints.requiredNetworkType)
        assertEquals(TimeUnit.HOURS.toMillis(6), again.periodicityInfo!!.repeatIntervalMillis)
    }

    @Test
    fun whenItsTimeHasComeTheWalletIsRefreshed() = within30Seconds {
        val wallet = checkNotNull(app.walletHost.wallet())
        wallet.join(app, email)
        app.sandbox.accrue(wallet.cardNow().card!!.number.replace(" ", ""), 3500)
        val id = WorkManager.getInstance(app).getWorkInfosForUniqueWork(RefreshWorker.NAME).get().single().id
        checkNotNull(WorkManagerTestInitHelper.getTestDriver(app)).setAllConstraintsMet(id)
        assertEquals(amount("135 points"), wallet.card.first { it.card?.balance == amount("135 points") }.card!!.balance)
    }

    private fun worker() = TestListenableWorkerBuilder<RefreshWorker>(app).build()

    private fun within30Seconds(test: suspend () -> Unit): Unit = runBlocking(Dispatchers.Default) { withTimeout(30.seconds) { test() } }
}
