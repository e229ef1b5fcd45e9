// What Android says of the network. Must not know what is sent over it.

package dev.membercore.app.host

import android.content.Context
import android.net.ConnectivityManager
import android.net.Network
import androidx.core.content.getSystemService
import dev.membercore.Connectivity

/**
 * Whether the app has a network to use, heard from Android rather than asked for each time.
 *
 * Only an answer proves a network: one that is not validated yet, or never will be because it has no way out, counts too.
 *
 * @param onAvailable called on a thread of Android's each time that there is a network after there was none, or another one.
 */
class NetworkConnectivity(context: Context, private val onAvailable: () -> Unit) : Connectivity {
    private val manager = checkNotNull(context.getSystemService<ConnectivityManager>())

    @Volatile
    private var network: Network? = manager.activeNetwork

    init {
        manager.registerDefaultNetworkCallback(
            object : ConnectivityManager.NetworkCallback() {
                override fun onAvailable(network: Network) {
                    this@NetworkConnectivity.network = network
                    this@NetworkConnectivity.onAvailable.invoke()
                }

                override fun onLost(network: Network) {
                    // The loss of the old network may be told after the new one was.
                    if (this@NetworkConnectivity.network == network) this@NetworkConnectivity.network = null
                }
            },
        )
    }

    override fun isOnline(): Boolean = network != null
}
