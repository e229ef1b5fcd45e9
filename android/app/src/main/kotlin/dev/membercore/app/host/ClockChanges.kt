// What Android says of the device's clock and time zone. Must not know what depends on them.

package dev.membercore.app.host

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import androidx.core.content.ContextCompat

/**
 * Hears for as long as the process lives that the time or the time zone of the device was set.
 *
 * @param onChanged called on the main thread.
 */
class ClockChanges(context: Context, private val onChanged: () -> Unit) {
    init {
        val receiver =
            object : BroadcastReceiver() {
                override fun onReceive(context: Context, intent: Intent) = onChanged()
            }
        val actions = IntentFilter(Intent.ACTION_TIMEZONE_CHANGED).apply { addAction(Intent.ACTION_TIME_CHANGED) }
        // The system is the only one that sends these.
        ContextCompat.registerReceiver(context, receiver, actions, ContextCompat.RECEIVER_NOT_EXPORTED)
    }
}
