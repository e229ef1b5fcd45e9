// The refresh in the background: when Android lets the app work, the wallet sends what waits and fetches what is new. Must not know
// what that is.

package dev.membercore.app.host

import android.content.Context
import androidx.work.BackoffPolicy
import androidx.work.Constraints
import androidx.work.CoroutineWorker
import androidx.work.ExistingPeriodicWorkPolicy
import androidx.work.NetworkType
import androidx.work.PeriodicWorkRequestBuilder
import androidx.work.WorkManager
import androidx.work.WorkerParameters
import dev.membercore.MemberException
import dev.membercore.app.MemberApplication
import java.util.concurrent.TimeUnit

class RefreshWorker(context: Context, parameters: WorkerParameters) : CoroutineWorker(context, parameters) {
    override suspend fun doWork(): Result {
        val wallet = (applicationContext as MemberApplication).walletHost.wallet() ?: return Result.failure()
        return try {
            wallet.refresh()
            Result.success()
        } catch (_: MemberException.Unreachable) {
            Result.retry()
        } catch (_: MemberException) {
            // Nobody is signed in, or something that only the member or an update can mend. The next period tries again.
            Result.failure()
        }
    }

    companion object {
        /** The name under which there is one such work and no second. */
        const val NAME = "refresh"
        private const val HOURS = 6L
        private const val BACKOFF_MINUTES = 1L

        /** Makes sure that the refresh is scheduled. Calling it again changes nothing. */
        fun schedule(context: Context) {
            val request =
                PeriodicWorkRequestBuilder<RefreshWorker>(HOURS, TimeUnit.HOURS)
                    .setConstraints(Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build())
                    .setBackoffCriteria(BackoffPolicy.EXPONENTIAL, BACKOFF_MINUTES, TimeUnit.MINUTES)
                    .build()
            WorkManager.getInstance(context).enqueueUniquePeriodicWork(NAME, ExistingPeriodicWorkPolicy.UPDATE, request)
        }
    }
}
