// What is made of what Android says of the network. Must not know of wallets.

package dev.membercore.app.host

import android.app.Application
import android.net.ConnectivityManager
import android.net.Network
import androidx.core.content.getSystemService
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowNetwork

@RunWith(AndroidJUnit4::class)
@Config(application = Application::class)
class NetworkConnectivityTest {
    private val context = ApplicationProvider.getApplicationContext<Application>()
    private val android = shadowOf(checkNotNull(context.getSystemService<ConnectivityManager>()))
    private val wifi: Network = ShadowNetwork.newInstance(1)
    private val mobile: Network = ShadowNetwork.newInstance(2)

    @Test
    fun aNetworkThatComesIsToldAndOneThatGoesIsNot() {
        android.clearAllNetworks()
        var told = 0
        val connectivity = NetworkConnectivity(context) { told++ }
        assertFalse(connectivity.isOnline())
        hears { onAvailable(wifi) }
        assertTrue(connectivity.isOnline())
        assertEquals(1, told)
        hears { onLost(wifi) }
        assertFalse(connectivity.isOnline())
        assertEquals(1, told)
    }

    @Test
    fun theLossOfTheOldNetworkIsNoLossOfTheNew() {
        var told = 0
        val connectivity = NetworkConnectivity(context) { told++ }
        hears { onAvailable(wifi) }
        hears { onAvailable(mobile) }
        hears { onLost(wifi) }
        assertTrue(connectivity.isOnline())
        assertEquals(2, told)
    }

    @Test
    fun whatIsThereBeforeAnybodySaysSoCounts() = assertTrue(NetworkConnectivity(context) {}.isOnline())

    private fun hears(event: ConnectivityManager.NetworkCallback.() -> Unit) = android.networkCallbacks.forEach { it.event() }
}
