// What is heard of the device's clock. Must not know of wallets.

package dev.membercore.app.host

import android.app.Application
import android.content.Intent
import android.os.Looper
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config

@RunWith(AndroidJUnit4::class)
@Config(application = Application::class)
class ClockChangesTest {
    private val context = ApplicationProvider.getApplicationContext<Application>()

    @Test
    fun aClockOrATimeZoneThatIsSetIsToldAndNothingElse() {
        var told = 0
        ClockChanges(context) { told++ }
        for ((index, action) in listOf(Intent.ACTION_TIMEZONE_CHANGED, Intent.ACTION_TIME_CHANGED).withIndex()) {
            hears(action)
            assertEquals(index + 1, told)
        }
        hears(Intent.ACTION_TIME_TICK)
        assertEquals(2, told)
    }

    private fun hears(action: String) {
        context.sendBroadcast(Intent(action))
        shadowOf(Looper.getMainLooper()).idle()
    }
}
